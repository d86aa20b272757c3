"""Stable identities: the part a key lives in, and the id an order has before anybody stored it.

These functions are fixed for ever: stored keys depend on them.
"""

import re
from hashlib import blake2b
from typing import NamedTuple

PARTS = 256
_GOLDEN = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1
# Of a run of digits the last forty decide its low forty bits, since 2 ** 40 divides 10 ** 40.
_DIGITS = re.compile("[0-9]{1,40}")
_NUMBER = (1 << 40) - 1


class OrderIdentity(NamedTuple):
    """`part` is the first byte of `id` (32 hex digits), so that either leads to the order."""

    part: int
    id: str


def part_of(number: int) -> int:
    """The part (0..255) of an item, listing or movement id: Fibonacci hashing, so that runs of ids spread."""
    return (number * _GOLDEN & _WORD) >> 56


def order_identity(channel: int, ref: str) -> OrderIdentity:
    """The id and part of a channel's order, the same for a webhook, a poll and a retry.

    16 bytes: the part (a hash), the channel's low byte, the low 40 bits of the number that the last digits of `ref`
    make (0 without any), 9 bytes of hash. A channel's refs mostly count upwards, so that new orders go where the last
    ones went in every index by id: keys without order would touch other pages each time, and after each checkpoint
    PostgreSQL logs every page whole when it is first touched."""
    digest = blake2b(b"%d\0%s" % (channel, ref.encode()), digest_size=10).hexdigest()
    # From behind, so that a long reference is read once.
    digits = _DIGITS.search(ref[::-1])
    number = int(digits[0][::-1]) & _NUMBER if digits else 0
    return OrderIdentity(int(digest[:2], 16), f"{digest[:2]}{channel & 255:02x}{number:010x}{digest[2:]}")


def part_of_text(*words: str) -> int:
    """The part of a key made of words, such as (scope, key) of a command."""
    return blake2b("\0".join(words).encode(), digest_size=1).digest()[0]


def content_digest(canonical: bytes) -> bytes:
    """What tells one content from another under the same key: 16 bytes of the request in canonical form."""
    return blake2b(canonical, digest_size=16).digest()
