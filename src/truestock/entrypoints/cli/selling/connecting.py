"""What is typed of a connection: settings as name=value, and secrets, whose values never stand in the line."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from truestock.entrypoints.cli.faults import WrongCall
from truestock.entrypoints.cli.output import print_table, say

if TYPE_CHECKING:
    from truestock.entrypoints.installed import Connector

LIMITS = {
    "minimum": "from {}", "exclusiveMinimum": "above {}", "maximum": "to {}", "maxLength": "at most {} characters",
}  # fmt: skip

SettingsOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting; once for each.")
]
SecretsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--secret",
        metavar="NAME",
        help="A secret; once for each. It is asked for, or read as the next line of standard input; "
        "NAME=env:VARIABLE or NAME=file:PATH takes it from there. Its value never stands in the line.",
    ),
]


def settings_of(texts: Sequence[str], option: str = "set") -> dict[str, str]:
    """What is set, by name. Raises WrongCall."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise WrongCall(f"{text!r} sets nothing; write it as name=value", option)
        _once(option, found, name)
        found[name] = value
    return found


def secrets_of(texts: Sequence[str]) -> dict[str, str]:
    """Secrets by name, each from where its text says: asked for, a line of standard input, a variable or a file.

    Raises WrongCall, which never shows a value, and OSError for a file that cannot be read."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, source = text.partition("=")
        _once("secret", found, name)
        found[name] = _whole(name, _taken(name, source) if equals else _asked(name))
    return found


def _once(option: str, found: dict[str, str], name: str) -> None:
    if name in found:
        raise WrongCall(f"{name!r} is given twice", option)


def _taken(name: str, source: str) -> str:
    kind, _, place = source.partition(":")
    if kind == "env" and place:
        return _variable(place)
    if kind == "file" and place:
        return Path(place).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    raise WrongCall(
        f"the value of {name!r} must not stand in the line, where others can read it: write --secret {name} and be "
        f"asked for it, --secret {name}=env:VARIABLE, or --secret {name}=file:PATH",
        "secret",
    )


def _variable(name: str) -> str:
    if name not in os.environ:
        raise WrongCall(f"the environment has no variable {name}", "secret")
    return os.environ[name]


def _asked(name: str) -> str:
    """From a terminal without echo; else the next line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(name, hide_input=True, err=True))
    line = sys.stdin.readline()
    if not line:
        raise WrongCall(f"standard input ended before {name!r}; give each secret on a line of its own", "secret")
    return line.removesuffix("\n").removesuffix("\r")


def _whole(name: str, value: str) -> str:
    if not value:
        raise WrongCall(f"{name!r} is empty; leave out a secret that the connector does without", "secret")
    return value


def show_connectors(connectors: "Sequence[Connector]") -> None:
    """Each with its settings and secrets, for people."""
    for number, connector in enumerate(connectors):
        say(*([""] if number else []), f"{connector.name}: {connector.title or connector.fault}")
        show_settings({} if connector.fault else connector.settings, connector.secrets)
    if not connectors:
        say("No connector is installed.")


def show_settings(schema: dict[str, Any], secrets: Mapping[str, str]) -> None:
    """Settings by their JSON Schema, if there is one, and what secrets are."""
    if schema:
        print_table(("--set", "value", "default", "meaning"), _settings(schema))
    if secrets:
        print_table(("--secret", "meaning"), secrets.items())


def _settings(schema: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    top = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    for name, field in top["properties"].items():
        default = "needed" if name in top.get("required", ()) else str(field.get("default", ""))
        yield name, _value(field), default, field.get("description", "")


def _value(field: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    limits = [said.format(field[name]) for name, said in LIMITS.items() if name in field]
    return " ".join([field.get("type", ""), *limits])
