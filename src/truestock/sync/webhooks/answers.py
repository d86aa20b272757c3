"""What a call's end makes of its delivery and of its webhook: done, tried again and when, dead, left alone. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from truestock.connectors.generic.refusals import Reply, one_line, throttle, words

State = Literal["waiting", "done", "dead"]

# How long after each failed try the next one comes; about three days in all.
STEPS: Final = (
    *(timedelta(seconds=s) for s in (5, 30)),
    *(timedelta(minutes=m) for m in (2, 10, 30)),
    *(timedelta(hours=h) for h in (1, 2, 4, 8, 12, 20, 24)),
)
TRIES_MAX: Final = len(STEPS) + 1
SPREAD: Final = 0.2
# A webhook that nobody answers gets one call at a time, and a while between them that doubles.
FAILURES: Final = 3
ALONE_FIRST: Final = timedelta(seconds=5)
ALONE_MOST: Final = timedelta(minutes=5)
TOLD_MOST: Final = timedelta(hours=1)

_LATER: Final = frozenset({408, 425, 429})
_GONE: Final = 410


class Answer(NamedTuple):
    """How a call ended. done: taken. refused: the receiver is there, and would not take this one. down: nobody there,
    or told to come later. gone: the receiver wants nothing more."""

    kind: Literal["done", "refused", "down", "gone"]
    status: int | None = None
    error: str = ""
    retry_after_s: float = 0.0


class Next(NamedTuple):
    """What becomes of a delivery after a try."""

    state: State
    at: datetime


class Standing(NamedTuple):
    """How a webhook stands: calls in a row that nobody answered, no call before when, paused, and why."""

    failures: int = 0
    not_before: datetime | None = None
    paused: bool = False
    trouble: str = ""


def answer_of(reply: Reply, now_s: float) -> Answer:
    """What a status means. `now_s`: seconds since 1970."""
    if 200 <= reply.status < 300:
        return Answer("done", reply.status)
    if reply.status == _GONE:
        return Answer("gone", _GONE, "the receiver wants nothing more (410 Gone); resume it when it does")
    wait_s = throttle(reply, now_s).retry_after_s
    if reply.status < 400:
        where = one_line(reply.location)
        return Answer("refused", reply.status, f"it points elsewhere ({reply.status} {where}), which is not followed")
    kind: Literal["refused", "down"] = "down" if reply.status >= 500 or reply.status in _LATER else "refused"
    return Answer(kind, reply.status, words(reply), wait_s)


def next_of(tries: int, answer: Answer, now: datetime, chance: float) -> Next:
    """After the `tries`th try, the first being 1. By chance (0 to 1) the wait is up to a tenth shorter or longer, so
    that those that failed together do not come back together."""
    if answer.kind == "done":
        return Next("done", now)
    if answer.kind == "gone":
        return Next("waiting", now)
    if tries >= TRIES_MAX:
        return Next("dead", now)
    wait = STEPS[max(tries, 1) - 1] * (1 + SPREAD * (chance - 0.5))
    return Next("waiting", now + max(wait, timedelta(seconds=answer.retry_after_s)))


def standing_after(standing: Standing, answers: Sequence[Answer], now: datetime, chance: float) -> Standing:
    """How a webhook stands after further calls, in the order of their ends."""
    for answer in answers:
        standing = _after(standing, answer, now, chance)
    return standing


def room(failures: int, in_flight: int, most: int) -> int:
    """How many more calls may be under way."""
    return max(0, (1 if failures >= FAILURES else most) - in_flight)


def _after(standing: Standing, answer: Answer, now: datetime, chance: float) -> Standing:
    if answer.kind == "done":
        return Standing(paused=standing.paused, trouble=standing.trouble if standing.paused else "")
    if standing.paused:
        return standing
    if answer.kind == "gone":
        return Standing(paused=True, trouble=answer.error)
    told = now + min(TOLD_MOST, timedelta(seconds=answer.retry_after_s)) if answer.retry_after_s else None
    if answer.kind == "refused":
        return Standing(not_before=told, trouble=answer.error)
    failures = standing.failures + 1
    at = told
    if failures >= FAILURES:
        full = min(ALONE_MOST, ALONE_FIRST * (1 << min(failures - FAILURES, 20)))
        alone = now + full * (1 - chance / 2)
        at = alone if told is None else max(told, alone)
    return Standing(failures, at, False, answer.error)
