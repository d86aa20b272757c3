"""What a status means when it is not success: had no effect, had perhaps one, or is the channel's last word. Pure."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown, InDoubt, Throttle

WORDS_MAX: Final = 300
RETRY_AFTER_MAX_S: Final = 86_400.0

_NOT_LET_IN: Final = frozenset({401, 403})
_COME_LATER: Final = frozenset({408, 425, 429, 503})
# By the draft of the Idempotency-Key header: the first try of this call is still being worked on.
_STILL_AT_IT: Final = 409


class Reply(msgspec.Struct, frozen=True):
    """An HTTP answer. `cut`: the body was longer than is read, and is not whole."""

    status: int
    body: bytes
    cut: bool = False
    retry_after: str = ""
    location: str = ""


class _Said(msgspec.Struct, frozen=True):
    """Where problem documents and their relatives keep their words."""

    detail: str | None = None
    message: str | None = None
    error: str | None = None
    title: str | None = None


def one_line(text: str) -> str:
    """Another's words made fit to store and show: one line of printable characters, at most WORDS_MAX."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[:4000]).split())[:WORDS_MAX]


def words(reply: Reply) -> str:
    """The status and what the body says."""
    try:
        said = msgspec.json.decode(reply.body, type=_Said)
        text = said.detail or said.message or said.error or said.title or ""
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        text = reply.body[:4000].decode(errors="replace")
    return one_line(f"{reply.status} {text}")


def throttle(reply: Reply, now_s: float) -> Throttle:
    """What Retry-After says, in seconds or as a date; nonsense says nothing. `now_s`: seconds since 1970."""
    value = reply.retry_after.strip()
    if value.isascii() and value.isdigit():
        wait_s = float(value)
    else:
        try:
            at = parsedate_to_datetime(value)
            wait_s = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now_s
        except (ValueError, OverflowError):
            wait_s = 0.0
    return Throttle(retry_after_s=min(max(wait_s, 0.0), RETRY_AFTER_MAX_S))


def raise_for(reply: Reply, now_s: float) -> None:
    """Return for a success or for a refusal of this very content; otherwise raise ChannelDown or InDoubt."""
    status, said = reply.status, words(reply)
    if 200 <= status < 300:
        return
    if status < 400:
        where = one_line(reply.location)
        raise ChannelDown(
            f"it points elsewhere ({status} {where}), which is not followed: set the base URL to the last place"
        )
    if status in _NOT_LET_IN:
        raise ChannelDown(
            f"not let in ({said}): check the signing secret and the bearer token on both sides, and both clocks"
        )
    if status in _COME_LATER:
        raise ChannelDown(f"told to come later ({said})", throttle(reply, now_s))
    if status == _STILL_AT_IT or status >= 500:
        raise InDoubt(f"it failed at work ({said})")
