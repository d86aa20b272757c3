"""How far a seller's orders have been read: window by window of time. Pure.

eBay pages by numbers, and says nothing of the order; what changes while pages are read would push others out of them.
So a window is made so narrow that one page holds all of it, and the next begins where it ended, or a little before."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown

# What came to light late, and what our clock is ahead of eBay's.
OVERLAP: Final = timedelta(minutes=2)
NARROWEST: Final = timedelta(milliseconds=10)


class Window(msgspec.Struct, frozen=True, omit_defaults=True):
    """What changed from `since` to `until`, both included; None: until now."""

    since: datetime
    until: datetime | None = None

    @property
    def cursor(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


def begun(instant: datetime) -> Window:
    """From an instant on."""
    return Window(instant.astimezone(UTC))


def read(cursor: str) -> Window:
    """A window as it was kept. Raises ChannelDown."""
    try:
        return msgspec.json.decode(cursor, type=Window)
    except msgspec.MsgspecError as error:
        raise ChannelDown(f"the orders' cursor is none of this connector's ({error}): reset the channel") from error


def ends(window: Window, now: datetime) -> datetime:
    """Where it ends: not before it begins, whatever our clock does."""
    return max(window.since, min(window.until or now, now))


def halved(window: Window, end: datetime) -> Window | None:
    """Its first half; None where it is as narrow as can be."""
    half = (end - window.since) / 2
    return None if half < NARROWEST else Window(window.since, window.since + half)


def following(window: Window, end: datetime, now: datetime) -> tuple[Window, bool]:
    """What to read after it, and whether that is to be read at once."""
    if end < now:
        return Window(end), True
    return Window(max(window.since, end - OVERLAP)), False


def written(instant: datetime) -> str:
    """An instant as eBay writes it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
