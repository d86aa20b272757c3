"""Splits units that have just become sellable between the rings of channels and the common pool."""

from collections.abc import Sequence
from typing import NamedTuple


class RingShare(NamedTuple):
    """What a channel's ring gets at a location: `percent` of what comes, at most up to `target` units in all.

    Without a percentage it is filled up to its target from what the others leave. `has` are units of its ring now."""

    channel: int
    rank: int
    percent: int | None
    target: int | None
    has: int


def ring_shares(qty: int, shares: Sequence[RingShare]) -> dict[int, int]:
    """Units by channel, in whole units by largest remainder; what no channel gets stays in the pool.

    Percentages of more than a hundred together are shares of their sum. Ties go to the better rank, the pool last."""
    ordered = sorted(shares, key=lambda share: (share.rank, share.channel))
    parts = [(share, share.percent) for share in ordered if share.percent]
    total = sum(percent for _, percent in parts)
    whole = max(100, total)
    given = {share.channel: qty * percent // whole for share, percent in parts}
    pool = qty * (whole - total) // whole
    rests = sorted(
        [(-(qty * percent % whole), n, share.channel) for n, (share, percent) in enumerate(parts)]
        + [(-(qty * (whole - total) % whole), len(parts), 0)]
    )
    for _, _, channel in rests[: qty - sum(given.values()) - pool]:
        if channel:
            given[channel] += 1
    for share in ordered:
        if share.target is not None and share.channel in given:
            given[share.channel] = min(given[share.channel], max(0, share.target - share.has))
    left = qty - sum(given.values())
    for share in ordered:
        if share.target is not None and not share.percent:
            given[share.channel] = units = min(left, max(0, share.target - share.has))
            left -= units
    return {channel: units for channel, units in given.items() if units}
