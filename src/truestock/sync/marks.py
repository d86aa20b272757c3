"""What is known of one listing on its channel, and what an answer changes about it. Pure.

`rev` and `desired` are the publisher's; a value is only ever sent as the newest, one at a time, and never one that is
older than what the channel has acknowledged."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from truestock.connectors.contract.answers import Outcome, Spot

AGAIN: Final = timedelta(seconds=2)
# What passes by itself is tried often enough to be in step a minute after it has passed.
AGAIN_AT_MOST: Final = timedelta(seconds=30)
# A channel that will not have a listing is asked again by and by: somebody may have mended it there.
REJECTED: Final = timedelta(minutes=5)
REJECTED_AT_MOST: Final = timedelta(hours=6)
TROUBLE_MAX: Final = 500


class Sent(NamedTuple):
    """A listing, or one place of it, whose newest value is on its way: revision `rev`, tried `tries` times before.

    `place` as the channel calls it. `shown`: what the channel was thought to show, None when that is unknown."""

    listing: int
    place: int
    spot: Spot
    rev: int
    quantity: int
    shown: int | None
    tries: int

    @property
    def key(self) -> tuple[int, int, int]:
        """Listing, place and revision."""
        return self.listing, self.place, self.rev


class Mark(NamedTuple):
    """What to remember of a listing, or one place of it, when its call has ended.

    `in_flight`: the call may still take effect, or was only accepted. `acked`: revision `rev` is in force. `observed`:
    what the channel was seen to show just now, None when it was not looked at. `sold_there`: units that it shows less
    than it was thought to."""

    listing: int
    place: int
    rev: int
    in_flight: bool
    acked: bool
    shown: int | None
    observed: int | None = None
    tries: int = 0
    next_try_at: datetime | None = None
    trouble: str = ""
    ticket: str = ""
    sold_there: int = 0


def key_of(sent: Sent) -> str:
    """The idempotency key of a write, the same for every try of it."""
    return f"ts-{sent.listing}-{sent.place}-{sent.rev}" if sent.place else f"ts-{sent.listing}-{sent.rev}"


def wait_for(tries: int, first: timedelta, most: timedelta, chance: float) -> timedelta:
    """How long until the next try: twice as long each time, and by chance (0 to 1) down to half of it.

    The chance keeps channels that failed together from coming back together; the lines of one call share it, so that
    they go out in one call again."""
    full = min(most, first * (1 << min(tries, 30)))
    return full * (1 - chance / 2)


def answered(sent: Sent, outcome: Outcome, now: datetime, chance: float) -> Mark:
    """What one line's outcome makes of its listing."""
    trouble = outcome.reason[:TROUBLE_MAX]
    if outcome.kind == "applied":
        return Mark(*sent.key, in_flight=False, acked=True, shown=sent.quantity)
    if outcome.kind == "accepted":
        return Mark(*sent.key, in_flight=True, acked=False, shown=sent.shown, ticket=outcome.ticket)
    if outcome.kind == "unknown":
        # On its way until the call can have no effect any more; then it is read back.
        return Mark(*sent.key, in_flight=True, acked=False, shown=sent.shown, tries=sent.tries, trouble=trouble)
    tries = sent.tries + 1
    if outcome.kind == "stale":
        # Somebody else has written, or an order has come that we have not seen: at once from what is shown now.
        wait = timedelta(0) if tries == 1 else wait_for(sent.tries, AGAIN, AGAIN_AT_MOST, chance)
        # A channel that does not say what it shows is compared with the same number again, and refuses again.
        shown, observed = sent.shown if outcome.observed is None else outcome.observed, outcome.observed
    elif outcome.kind == "rejected":
        wait = wait_for(sent.tries, REJECTED, REJECTED_AT_MOST, chance)
        shown, observed = sent.shown, None
    else:
        wait = wait_for(sent.tries, AGAIN, AGAIN_AT_MOST, chance)
        shown, observed = sent.shown, None
    sold = max(0, sent.shown - observed) if sent.shown is not None and observed is not None else 0
    return Mark(*sent.key, False, False, shown, observed, tries, now + wait, trouble, sold_there=sold)


def came_back(sent: Sent, at: datetime) -> Mark:
    """The call had no effect: as before it, and again at `at`. The listing is not to blame."""
    return Mark(*sent.key, in_flight=False, acked=False, shown=sent.shown, tries=sent.tries, next_try_at=at)


def read_back(sent: Sent, shown: Mapping[Spot, int], now: datetime, chance: float) -> Mark:
    """After a call of unknown outcome, by what the channel shows now."""
    quantity = shown.get(sent.spot)
    if quantity is None:
        return answered(sent, Outcome("rejected", "the channel does not have this listing"), now, chance)
    if quantity == sent.quantity:
        return Mark(*sent.key, in_flight=False, acked=True, shown=quantity, observed=quantity)
    return Mark(*sent.key, False, False, quantity, quantity, sent.tries, now)


def unread(sent: Sent, now: datetime) -> Mark:
    """After a call of unknown outcome on a channel that cannot be read: the number is sent again, being absolute."""
    return Mark(*sent.key, in_flight=False, acked=False, shown=None, tries=sent.tries, next_try_at=now)
