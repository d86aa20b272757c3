"""Counts the pushes of a connector that is left as it is otherwise, with all of its abilities."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, NamedTuple, cast

from truestock.connectors.contract.abilities import Line, PushesStock
from truestock.connectors.contract.answers import ChannelDown, Pushed

# The hub dies before its push goes out, or when the channel has answered and nothing of it is written down.
Death = Literal["before", "after"]


class Died(BaseException):
    """There is no hub any more; nobody in it learns of that."""


class Call(NamedTuple):
    """A push: its numbers by SKU, and whether the channel took any of them, or may have."""

    numbers: dict[str, int]
    took: bool


class Watch:
    """`calls` are the pushes since it began, or was cleared; the first first. `death`: what the next push meets."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.death: Death | None = None

    def turned_away(self) -> int:
        """Calls of which the channel took nothing."""
        return sum(not call.took for call in self.calls)

    def writes(self) -> Counter[str]:
        """How often a number of each listing went out in calls that the channel took."""
        return Counter(sku for call in self.calls if call.took for sku in call.numbers)

    def over(self, connector: PushesStock) -> PushesStock:
        """A connector whose pushes are counted here."""

        async def push(lines: Sequence[Line]) -> Pushed:
            death, self.death = self.death, None
            if death == "before":
                raise Died
            numbers = {line.sku: line.quantity for line in lines}
            took = True
            try:
                answer = await connector.push(lines)
                took = any(outcome.kind not in ("later", "rejected") for outcome in answer.outcomes.values())
            except ChannelDown:
                took = False
                raise
            finally:
                self.calls.append(Call(numbers, took))
            if death == "after":
                raise Died
            return answer

        return cast(PushesStock, _Watched(connector, push))


class _Watched:
    def __init__(self, connector: PushesStock, push: Callable[[Sequence[Line]], Awaitable[Pushed]]) -> None:
        # What a connector is able to do is seen by what it has, so that all of it has to be here.
        for name in dir(connector):
            if not name.startswith("_"):
                setattr(self, name, getattr(connector, name))
        self.push = push
