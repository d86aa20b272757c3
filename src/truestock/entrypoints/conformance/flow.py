"""Orders on the channel and sales elsewhere at once, in an order that chance makes, while messages go astray.

After every turn of the engine: a listing shows at most what there truly is, and the units in flight. Truly is what the
hub would promise if it knew all. In flight are units of orders of which the hub has not heard as they are now, and
units that it knows to be sold and whose number is still on its way.

Only orders that the hub knows are called off or made smaller. A channel that puts units back by itself, for an order of
which the hub has not heard, shows them twice until it is read back."""

from collections.abc import Iterable
from random import Random
from typing import Final

from truestock.entrypoints.conformance.play import Play
from truestock.entrypoints.conformance.worlds import Message, Sells, Tells

STEPS: Final = 30
SEED: Final = 20261122
ASKED_EVERY: Final = 5
PAUSE_AT_MOST_S: Final = 20.0
LOST, DOUBLED, LATE = 0.2, 0.2, 0.3


class _Order:
    """An order on the channel: `units` now, and the most it has had since the hub last knew it as it was."""

    def __init__(self, sku: str, units: int) -> None:
        self.sku = sku
        self.units = units
        self.most = units
        self.over = False

    def change(self, units: int) -> None:
        self.units = units
        self.most = max(self.most, units)


class _Flow:
    """What has truly happened, beside what the hub knows."""

    def __init__(self, play: Play, world: Sells, seed: int) -> None:
        self.play = play
        self._world = world
        self._chance = Random(seed)  # noqa: S311  it keeps nothing secret
        self._orders: dict[str, _Order] = {}
        self._truth: dict[str, int] = {}
        self._late: list[Message] = []

    async def begin(self) -> None:
        """All is in step."""
        self._truth = {sku: standing.desired for sku, standing in (await self.play.standing()).items()}

    async def happen(self) -> None:
        """One thing, here or there."""
        sku = self._chance.choice(self.play.skus)
        units = self._chance.randint(1, 3)
        what = self._chance.choices(("buy", "elsewhere", "in", "edit", "cancel", "send", "ship"), (9, 5, 2, 3, 2, 1, 1))
        match what[0]:
            case "buy" if (self.play.world.shown(sku) or 0) >= units:
                self._orders[self._world.place(sku, units)] = _Order(sku, units)
                self._truth[sku] -= units
            case "elsewhere":
                self._truth[sku] -= await self.play.sell(sku, units)
            case "in":
                await self.play.receive(sku, units)
                self._truth[sku] += units
            case "edit" | "cancel" | "send" | "ship":
                await self._change(what[0], units)

    async def _change(self, what: str, units: int) -> None:
        """Something becomes of an order that the hub has heard of as it is."""
        known = await self._known()
        running = [one for one, order in self._orders.items() if one in known and not order.over]
        if not running:
            return
        ref = self._chance.choice(running)
        order = self._orders[ref]
        if what == "ship":
            await self.play.ship(ref)
            order.over = True
        elif what == "send":
            self._world.send(ref)
            order.over = True
        elif what == "cancel":
            self._world.cancel(ref)
            self._set(order, 0)
            order.over = True
        elif units <= order.units or (self.play.world.shown(order.sku) or 0) >= units - order.units:
            self._world.edit(ref, units)
            self._set(order, units)

    def _set(self, order: _Order, units: int) -> None:
        self._truth[order.sku] += order.units - units
        order.change(units)

    async def tell(self, sent: Iterable[Message]) -> None:
        """Messages come in lost, doubled, late and in another order."""
        due, self._late = self._late, []
        for message in sent:
            chance = self._chance.random()
            if chance < LOST:
                continue
            if chance < LOST + LATE:
                self._late.append(message)
            else:
                due += [message] * (2 if chance < LOST + LATE + DOUBLED else 1)
        self._chance.shuffle(due)
        await self.play.hear(due)

    async def wait(self) -> None:
        """A while goes by."""
        await self.play.later(self._chance.uniform(0, PAUSE_AT_MOST_S))

    async def look(self) -> None:
        """What must hold after every turn. Raises AssertionError."""
        known = await self._known()
        await self.play.publish()
        standing = await self.play.standing()
        for sku, there in self._truth.items():
            unheard = sum(order.most for ref, order in self._orders.items() if order.sku == sku and ref not in known)
            desired, under_way, waits = standing[sku]
            sold = max(0, under_way - desired) if waits else 0
            shown = self.play.world.shown(sku) or 0
            most = max(0, there) + unheard + sold
            assert shown <= most, (
                f"{sku} shows {shown} where there are {there}, {unheard} in orders not heard of and {sold} on their way"
            )

    async def end(self) -> None:
        """All is known, counted once and shown. What no message told of is known when the channel has been asked by
        itself. Raises AssertionError."""
        await self.play.settle(self.play.connector.traits.poll_every_s, self._wrong)
        broken = await self.play.broken_laws()
        assert not broken, f"the ledger does not hold: {', '.join(broken)}"

    async def _wrong(self) -> list[str]:
        taken = await self.play.taken(self._orders)
        standing = await self.play.standing()
        return [
            *(
                f"the order {ref} is of {order.units} there and of {taken[ref]} here"
                for ref, order in self._orders.items()
                if order.units != taken[ref]
            ),
            *(
                f"the hub promises {standing[sku].desired} of {sku} where there are {units}"
                for sku, units in self._truth.items()
                if standing[sku].desired != max(0, units)
            ),
        ]

    async def _known(self) -> set[str]:
        """The orders that the hub has read and taken as they are."""
        read, taken = await self.play.known_orders(), await self.play.taken(self._orders)
        known = {ref for ref, order in self._orders.items() if read.get(ref) == taken[ref] == order.units}
        for ref in known:
            self._orders[ref].most = self._orders[ref].units
        return known


async def orders_flow(play: Play) -> None:
    """With messages, of which some are lost."""
    world = play.world
    assert isinstance(world, Sells), "it is played where the world sells"
    assert isinstance(world, Tells), "it is played where the world tells"
    flow = _Flow(play, world, SEED)
    await flow.begin()
    for _ in range(STEPS):
        await flow.happen()
        await flow.tell(world.messages())
        await flow.wait()
        await play.turn()
        await flow.look()
    await flow.end()


async def orders_without_messages(play: Play) -> None:
    """Orders are found by asking for them."""
    world = play.world
    assert isinstance(world, Sells), "it is played where the world sells"
    flow = _Flow(play, world, SEED)
    await flow.begin()
    for step in range(STEPS):
        await flow.happen()
        if step % ASKED_EVERY == 0:
            await play.later(play.connector.traits.poll_every_s)
        await play.turn()
        await flow.look()
    await flow.end()
