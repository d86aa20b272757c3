"""Finds the kinds of channels that are installed, ours and others', by the entry-point group `truestock.connectors`."""

from importlib.metadata import entry_points
from typing import Final

from truestock.connectors.contract.kind import Kind

GROUP: Final = "truestock.connectors"


class UnknownKind(LookupError):
    """There is no such kind of channel, or its package does not offer what it promises; the text says which."""


def names() -> list[str]:
    """All names that are registered, sorted; nothing is loaded."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def kind_of(name: str) -> Kind:
    """The kind of that name; only its own package is loaded. Raises UnknownKind."""
    points = list(entry_points(group=GROUP, name=name))
    if not points:
        raise UnknownKind(f"there is no connector {name!r}; installed are: {', '.join(names()) or 'none'}")
    if len(points) > 1:
        raise UnknownKind(f"connector {name!r} is registered by {', '.join(sorted(point.value for point in points))}")
    try:
        found = points[0].load()
    except (ImportError, AttributeError) as error:
        raise UnknownKind(f"connector {name!r}: {points[0].value} cannot be loaded: {error}") from error
    if not isinstance(found, Kind) or found.name != name:
        raise UnknownKind(f"connector {name!r}: {points[0].value} is not a Kind of that name")
    return found
