"""The outbox: what happened, written in the transaction in which it happens, for users' own systems to be told.

Nothing is written while no webhook wants its kind. Ids are no cursor (a lower one may commit later): whoever reads
takes rows and deletes them."""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Final, Protocol

import msgspec

from truestock.core.checks import BIGINT_MAX
from truestock.core.identity import part_of
from truestock.store.arrays import ints, texts, words
from truestock.store.sql import load

queries = load(__package__)
_EPOCH_MS: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z
_SEQUENCE_BITS: Final = 21


class Sink(Protocol):
    """Takes statements: a connection, or what keeps them for later."""

    def execute(self, query: str, parameters: Mapping[str, object], /, *, prepare: bool) -> object:
        """Execute a statement whose result nobody needs."""
        ...


class AcceptedLine(msgspec.Struct, frozen=True):
    """In units of the listing: asked, promised, and owed because no stock backs them."""

    sku: str
    asked: int
    granted: int
    short_by: int


class OwedLine(msgspec.Struct, frozen=True):
    """Units of the listing that are owed."""

    sku: str
    units: int


class _OfOrder(msgspec.Struct, frozen=True):
    """The channel's code, its number of the order, and ours."""

    channel: str
    ref: str
    id: str

    @property
    def subject(self) -> str:
        """What the event is about."""
        return f"{self.channel}/{self.ref}"


class OrderAccepted(_OfOrder, frozen=True):
    """A connected channel's order was taken."""

    kind: ClassVar = "order.accepted"
    lines: list[AcceptedLine]


class OrderShort(_OfOrder, frozen=True):
    """Units that a connected channel has sold are backed by no stock: they are owed."""

    kind: ClassVar = "order.short"
    lines: list[OwedLine]


class OrderFilled(_OfOrder, frozen=True):
    """Nothing of an order that was short is owed any more: units came in, and all that is open of it is promised."""

    kind: ClassVar = "order.filled"


class OrderShipped(_OfOrder, frozen=True):
    """So many base units left for the customer; `state` is the order's after it, `shipped` when nothing is left."""

    kind: ClassVar = "order.shipped"
    state: str
    units: int
    tracking: str = ""


class OrderCancelled(_OfOrder, frozen=True):
    """So many base units are no longer wanted; `state` is the order's after it, `cancelled` when nothing is left."""

    kind: ClassVar = "order.cancelled"
    state: str
    units: int
    reason: str = ""


class DriftFound(msgspec.Struct, frozen=True):
    """A channel shows another number than it acknowledged; `observed` is none where it has no such listing.

    `place` is the channel's own id of a location, empty where it has one number a listing."""

    kind: ClassVar = "drift.found"
    channel: str
    sku: str
    drift: str
    acknowledged: int
    observed: int | None
    place: str = ""

    @property
    def subject(self) -> str:
        """What the event is about."""
        return f"{self.channel}/{self.sku}"


class ChannelDown(msgspec.Struct, frozen=True):
    """A connected channel does not answer any more, and why."""

    kind: ClassVar = "channel.down"
    channel: str
    trouble: str

    @property
    def subject(self) -> str:
        """What the event is about."""
        return self.channel


class ChannelRecovered(msgspec.Struct, frozen=True):
    """A channel that did not answer does again."""

    kind: ClassVar = "channel.recovered"
    channel: str

    @property
    def subject(self) -> str:
        """What the event is about."""
        return self.channel


class _OfAlert(msgspec.Struct, frozen=True):
    """The alert's id, its rule's name and kind, what it says; the channel, item (SKU) and location (code) that it is
    about, each empty where it does not matter."""

    id: int
    rule: str
    alert_kind: str
    severity: str
    alert_subject: str
    happened: str
    risk: str
    remedy: str
    channel: str
    item: str
    location: str

    @property
    def subject(self) -> str:
        """What the event is about."""
        return self.alert_subject


class AlertOpened(_OfAlert, frozen=True):
    """Something is not well that a rule of alerts looks for, or is not well again."""

    kind: ClassVar = "alert.opened"


class AlertEscalated(_OfAlert, frozen=True):
    """Nobody has acknowledged an alert for as long as its rule allows."""

    kind: ClassVar = "alert.escalated"


class AlertResolved(_OfAlert, frozen=True):
    """What an alert was about is well again, or somebody said so."""

    kind: ClassVar = "alert.resolved"


Event = (
    OrderAccepted
    | OrderShort
    | OrderFilled
    | OrderShipped
    | OrderCancelled
    | DriftFound
    | ChannelDown
    | ChannelRecovered
    | AlertOpened
    | AlertEscalated
    | AlertResolved
)
EVENTS: Final[tuple[type[Event], ...]] = (
    OrderAccepted,
    OrderShort,
    OrderFilled,
    OrderShipped,
    OrderCancelled,
    DriftFound,
    ChannelDown,
    ChannelRecovered,
    AlertOpened,
    AlertEscalated,
    AlertResolved,
)


class _Ids:
    """Ids that rise within a process and differ between processes: milliseconds, then a run that starts at random.

    Two processes that meet in the same millisecond and run break the primary key, and their work is done anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0

    def take(self, count: int) -> range:
        """So many of them."""
        milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
        start = (milliseconds << _SEQUENCE_BITS) + int.from_bytes(os.urandom(3)) % (1 << _SEQUENCE_BITS - 1)
        with self._lock:
            first = max(self._next, start)
            self._next = first + count
        return range(first, first + count)


take_event_ids = _Ids().take


def first_id_at(instant: datetime) -> int:
    """No event announced at or after an instant has a lower id than this."""
    milliseconds = (instant - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000
    return min(max(0, int(milliseconds) - _EPOCH_MS) << _SEQUENCE_BITS, BIGINT_MAX)


def announce(out: Sink, events: Sequence[Event]) -> None:
    """Queue events in the caller's own transaction; they are told once it is committed, in no promised order."""
    if not events:
        return
    ids = take_event_ids(len(events))
    parameters = {
        "parts": ints(map(part_of, ids)),
        "ids": ints(ids),
        "kinds": words(event.kind for event in events),
        "subjects": texts(event.subject for event in events),
        "data": texts(msgspec.json.encode(event).decode() for event in events),
    }
    out.execute(queries.add_events, parameters, prepare=True)
