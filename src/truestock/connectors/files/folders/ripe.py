"""Whether a file that somebody else writes is whole by now."""

from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final, Literal

from truestock.connectors.files.folders.folder import Entry

Complete = Literal["renamed", "stable", "marker"]
REMEMBERED_MAX: Final = 20_000


class Ripeness:
    """By how the other side writes: it renames what is whole, or lays a `marker` beside it (`{name}` stands for the
    file's name), or says nothing: then a file is whole that has not changed for `stable_s` seconds of our clock."""

    def __init__(
        self, complete: Complete, stable_s: float, marker: str, clock: Callable[[], float] = monotonic
    ) -> None:
        self._complete = complete
        self._stable_s = stable_s
        self._marker = marker
        self._clock = clock
        self._since: dict[str, tuple[Entry, float]] = {}

    def ripe(self, entries: Iterable[Entry], wanted: Callable[[str], bool]) -> list[Entry]:
        """The whole ones of a folder's files among those with a wanted name, the longest unchanged first."""
        there = list(entries)
        names = {entry.name for entry in there}
        found = [entry for entry in there if wanted(entry.name) and self._whole(entry, names)]
        if len(self._since) > REMEMBERED_MAX:
            self._since = {entry.path: self._since[entry.path] for entry in there if entry.path in self._since}
        return in_order(found)

    def is_ripe(self, entry: Entry, marker: Entry | None) -> bool:
        """The same of one file, with the marker that lies beside it."""
        return self._whole(entry, {marker.name} if marker else set())

    def marker_of(self, path: str) -> str | None:
        """The path of a file's marker; None where there are none."""
        if self._complete != "marker":
            return None
        folder, slash, name = path.rpartition("/")
        return folder + slash + self._marker.replace("{name}", name)

    def _whole(self, entry: Entry, names: set[str]) -> bool:
        if self._complete == "renamed":
            return True
        if self._complete == "marker":
            return self._marker.replace("{name}", entry.name) in names
        seen, since = self._since.get(entry.path, (None, 0.0))
        if seen != entry:
            self._since[entry.path] = (entry, self._clock())
            return self._stable_s <= 0
        return self._clock() - since >= self._stable_s


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The longest unchanged first; of the same instant by name."""
    return sorted(entries, key=lambda entry: (entry.changed_at, entry.path))
