"""Writes lines in one call that is taken whole or not at all; one that is refused is halved to find the culprit."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Spot

Write = Callable[[Sequence[Line]], Awaitable[Mapping[Spot, Outcome]]]


class Refused(Exception):
    """The other side will not do it, for a reason of the objects concerned; nothing was changed."""


async def written(lines: Sequence[Line], decided: Mapping[Spot, Outcome], write: Write) -> Pushed:
    """An outcome for each line, besides those that are `decided`. `write` raises Refused, ChannelDown, InDoubt.

    Raises ChannelDown and InDoubt when the very first call fails so; later on the lines before keep their outcomes."""
    outcomes = dict(decided)
    waiting = [list(lines)] if lines else []
    sent = False
    while waiting:
        batch = waiting.pop()
        try:
            outcomes |= await write(batch)
        except Refused as no:
            if len(batch) == 1:
                outcomes[batch[0].spot] = Outcome("rejected", str(no))
            else:
                middle = len(batch) // 2
                waiting += [batch[:middle], batch[middle:]]
        except ChannelDown as down:
            if not sent:
                raise
            return Pushed(outcomes | _of([batch, *waiting], Outcome("later", str(down))), down.throttle)
        except InDoubt as doubt:
            if not sent:
                raise
            left = _of(waiting, Outcome("later", "an earlier call got no answer; it is sent again"))
            return Pushed(outcomes | _of([batch], Outcome("unknown", str(doubt))) | left)
        sent = True
    return Pushed(outcomes)


def _of(batches: Sequence[Sequence[Line]], outcome: Outcome) -> dict[Spot, Outcome]:
    return {line.spot: outcome for batch in batches for line in batch}
