"""What the stories are told with: orders of one item, and what every channel may promise at a moment."""

from truestock.bootstrap import Hub
from truestock.feeds.replay.places import units_on_shelves
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine, OrderResult

BEYOND_ALL = 1_000_000


def order(channel: str, ref: object, qty: int = 1, sku: str = "MUG") -> Reserve:
    return Reserve(NewOrder(channel=channel, ref=f"{channel}-{ref}", lines=[OrderLine(sku, qty)]))


def promised(answer: object) -> int:
    """Units that an answer grants."""
    assert isinstance(answer, OrderResult), answer
    return answer.lines[0].granted


def atp(hub: Hub, *channels: str) -> dict[str, int]:
    """What each channel could be promised at most; asked by orders that nobody can grant, so that nothing is held."""
    answers = hub.run(reserve, [order(channel, "all", BEYOND_ALL) for channel in channels])
    return {channel: answer.lines[0].available for channel, answer in zip(channels, answers, strict=True)}


def free(hub: Hub) -> dict[str, int]:
    """Units that nobody has been promised, by location."""
    return {place: units for (_, place), units in units_on_shelves(hub.db).items()}
