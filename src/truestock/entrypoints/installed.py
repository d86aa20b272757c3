"""The connectors that are installed, described for those who connect a channel."""

from typing import Any

import msgspec

from truestock.connectors.registry import UnknownKind, kind_of, names


class Connector(msgspec.Struct, frozen=True):
    """A connector: `settings` is the JSON Schema of what it has to be told, `secrets` says what each of its secrets is.

    `fault` says why one that is registered cannot be used; empty when it can."""

    name: str
    title: str = ""
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    fault: str = ""


def installed() -> list[Connector]:
    """All of them, by name."""
    return [_described(name) for name in names()]


def _described(name: str) -> Connector:
    try:
        kind = kind_of(name)
    except (UnknownKind, ImportError, AttributeError) as fault:
        # Somebody else's package: one that is broken does not hide the others.
        return Connector(name, fault=str(fault))
    return Connector(name, kind.title, msgspec.json.schema(kind.settings), kind.secrets)
