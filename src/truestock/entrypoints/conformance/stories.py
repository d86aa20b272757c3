"""What goes wrong with stock on its way to a channel, each told on listings that are in step; and what must hold then.

A story raises AssertionError with what did not hold."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from truestock.connectors.contract.abilities import ReadsBack, ReadsOrders, TakesNotices
from truestock.entrypoints.conformance.flow import orders_flow, orders_without_messages
from truestock.entrypoints.conformance.play import Play
from truestock.entrypoints.conformance.worlds import Expires, Fails, Forgets, Outages, Sells, Slow, Tells
from truestock.sync.pusher import INSPECT_EVERY_S

UNITS: Final = 30
STORM_CALLS: Final = 4
ROUNDS: Final = 6
CALLS_PER_NEEDED_CALL: Final = 1.1
# A push that was turned away is due again after it.
TURNED_AWAY_S: Final = 2.0
OUTAGE_S: Final = 3600.0
# So many calls fail in an outage that the hub leaves the channel alone for as long as it ever does.
TRIES: Final = 10
SLOW_S: Final = 0.2
SLOW_CALLS: Final = 5


class Story(NamedTuple):
    """`needs`: what the world has to offer besides, and `asks` what its connector has to be able to do; `listings` are
    in step when it begins; `orders` are read."""

    name: str
    tell: Callable[[Play], Awaitable[None]]
    needs: tuple[type, ...] = ()
    asks: tuple[type, ...] = ()
    listings: int = 3
    orders: bool = False


def shows(play: Play, wanted: dict[str, int]) -> None:
    """The channel shows these numbers. Raises AssertionError."""
    found = {sku: play.world.shown(sku) for sku in wanted}
    assert found == wanted, f"it shows {found} and shall show {wanted}"


async def changes_arrive(play: Play) -> None:
    """What is sold and what comes in elsewhere is shown."""
    first, second, third = play.skus
    await play.sell(first, UNITS)
    await play.receive(second, 5)
    await play.settle()
    shows(play, {first: 0, second: UNITS + 5, third: UNITS})


async def storm_of_throttling(play: Play) -> None:
    """Calls are counted without a storm and then under one, for as many changes. The answers "too many" are the storm's
    own; apart from them there is at most a tenth more than what was needed without it."""

    async def rounds() -> int:
        play.watch.calls.clear()
        for n in range(ROUNDS):
            await play.sell(play.skus[n % len(play.skus)], 1)
            await play.keep(turns=3)
        await play.settle()
        return len(play.watch.calls)

    needed = await rounds()
    play.world.throttle(STORM_CALLS)
    calls, away = await rounds(), play.watch.turned_away()
    assert away, "no push was turned away: the world does not throttle, or the connector waits instead of the hub"
    made = calls - min(away, STORM_CALLS)
    assert made <= CALLS_PER_NEEDED_CALL * needed, f"{made} calls were made under a storm where {needed} are needed"


async def answer_never_comes(play: Play) -> None:
    """A number that has arrived without an answer is found by reading, and not sent again."""
    sku = play.skus[0]
    play.watch.calls.clear()
    play.world.hang_after_effect()
    await play.sell(sku, 7)
    await play.keep(turns=2)
    shows(play, {sku: UNITS - 7})
    await play.settle(play.connector.traits.pending_s)
    times = play.watch.writes()[sku]
    assert times == 1 or not isinstance(play.connector, ReadsBack), (
        f"the number that had arrived was sent {times} times"
    )


async def call_breaks_off(play: Play) -> None:
    """A number that has not arrived is sent again."""
    play.world.break_before_effect()
    await play.sell(play.skus[0], 7)
    await play.keep(turns=2)
    await play.settle(play.connector.traits.pending_s)
    shows(play, {play.skus[0]: UNITS - 7})


async def fails_inside(play: Play) -> None:
    """Answers of 500, of which nobody knows whether the number has arrived."""
    world = play.world
    assert isinstance(world, Fails), "it is played where the world fails"
    world.fail(2)
    for sku in play.skus:
        await play.sell(sku, 3)
        await play.keep(turns=2)
    await play.settle(play.connector.traits.pending_s)


async def sold_meanwhile(play: Play) -> None:
    """The channel has sold, and the same order comes in another way; then more comes in."""
    sku = play.skus[0]
    play.world.sell(sku, 2)
    await play.sell(sku, 2)
    await play.receive(sku, 9)
    await play.settle()
    shows(play, {sku: UNITS - 2 + 9})


async def _an_hour(play: Play) -> None:
    """Goes by; at its end the hub has just called once more."""
    for _ in range(TRIES):
        await play.later(OUTAGE_S / TRIES)
        await play.turn()


async def outage_of_an_hour(play: Play) -> None:
    """Thirty changes of ten listings while nobody is there: then each goes out once, what is sold out first.

    It ends when a call has just failed once more, so that the hub has its longest pause before it."""
    world = play.world
    assert isinstance(world, Outages), "it is played where the world can be away"
    gone = play.skus[-3:]
    await world.down()
    for _ in range(2):
        for sku in play.skus:
            await play.sell(sku, 2)
        await play.keep(turns=1)
    for sku in play.skus:
        await play.sell(sku, UNITS - 4 if sku in gone else 1)
    await _an_hour(play)
    await world.up()
    play.watch.calls.clear()
    await play.settle()
    twice = {sku: times for sku, times in play.watch.writes().items() if times != 1}
    assert not twice, f"of the backlog these were not sent once: {twice}"
    first = {sku: n for n, call in reversed([*enumerate(play.watch.calls)]) for sku in call.numbers}
    assert first.keys() >= set(play.skus), f"of the backlog only {sorted(first)} were sent"
    late = max(first[sku] for sku in gone)
    assert late <= min(n for sku, n in first.items() if sku not in gone), "what is sold out did not go first"


async def outage_with_orders(play: Play) -> None:
    """Buyers go on buying while the hub reaches nobody, and is not told what leaves here; then all is known."""
    world = play.world
    assert isinstance(world, Outages), "it is played where the world can be away"
    assert isinstance(world, Sells), "it is played where the world sells"
    first, second, third = play.skus
    before = world.place(first, 2)
    orders = {before: 2}

    async def unknown() -> list[str]:
        taken = await play.taken(orders)
        return [
            f"the order {one} is of {orders[one]} there and of {taken[one]} here"
            for one in orders
            if orders[one] != taken[one]
        ]

    await play.settle(play.connector.traits.poll_every_s, unknown)
    await world.down()
    await play.ship(before)
    orders[world.place(second, 3)] = 3
    await play.sell(third, 4)
    await _an_hour(play)
    await world.up()
    await play.settle(also=unknown)
    shows(play, {first: UNITS - 2, second: UNITS - 3, third: UNITS - 4})


async def silent_rejection(play: Play) -> None:
    """A number is taken and not shown: reading back, as every quarter of an hour, finds and mends it."""
    world, sku = play.world, play.skus[0]
    assert isinstance(world, Forgets), "it is played where the world forgets"
    world.forget()
    await play.sell(sku, 7)
    await play.keep()
    shown = world.shown(sku)
    assert shown == UNITS, f"the world was to forget a number and shows {shown}"
    await play.later(INSPECT_EVERY_S)
    await play.settle()
    shows(play, {sku: UNITS - 7})


async def slow_answers(play: Play) -> None:
    """Slow answers are waited for: nothing goes out twice."""
    world = play.world
    assert isinstance(world, Slow), "it is played where the world is slow"
    play.watch.calls.clear()
    world.slow(SLOW_CALLS, SLOW_S)
    for sku in play.skus:
        await play.sell(sku, 4)
    await play.settle()
    twice = {sku: times for sku, times in play.watch.writes().items() if times != 1}
    assert not twice, f"these were not sent once: {twice}"


async def access_ends(play: Play) -> None:
    """The connector gets in again by itself."""
    world = play.world
    assert isinstance(world, Expires), "it is played where access ends"
    world.expire()
    for sku in play.skus:
        await play.sell(sku, 4)
    await play.settle()


async def hub_dies(play: Play) -> None:
    """The hub dies when a number has arrived and when one has not, and is restarted while it leaves the channel alone.
    What it knew in memory is gone, and nothing else."""
    first, second, third = play.skus
    await play.sell(first, 7)
    await play.die("after")
    await play.sell(second, 3)
    await play.die("before")
    play.world.throttle(STORM_CALLS)
    await play.sell(third, 4)
    for _ in range(STORM_CALLS):
        await play.turn()
        await play.later(TURNED_AWAY_S)
    play.restart()
    await play.settle(play.connector.traits.pending_s)
    shows(play, {first: UNITS - 7, second: UNITS - 3, third: UNITS - 4})


STORIES: Final = (
    Story("changes arrive", changes_arrive),
    Story("storm of throttling", storm_of_throttling),
    Story("answer never comes", answer_never_comes),
    Story("call breaks off", call_breaks_off),
    Story("fails inside", fails_inside, (Fails,)),
    Story("sold meanwhile", sold_meanwhile),
    Story("outage of an hour", outage_of_an_hour, (Outages,), listings=10),
    Story("outage with orders", outage_with_orders, (Outages, Sells), (ReadsOrders,), orders=True),
    Story("silent rejection", silent_rejection, (Forgets,), (ReadsBack,)),
    Story("slow answers", slow_answers, (Slow,)),
    Story("access ends", access_ends, (Expires,)),
    Story("hub dies", hub_dies),
    Story("orders flow", orders_flow, (Sells, Tells), (ReadsOrders, TakesNotices), orders=True),
    Story("orders without messages", orders_without_messages, (Sells,), (ReadsOrders,), orders=True),
)
