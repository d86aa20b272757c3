"""How far a channel's orders have been read, for channels that are asked for what changed since an instant. Pure.

Orders may share a second, change while they are read, and come to light late: none of it may lose one. So a pass goes
on from the newest change that it has met, never by page numbers; and the next pass begins a little before that."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown

OVERLAP: Final = timedelta(seconds=60)
SECOND: Final = timedelta(seconds=1)
# A change that has not come to light after so long is not one of the seconds that were read.
QUIET_S: Final = 180.0


class Pass(msgspec.Struct, frozen=True, omit_defaults=True):
    """Began at `start` and reads what changed at or after `since`, which moves on; nothing from before `floor`.

    `at`: where among the changes of that very second, in the connector's words. `phase`: which of several questions.
    `met`: the newest change of this pass; `top`: that of the passes before, and `quiet_from_s` (seconds since 1970)
    when it was first known to be the newest."""

    start: datetime
    since: datetime
    floor: datetime
    at: str = ""
    phase: int = 0
    met: datetime | None = None
    top: datetime | None = None
    quiet_from_s: float = 0.0

    @property
    def cursor(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self).decode()


def begun(instant: datetime) -> Pass:
    """A pass over what changed at or after an instant."""
    at = instant.astimezone(UTC).replace(microsecond=0)
    return Pass(at, at, at)


def read(cursor: str) -> Pass:
    """A pass as it was kept. Raises ChannelDown."""
    try:
        return msgspec.json.decode(cursor, type=Pass)
    except msgspec.MsgspecError as error:
        raise ChannelDown(f"the orders' cursor is none of this connector's ({error}): reset the channel") from error


def onward(now: Pass, newest: datetime, at_moved: str, at_same: str) -> Pass:
    """After a page with more to come: from its newest change, or among the changes of the same second."""
    met = max(newest, now.met or newest)
    if newest > now.since:
        return msgspec.structs.replace(now, since=newest, at=at_moved, met=met)
    return msgspec.structs.replace(now, at=at_same, met=met)


def next_phase(now: Pass, newest: datetime | None) -> Pass:
    """After the last page of one question: the next question, from where the pass began."""
    return msgspec.structs.replace(now, since=now.start, at="", phase=now.phase + 1, met=_later(newest, now.met))


def ended(now: Pass, newest: datetime | None, now_s: float) -> Pass:
    """After the last page: the next pass. What was met long enough ago is not read again."""
    met = _later(newest, now.met)
    if met and (now.top is None or met > now.top):
        since, top, quiet_from_s = met - OVERLAP, met, now_s
    elif now.top:
        over = now_s - now.quiet_from_s >= QUIET_S
        since, top, quiet_from_s = now.top + SECOND if over else now.top - OVERLAP, now.top, now.quiet_from_s
    else:
        return Pass(now.floor, now.floor, now.floor)
    since = max(now.floor, since)
    return Pass(since, since, now.floor, top=top, quiet_from_s=quiet_from_s)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((when for when in (one, other) if when), default=None)
