"""Reads what came over the wire: in its published form, or not at all."""

import zlib
from typing import Final, TypeVar

import msgspec

ANSWER_MAX_BYTES: Final = 64 * 2**20
WORDS_MAX: Final = 300
T = TypeVar("T")


class NotAsAgreed(Exception):
    """An answer that is not of the form that Amazon has published; the text says where."""


class Told(msgspec.Struct, frozen=True):
    """One error as Amazon tells it."""

    code: str = ""
    message: str = ""
    details: str | None = None


class Errors(msgspec.Struct, frozen=True):
    """How a call is refused."""

    errors: list[Told] = []


def one_line(text: str) -> str:
    """Another's words made fit to store and show: one line of printable characters, at most WORDS_MAX."""
    return " ".join("".join(char if char.isprintable() else " " for char in text[:4000]).split())[:WORDS_MAX]


def decoded(body: bytes, form: type[T]) -> T:
    """An answer in its published form; fields that are not needed are passed over. Raises NotAsAgreed."""
    try:
        return msgspec.json.decode(body, type=form)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotAsAgreed(one_line(str(error))) from error


def words(body: bytes) -> str:
    """Why a call was refused, in Amazon's words; empty where the body is no list of errors."""
    try:
        told = decoded(body, Errors).errors
    except NotAsAgreed:
        return ""
    said = (" ".join(part for part in (f"{one.code}:", one.message, one.details or "") if part) for one in told)
    return one_line("; ".join(dict.fromkeys(said)))


def unzipped(content: bytes) -> bytes:
    """What was packed with gzip. Raises NotAsAgreed for what was not, or is too long."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(content, ANSWER_MAX_BYTES)
    except zlib.error as error:
        raise NotAsAgreed(f"it cannot be unpacked: {error}") from error
    if unzip.unconsumed_tail or not unzip.eof:
        raise NotAsAgreed("it ends early, or is longer than can be read")
    return plain
