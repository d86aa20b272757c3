"""GET /v1/atp: what one channel may promise of one listing or item now."""

from collections.abc import Sequence
from urllib.parse import parse_qs

import msgspec

from truestock.availability.read import Reader
from truestock.availability.values import Answer, Unknown
from truestock.bootstrap import Hub
from truestock.core.checks import TEXT_MAX
from truestock.core.problems import Invalid, NotFound
from truestock.entrypoints.api.front.call import READ, Call
from truestock.entrypoints.api.hot.deadlines import Deadlines
from truestock.entrypoints.api.problems.surface import Malformed

_encode = msgspec.json.Encoder().encode
NAMES = ("channel", "sku")


class Ask:
    """A read on its way through the lane of reads."""

    __slots__ = ("channel", "sku")
    weight = 1

    def __init__(self, channel: str, sku: str) -> None:
        self.channel = channel
        self.sku = sku


def read(reader: Reader, asked: Sequence[Ask], _wait: bool = True) -> list[Answer]:
    """One answer an ask; many are read in sets from one snapshot."""
    if len(asked) == 1:
        return [reader.available(asked[0].channel, asked[0].sku)]
    return reader.many([(ask.channel, ask.sku) for ask in asked])


class ReadAtp:
    """Reads that come at once are answered together."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._deadlines = Deadlines(hub.settings.request_deadline_s)

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        call.caller.require(READ)
        ask = _asked(call.scope["query_string"])
        call.caller.require_channel(ask.channel)
        (waiting,) = self._hub.reads.submit(read, (ask,))
        answer = await self._deadlines.watch(waiting)
        if isinstance(answer, Unknown):
            raise NotFound(answer.reason, ask.channel if answer.reason == "channel" else ask.sku)
        return 200, _encode(answer)


def _asked(query: bytes) -> Ask:
    try:
        given = parse_qs(query.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query), errors="strict")
    except ValueError:
        raise Malformed("the query is not name=value&name=value in UTF-8") from None
    for name in given.keys() - set(NAMES):
        raise Invalid(name[:TEXT_MAX], f"there is no such parameter; there are {' and '.join(NAMES)}")
    found = []
    for name in NAMES:
        values = given.get(name, [])
        if len(values) != 1 or not 0 < len(values[0]) <= TEXT_MAX or "\0" in values[0]:
            raise Invalid(name, f"give {name} once, with 1 to {TEXT_MAX} characters")
        found += values
    return Ask(*found)
