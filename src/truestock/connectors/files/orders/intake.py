"""Takes in the files that the other side drops, each in pages, and says how far it has come.

A file may come to light late, or share its second with others: so the cursor names what was read lately, rather than
trust in times alone. A file is moved once the cursor shows that its orders are kept."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.orders import Orders, SeenOrder
from truestock.connectors.files.columns import matcher
from truestock.connectors.files.filed import Filed, NotWhole
from truestock.connectors.files.folders.folder import Entry, NoFile
from truestock.connectors.files.folders.ripe import in_order
from truestock.connectors.files.orders.reading import Manner, Read, orders_of
from truestock.connectors.files.settings import FilesSettings
from truestock.connectors.files.sheets.reading import NoSheet

PAGE: Final = 200
# A file may get its name so long after its last change.
LATE: Final = timedelta(hours=1)
FILES_LOOKED_AT: Final = 50


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file as it was when it was read; `good`: all of it was understood."""

    path: str
    size: int
    changed_at: datetime
    good: bool = True

    def is_of(self, entry: Entry) -> bool:
        """Whether it is that file, unchanged."""
        return (self.path, self.size, self.changed_at) == tuple(entry)


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing from before `floor`; `at`: the newest file read; `seen`: those lately read; `inside`: the one that is
    under way, of which `taken` orders have been given."""

    floor: datetime | None = None
    at: datetime | None = None
    seen: list[Seen] = []
    inside: Seen | None = None
    taken: int = 0

    @property
    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


class Intake:
    """Of one channel. `headers` by field."""

    def __init__(self, filed: Filed, settings: FilesSettings, headers: Mapping[str, str], manner: Manner) -> None:
        self._filed = filed
        self._folder, self._wanted = matcher(settings.orders_name)
        self._moves = settings.after_reading == "move"
        self._done, self._failed = settings.done_folder, settings.failed_folder
        self._headers = headers
        self._explained = settings.explained_rows
        self._manner = manner
        self._last: tuple[Entry, Read] | None = None

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what was written since an instant."""
        return Cursor(instant.astimezone(UTC)).text

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the next file; what was read before it is moved away, if that is wanted. Raises ChannelDown."""
        return await self._page(_read(cursor), moves=self._moves)

    async def open_orders(self, cursor: str) -> Orders:
        """A page of all that lies there: a later file may close what an earlier one has open. Raises ChannelDown."""
        return await self._page(_read(cursor) if cursor else Cursor(), moves=False)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These as the newest files have them. Raises ChannelDown."""
        wanted = set(ids)
        found: dict[str, SeenOrder] = {}
        unread: dict[str, str] = {}
        for entry in reversed((await self._everywhere())[-FILES_LOOKED_AT:]):
            try:
                read = await self._read_of(entry)
            except (NotWhole, NoSheet):
                continue
            for order in read.orders:
                if order.id in wanted and (order.id not in found or found[order.id].changed_at < order.changed_at):
                    found[order.id] = order
            unread |= {order: why for order, why in read.unread.items() if order in wanted}
        return Orders([found[order] for order in ids if order in found], unread=unread)

    async def waiting(self) -> int:
        """How many whole files lie there. Raises ChannelDown."""
        return len(await self._filed.ripe(self._folder, self._wanted))

    async def _everywhere(self) -> list[Entry]:
        found = list(await self._filed.ripe(self._folder, self._wanted))
        for folder in (self._done, self._failed) if self._moves else ():
            try:
                found += [entry for entry in await self._filed.folder.entries(folder) if self._wanted(entry.name)]
            except ChannelDown:
                # It is made when the first file is moved there.
                continue
        return in_order(found)

    async def _page(self, cursor: Cursor, *, moves: bool) -> Orders:
        entries = await self._filed.ripe(self._folder, self._wanted)
        troubles: dict[str, str] = {}
        if moves:
            cursor, gone = await self._put_away(cursor, entries, troubles)
            entries = [entry for entry in entries if entry not in gone]
        waiting = _next(cursor, entries, any_time=moves)
        while waiting:
            entry = waiting.pop(0)
            try:
                read = await self._read_of(entry)
            except NotWhole:
                continue
            except NoSheet as error:
                read = Read([], {entry.name: f"{entry.name} line {error.line}: {error}"})
            after = onward(cursor, entry, read, any_time=moves)
            start = cursor.taken if cursor.inside and cursor.inside.is_of(entry) else 0
            if not start:
                troubles |= read.unread
            page = read.orders[start : start + PAGE]
            return Orders(page, after.text, bool(waiting or after.inside), unread=troubles)
        return Orders([], msgspec.structs.replace(cursor, inside=None, taken=0).text, unread=troubles)

    async def _put_away(
        self, cursor: Cursor, entries: Sequence[Entry], troubles: dict[str, str]
    ) -> tuple[Cursor, set[Entry]]:
        """Move what the cursor says was read; what cannot be moved stays named in it, and people are told."""
        gone: set[Entry] = set()
        kept: list[Seen] = []
        for seen in cursor.seen:
            entry = next((entry for entry in entries if seen.is_of(entry)), None)
            if entry is None:
                continue
            try:
                await self._filed.folder.move(entry.path, self._done if seen.good else self._failed)
                gone.add(entry)
            except NoFile:
                gone.add(entry)
            except ChannelDown as down:
                kept.append(seen)
                troubles[entry.name] = f"{entry.name} was read, and cannot be moved: {down}"
        return msgspec.structs.replace(cursor, seen=kept), gone

    async def _read_of(self, entry: Entry) -> Read:
        """What a file says; the last one is remembered. Raises NotWhole, NoSheet and ChannelDown."""
        if self._last is None or self._last[0] != entry:
            rows = await self._filed.rows(entry, self._headers, self._explained)
            read = await asyncio.to_thread(orders_of, entry.name, entry.changed_at, rows, self._manner)
            self._last = entry, read
        return self._last[1]


def _read(text: str) -> Cursor:
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError as error:
        raise ChannelDown(f"the orders' cursor is none of this connector's ({error}): reset the channel") from error


def _next(cursor: Cursor, entries: Sequence[Entry], *, any_time: bool) -> list[Entry]:
    """The files still to be read, the one under way first. `any_time`: what lies there was not read, however old."""
    since = _since(cursor)
    found = [
        entry
        for entry in entries
        if (any_time or since is None or entry.changed_at >= since) and not any(s.is_of(entry) for s in cursor.seen)
    ]
    return sorted(found, key=lambda entry: not (cursor.inside and cursor.inside.is_of(entry)))


def _since(cursor: Cursor) -> datetime | None:
    late = cursor.at - LATE if cursor.at else None
    return max((when for when in (cursor.floor, late) if when), default=None)


def onward(cursor: Cursor, entry: Entry, read: Read, *, any_time: bool = False) -> Cursor:
    """After a page of a file: further inside it, or beyond it. Pure."""
    here = Seen(*entry, good=not read.unread)
    start = cursor.taken if cursor.inside and cursor.inside.is_of(entry) else 0
    if start + PAGE < len(read.orders):
        return msgspec.structs.replace(cursor, inside=here, taken=start + PAGE)
    at = max(entry.changed_at, cursor.at or entry.changed_at)
    moved = msgspec.structs.replace(cursor, at=at, inside=None, taken=0)
    since = _since(moved)
    lately = [s for s in cursor.seen if any_time or since is None or s.changed_at >= since]
    return msgspec.structs.replace(moved, seen=[*lately, here])
