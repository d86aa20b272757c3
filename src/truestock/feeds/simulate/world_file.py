"""Reads a world from a TOML or JSON file, or by the name of one that comes with truestock.

A channel has what its own table says and, for the rest, what `every_channel` says. Raises Invalid with the path of the
field at fault."""

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from truestock.core.problems import Invalid
from truestock.core.replay.simulate.world import ChannelLife, SimulatedWorld

T = TypeVar("T")
NAMED = ("story-847", "demo", "black-friday")
_AT = re.compile(r"^(?P<said>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]+)`")


def named_world_text(name: str) -> str:
    """The commented file of a named world. Raises Invalid."""
    if name not in NAMED:
        raise Invalid("world", f"there is no world {name!r}; choose one of {', '.join(NAMED)}, or name a file")
    return files(__package__).joinpath("worlds", f"{name}.toml").read_text(encoding="utf-8")


def read_world(name: str) -> SimulatedWorld:
    """The world of a file, told by its ending .toml or .json, or else of a name. Raises Invalid, OSError."""
    path = Path(name)
    if path.suffix not in (".toml", ".json"):
        return parse_world(named_world_text(name), "toml")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Invalid("world", f"{path.name} is not UTF-8; save it as UTF-8") from None
    return parse_world(text, path.suffix[1:])


def parse_world(text: str, form: str) -> SimulatedWorld:
    """The world that a text in the form `toml` or `json` states. Raises Invalid."""
    try:
        stated: Any = tomllib.loads(text) if form == "toml" else msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("world", f"this is not {form.upper()}: {error}; mend that line") from None
    if not isinstance(stated, dict):
        raise Invalid("world", f"a world is a table of settings, not {type(stated).__name__}")
    shared, channels = stated.get("every_channel", {}), stated.get("channels", {})
    _convert(shared, ChannelLife, "every_channel")
    if not isinstance(channels, dict):
        raise Invalid("channels", "channels are tables by their code: write [channels.web]")
    lives = {}
    for code, own in channels.items():
        if not isinstance(own, dict):
            raise Invalid(f"channels.{code}", f"a channel is a table: write [channels.{code}]")
        lives[code] = _convert(_over(shared, own), ChannelLife, f"channels.{code}")
    rest = {key: value for key, value in stated.items() if key != "channels"}
    world = msgspec.structs.replace(_convert(rest, SimulatedWorld, ""), channels=lives)
    if world.starts_at.tzinfo is None:
        raise Invalid("starts_at", "starts_at has no time zone; write Z at its end for UTC")
    return world


def _over(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What is stated for one over what is stated for all, tables within tables too."""
    both = dict(shared)
    for key, value in own.items():
        below = both.get(key)
        both[key] = _over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


def _convert(stated: object, kind: type[T], under: str) -> T:
    try:
        return msgspec.convert(stated, kind)
    except msgspec.ValidationError as error:
        match = _AT.match(str(error))
        assert match is not None, "the pattern matches anything"
        said, path = match["said"], match["path"] or ""
        unknown = _UNKNOWN.match(said)
        if unknown:
            path = f"{path}.{unknown['field']}" if path else unknown["field"]
            said = "there is no such setting; `truestock simulate --write-world` prints those there are"
        # A table by code or SKU names itself by its key, which msgspec leaves out; there is none below this point.
        field = ".".join(part for part in (under, path) if part) or "world"
        raise Invalid(field, f"{field}: {said[0].lower()}{said[1:].replace('`', '')}") from None
