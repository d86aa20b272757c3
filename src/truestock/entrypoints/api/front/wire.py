"""Bodies in and out: bounded reading, strict decoding that names the field at fault, encoding."""

import re
from typing import Any

import msgspec
from starlette.types import Receive

from truestock.core.problems import Invalid, Problem
from truestock.entrypoints.api.problems.surface import Malformed, TooLarge, UnsupportedMedia

JSON = b"application/json"
_PLACE = re.compile(r"(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>[^`]*)`)?", re.DOTALL)
_NAMED = re.compile(r"Object (?:contains unknown|missing required) field `(?P<name>.*)`", re.DOTALL)


class Disconnected(Exception):
    """The client has gone; nobody is there to answer."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as it is past the limit, and Disconnected."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Disconnected
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        _check_size(len(body), limit)
        return body
    chunks, size = [body], len(body)
    while message.get("more_body", False):
        _check_size(size, limit)
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    _check_size(size, limit)
    return b"".join(chunks)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(f"the body is over {limit} bytes; send it in several calls")


def check_media(content_type: bytes, wanted: bytes = JSON) -> None:
    """Refuse a body in another form. What a web page may send without asking is among the refused."""
    if content_type != wanted and content_type.split(b";")[0].strip().lower() != wanted:
        raise UnsupportedMedia(f"send the body as {wanted.decode()} and say so in Content-Type")


def decode(decoder: "msgspec.json.Decoder[Any]", body: bytes) -> Any:
    """The value in a body. Raises Invalid with the field at fault, or Malformed."""
    try:
        found = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise invalid(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"the body is not JSON in UTF-8: {error}") from None
    except RecursionError:
        raise Malformed("the body is nested too deeply") from None
    if b"\\u0000" in body and _has_nul(msgspec.json.decode(body)):
        raise Malformed("a text in the body has a NUL character; take it out")
    return found


def invalid(message: str) -> Problem:
    """The codec's message as a problem; unknown and missing fields are named with the place they belong to."""
    match = _PLACE.fullmatch(message)
    what, path = (match["what"], match["path"] or "") if match else (message, "")
    if named := _NAMED.fullmatch(what):
        path = f"{path}.{named['name']}"
    return Invalid(path.removeprefix(".") or "body", what)


def _has_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_has_nul, value))
