"""Stable identities: the part a key lives in, and the id an order has before anybody stored it.

These functions are fixed for ever: stored keys depend on them.
"""

from hashlib import blake2b
from typing import NamedTuple

PARTS = 256
_GOLDEN = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


class OrderIdentity(NamedTuple):
    """`part` is the first byte of `id` (32 hex digits), so that either leads to the order."""

    part: int
    id: str


def part_of(number: int) -> int:
    """The part (0..255) of an item, listing or movement id: Fibonacci hashing, so that runs of ids spread."""
    return (number * _GOLDEN & _WORD) >> 56


def order_identity(channel: int, ref: str) -> OrderIdentity:
    """The id and part of a channel's order, the same for a webhook, a poll and a retry."""
    digest = blake2b(b"%d\0%s" % (channel, ref.encode()), digest_size=16).hexdigest()
    return OrderIdentity(int(digest[:2], 16), digest)


def part_of_text(*words: str) -> int:
    """The part of a key made of words, such as (scope, key) of a command."""
    return blake2b("\0".join(words).encode(), digest_size=1).digest()[0]


def content_digest(canonical: bytes) -> bytes:
    """What tells one content from another under the same key: 16 bytes of the request in canonical form."""
    return blake2b(canonical, digest_size=16).digest()
