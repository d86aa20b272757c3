"""What is sent, how that ended, and what the end makes of the message. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final, Generic, Literal, NamedTuple, TypeVar, get_args

from truestock.connectors.contract.orders import Buyer
from truestock.connectors.generic.refusals import one_line
from truestock.sync.messages.decide import State
from truestock.sync.messages.writing.render import Letter
from truestock.sync.webhooks.answers import SPREAD, STEPS, TRIES_MAX

DOWN_FIRST: Final = timedelta(seconds=5)
DOWN_MOST: Final = timedelta(minutes=5)
HIDDEN: Final = "[the buyer]"
Via = Literal["email", "webhook", "apprise"]
VIAS: Final[tuple[Via, ...]] = get_args(Via)
K = TypeVar("K")


class Outgoing(NamedTuple):
    """A message on its way. `to` is who bought, as far as that is known; it is in memory only until it is sent.

    `target` is a URL, or an address in place of the buyer's; `body` what a call carries."""

    id: str
    rule: int
    target: str
    secrets: Mapping[str, str]
    to: Buyer
    letter: Letter
    body: bytes


class Sent(NamedTuple):
    """How it ended. later: not now, or perhaps. never: not this one. down: nobody there to hand it to."""

    kind: Literal["done", "later", "never", "down"]
    why: str = ""
    wait_s: float = 0.0


class Next(NamedTuple):
    """What becomes of a message after a try."""

    state: State
    at: datetime
    tries: int


class Leased(NamedTuple, Generic[K]):
    """A message that this process sends until its lease ends; `tries` counts this one."""

    key: K
    tries: int
    lease: datetime


class Ready(NamedTuple):
    """A message written out; `expected` is the day that it names, if it does."""

    via: Via
    out: Outgoing
    expected: date | None = None


class Mark(NamedTuple):
    """What becomes of a message, and why."""

    next: Next
    error: str = ""
    expected: date | None = None


def after(tries: int, sent: Sent, now: datetime, chance: float, down: int = 0) -> Next:
    """After the `tries`th try. Waiting for a mail server that was `down` so many times in a row costs no tries."""
    if sent.kind == "done":
        return Next("done", now, tries)
    if sent.kind == "never":
        return Next("dead", now, tries)
    if sent.kind == "down":
        return Next("waiting", now + rest(down), tries - 1)
    if tries >= TRIES_MAX:
        return Next("dead", now, tries)
    wait = STEPS[max(tries, 1) - 1] * (1 + SPREAD * (chance - 0.5))
    return Next("waiting", now + max(wait, timedelta(seconds=sent.wait_s)), tries)


def rest(down: int) -> timedelta:
    """How long nobody asks a mail server that was down so many times in a row."""
    return min(DOWN_MOST, DOWN_FIRST * (1 << min(max(down - 1, 0), 10)))


def without(text: str, to: Buyer, *more: str) -> str:
    """Others' words without the person in them: what is kept names nobody."""
    names = [name for name in (to.email, to.email.partition("@")[0], to.phone, to.name, *more) if len(name) > 1]
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
    return one_line(text)
