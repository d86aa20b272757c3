"""The pages of settings, commands and tables, each made from what it describes."""

import re
from collections.abc import Iterator
from importlib import resources
from typing import Any

from typer.main import get_command

from truestock.config import Settings
from truestock.entrypoints.cli import app
from truestock.entrypoints.cli.reference.markdown import Row, page, table

_TABLE = re.compile(r"^CREATE TABLE (?P<name>\w+) \( *(?:-- (?P<note>.*))?\n(?P<body>(?:    .*\n)*)\)", re.MULTILINE)
_VIEW = re.compile(
    r"^CREATE VIEW (?P<name>\w+) AS *(?:-- (?P<note>.*))?\nSELECT\n(?P<body>(?:    .*\n)+)", re.MULTILINE
)
_COLUMN = re.compile(r"^    (?P<name>[a-z]\w*) (?P<type>.*?),?(?: *-- (?P<note>.*))?$")
_VIEW_COLUMN = re.compile(r"^    .*?(?P<name>\w+),?(?: *-- (?P<note>.*))?$")
_KEY = re.compile(r"^    PRIMARY KEY (?P<columns>\(.*?\))", re.MULTILINE)
_CONTINUED = re.compile(r"\n {5,}")


def settings_page() -> str:
    """Every setting with its default."""
    rows = [
        (f"`TRUESTOCK_{name.upper()}`", _default(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    text = (
        "Read from the environment, each as TRUESTOCK_ and its name. `src/truestock/config.py` is the one place that "
        "does so."
    )
    return page("Settings", text, table(("variable", "default", "meaning"), rows))


def _default(value: object) -> str:
    plain = isinstance(value, str | int | float)
    return f"`{value}`" if plain else ""


def commands_page() -> str:
    """Every command with its arguments and options."""
    root = get_command(app)
    text = (
        "What holds for every command: `--json` answers with one JSON document of a stable shape, tables otherwise. "
        "Exit codes: 0 done, 1 a problem, 2 a wrong call, 130 stopped by Ctrl-C. A problem is one sentence on standard "
        'error that says what to do; with `--json` it is `{"error": {"type", "detail", "field"}}`.'
    )
    parts = [table(("option", "meaning"), _options(root)) + "\nThese may stand anywhere in the line."]
    parts += [_command(typed, command) for typed, command in _leaves(root, "truestock")]
    return page("Commands", text, *parts)


def _leaves(command: Any, typed: str) -> Iterator[tuple[str, Any]]:
    inner: dict[str, Any] = getattr(command, "commands", {})
    for name, found in inner.items():
        yield from _leaves(found, f"{typed} {name}")
    if not inner:
        yield typed, command


def _command(typed: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = " ".join([typed, *(_placeholder(p) for p in arguments)])
    rows = [(f"`{_metavar(p)}`", p.help or "") for p in arguments] + _options(command)
    described = re.sub(r"\s*\n\s*\n\s*", "\n\n", (command.help or "").strip())
    return f"## {typed}\n\n    {usage}\n\n{described}\n" + (f"\n{table(('', 'meaning'), rows)}" if rows else "")


def _options(command: Any) -> list[Row]:
    return [
        (", ".join(f"`{name}`" for name in (*p.opts, *p.secondary_opts)), _meaning(p))
        for p in command.params
        if p.param_type_name == "option" and "completion" not in p.name and not p.hidden
    ]


def _meaning(parameter: Any) -> str:
    shown = parameter.default is not None and parameter.default is not False and not callable(parameter.default)
    needed = " Needed." if parameter.required else ""
    default = f" Default: {parameter.default}." if shown and parameter.default not in ("", [], ()) else ""
    return f"{parameter.help or ''}{needed}{default}"


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper()).removesuffix("...")


def _placeholder(parameter: Any) -> str:
    shown = _metavar(parameter) + ("..." if parameter.nargs == -1 else "")
    return shown if parameter.required else f"[{shown}]"


def tables_page() -> str:
    """Every table and view with its columns, as the schema's comments have them."""
    schema = (resources.files("truestock.store") / "schema.sql").read_text("utf-8")
    head = "\n".join(line[3:] for line in schema.partition("\n\n")[0].splitlines() if line.startswith("-- "))
    found = sorted((*_TABLE.finditer(schema), *_VIEW.finditer(schema)), key=re.Match.start)
    parts = [_view(match) if match.re is _VIEW else _table(match) for match in found]
    return page("Tables", f"From `schema.sql`, which is readable top to bottom.\n\n```\n{head}\n```", *parts)


def _table(found: re.Match[str]) -> str:
    body = _CONTINUED.sub(" ", found["body"])
    rows = [(f"`{c['name']}`", c["type"].strip(), c["note"] or "") for c in map(_COLUMN.match, body.splitlines()) if c]
    key = f"\nKey: {k['columns']}\n" if (k := _KEY.search(body)) else ""
    return f"{_head(found)}{table(('column', 'type', 'meaning'), rows)}{key}"


def _view(found: re.Match[str]) -> str:
    rows = [(f"`{c['name']}`", c["note"] or "") for c in map(_VIEW_COLUMN.match, found["body"].splitlines()) if c]
    return f"{_head(found, ' A view.')}{table(('column', 'meaning'), rows)}"


def _head(found: re.Match[str], kind: str = "") -> str:
    note = f"{found['note'][0].upper()}{found['note'][1:]}.{kind}\n\n" if found["note"] else ""
    return f"## {found['name']}\n\n{note}"
