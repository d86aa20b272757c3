"""What a booking that was tried has changed, as previews show it. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from truestock.core.words import Status
from truestock.ledger.values import RowChange

CHANNELS_MAX: Final = 20
Atp = dict[int, dict[str, int]]


class AtpChange(msgspec.Struct, frozen=True):
    """What one channel may promise of an item, in units: now, and then."""

    channel: str
    now: int
    then: int


class CellChange(RowChange, frozen=True, kw_only=True):
    """What a run would do to one stock row, or to a cell that its file states, all lots together where it names none.

    `stated`: the file's figure of it. What lies there and is not promised, now and then, is `available`. `displaced` of
    its promised units would be. Of the item as a whole, with the first of its rows: by how many more units are `owed`,
    and the `atp` of channels for which it would be another."""

    stated: int | None = None
    on_hand_now: int
    on_hand_then: int
    available_now: int
    available_then: int
    displaced: int = 0
    owed: int = 0
    atp: tuple[AtpChange, ...] = ()


class Row(NamedTuple):
    """What a trial has changed of a stock row, with what lies there and is reserved there then."""

    item: int
    loc: int
    lot: int
    status: int
    sku: str
    location: str
    lot_code: str
    owner: str
    d_on_hand: int
    d_reserved: int
    displaced: int
    owed: int
    on_hand: int
    reserved: int

    @property
    def moves(self) -> bool:
        """Whether units of a location move, or are promised or given up there."""
        return bool(self.location and (self.d_on_hand or self.d_reserved))


def change_of(
    sku: str, location: str, lot: str, status: Status, owner: str, moved: int, promised: int, on_hand: int,
    reserved: int, *, stated: int | None = None, displaced: int = 0,
) -> CellChange:  # fmt: skip
    """Of a row or a cell in which so many units lie and are reserved then, of them so many more than now."""
    available = on_hand - reserved
    return CellChange(
        sku, location, lot, status.name.lower(), owner, moved, promised,
        stated=stated,
        on_hand_now=on_hand - moved,
        on_hand_then=on_hand,
        available_now=available - moved + promised,
        available_then=available,
        displaced=displaced,
    )  # fmt: skip


def change_of_row(row: Row) -> CellChange:
    """The same of one row by itself."""
    names = (row.sku, row.location, row.lot_code, Status(row.status))
    moved = (row.d_on_hand, row.d_reserved)
    return change_of(*names, row.owner, *moved, row.on_hand, row.reserved, displaced=row.displaced)


def atp_changes(was: Mapping[str, int], then: Mapping[str, int]) -> tuple[AtpChange, ...]:
    """The channels that may promise otherwise, those first where that changes most."""
    changed = [AtpChange(code, was[code], atp) for code, atp in then.items() if code in was and was[code] != atp]
    return tuple(sorted(changed, key=lambda one: (-abs(one.then - one.now), one.channel))[:CHANNELS_MAX])
