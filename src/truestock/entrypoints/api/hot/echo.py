"""GET /v1/echo: what the server costs without the hub behind it; the bench measures the others against it."""

import msgspec

from truestock.entrypoints.api.front.call import READ, Call

_encode = msgspec.json.Encoder().encode


class Echo(msgspec.Struct, frozen=True):
    """The query string as it came."""

    echo: str


async def echo(call: Call) -> tuple[int, bytes]:
    """Answer at once."""
    call.caller.require(READ)
    return 200, _encode(Echo(call.scope["query_string"].decode("latin-1")))
