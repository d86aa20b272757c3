"""Channels learn what became of their orders: once, as it was, and again while they do not listen."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import pytest
from pydantic import SecretStr

from tests.factories import Shop
from tests.feeds.channel_orders.till import Till, parcel, sold
from tests.sync.channels import QUICK, Shelf
from tests.sync.stage import Stage
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.orders import Cancelling, Parcel
from truestock.connectors.contract.traits import Budget, Traits
from truestock.orders.actions import Release, ReleaseLine, Ship, ShipLine
from truestock.sync.telling import steps
from truestock.sync.telling.teller import Teller

APPLIED = Outcome("applied")


@dataclass
class Listener:
    """The channel's side. `answers` are given to the next calls, or raised; then everything is applied."""

    traits: Traits = field(default_factory=lambda: Traits("at_once", Budget(1e6, 1e6), pending_s=0.0))
    answers: list[Outcome | Exception] = field(default_factory=list)
    heard: list[tuple[str, Parcel | Cancelling]] = field(default_factory=list)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        return self._hear(order, parcel)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        return self._hear(order, cancelling)

    def _hear(self, order: str, said: Parcel | Cancelling) -> Outcome:
        self.heard.append((order, said))
        answer = self.answers.pop(0) if self.answers else APPLIED
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Till(Shop(hub))


def tell(till: Till, listener: Listener, turns: int = 6) -> None:
    async def work() -> None:
        teller = Teller(till.shop.hub.db, till.channel, "web", listener)
        for _ in range(turns):
            if await teller.turn() > 1:
                break

    asyncio.run(work())


def later(till: Till) -> None:
    with till.shop.hub.db.transaction() as conn:
        conn.execute("UPDATE order_step SET next_try_at = NULL")


def test_parcels_and_cancellations_are_told_in_the_channels_own_lines(till: Till) -> None:
    one, two = till.shop.item(dc=10), till.shop.item(dc=10)
    till.register.put("5001", sold("a", one, 3))
    till.turns()
    till.register.put("5001", sold("a", one, 4), sold("b", two, 2))
    till.turns()
    till.shop.do(
        Ship("web", "5001", [ShipLine(0, 2)], carrier="DHL", tracking="JD01", tracking_url="https://t.example/1")
    )
    till.shop.do(Release("web", "5001~2", [ReleaseLine(1, 2)], "no longer made"))
    till.shop.do(Ship("web", "5001~2", tracking="JD02"))
    listener = Listener()
    tell(till, listener)
    tell(till, listener)
    (first, second, third) = [said for order, said in listener.heard if order == "5001"]
    assert isinstance(first, Parcel)
    assert isinstance(second, Cancelling)
    assert isinstance(third, Parcel)
    assert (first.lines, first.carrier, first.tracking, first.tracking_url) == (
        {"a": 2}, "DHL", "JD01", "https://t.example/1",
    )  # fmt: skip
    assert (second.lines, second.whole, second.reason) == ({"b": 2}, False, "no longer made")
    assert third.lines == {"a": 1}
    assert len({first.id, second.key, third.id}) == 3


def test_what_is_wholly_given_up_is_told_as_that(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 3))
    till.turns()
    till.shop.do(Release("web", "5001"))
    listener = Listener()
    tell(till, listener)
    assert [(said.lines, getattr(said, "whole", None)) for _, said in listener.heard] == [({"a": 3}, True)]


def test_what_the_channel_told_us_it_is_not_told(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 3))
    till.turns()
    till.register.put("5001", sold("a", sku, 1))
    till.turns()
    listener = Listener()
    tell(till, listener)
    assert listener.heard == []


@pytest.mark.parametrize(
    "fault",
    [ChannelDown("shut"), InDoubt("hung"), Outcome("later", "busy"), Outcome("rejected", "no such line")],
    ids=["down", "in doubt", "later", "rejected"],
)
def test_what_does_not_come_through_is_told_again_by_the_same_name(till: Till, fault: Outcome | Exception) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 3))
    till.turns()
    till.shop.do(Ship("web", "5001"))
    listener = Listener(answers=[fault])
    tell(till, listener, turns=1)
    (stuck,) = steps.untold(till.shop.hub.db, till.channel)
    said = fault.reason if isinstance(fault, Outcome) else str(fault)
    assert (stuck.ref, stuck.kind, stuck.reason) == ("5001", "shipped", said)
    later(till)
    tell(till, listener)
    assert len(listener.heard) == 2
    assert listener.heard[0] == listener.heard[1]
    assert steps.untold(till.shop.hub.db, till.channel) == []


def test_orders_that_the_channel_does_not_know_are_nothing_to_it(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.shop.buy("web", {sku: 1}, "by-api")
    till.shop.do(Ship("web", "by-api"))
    listener = Listener()
    tell(till, listener)
    assert listener.heard == []
    with till.shop.hub.db.transaction() as conn:
        conn.execute("UPDATE order_step SET recorded_at = recorded_at - interval '2 days'")
    tell(till, listener)
    assert till.shop.read("SELECT count(*) FROM order_step WHERE told_at IS NULL") == [(0,)]


def test_units_that_a_channel_puts_back_by_itself_are_not_shown_twice(till: Till) -> None:
    sku = till.shop.item(dc=10)
    name = till.shop.listing("web", {sku: 1})
    stage = Stage(till.shop)
    till.register.put("5001", sold("a", name, 3))
    till.turns()
    stage.publish()
    shelf = Shelf(msgspec.structs.replace(QUICK, decrements="at_once", compare="value", restocks=True))
    stage.keep(shelf)
    assert shelf.shown == {name: 7}
    till.shop.do(Release("web", "5001"))
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {name: 7}
    tell(till, Listener(traits=shelf.traits))
    shelf.shown[name] += 3
    stage.keep(shelf)
    assert shelf.shown == {name: 10}
    assert stage.state(name, ("desired", "acked", "unseen", "trouble")) == (10, 10, 0, "")


def a_till_with_two_of_its_own(till: Till) -> tuple[str, str, Stage, Shelf]:
    """(item, listing): ten units, of which the channel has sold two that it takes off when they leave."""
    sku = till.shop.item(dc=10)
    name = till.shop.listing("web", {sku: 1})
    till.register.put("5001", sold("a", name, 2))
    till.turns()
    stage, shelf = Stage(till.shop), Shelf(msgspec.structs.replace(QUICK, decrements="when_shipped"))
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {name: 10}
    return sku, name, stage, shelf


@pytest.mark.parametrize("read_meanwhile", [False, True])
def test_units_that_left_are_not_sent_on_top_before_their_order_is_read_again(till: Till, read_meanwhile: bool) -> None:
    sku, name, stage, shelf = a_till_with_two_of_its_own(till)
    till.shop.do(Ship("web", "5001", carrier="UPS", tracking="1Z"))
    tell(till, Listener(traits=shelf.traits))
    shelf.shown[name] -= 2
    if read_meanwhile:
        till.register.put("5001", sold("a", name, 2), parcels=[parcel("p1", {"a": 2})])
        till.turns()
    till.shop.buy("retail", {sku: 1})
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {name: 7}
    stage.keep(shelf, inspect=True)
    assert stage.state(name, ("desired", "shown", "drift")) == (7, 7, "")


def test_units_called_off_are_not_sent_on_top_before_their_order_is_read_again(till: Till) -> None:
    _, name, stage, shelf = a_till_with_two_of_its_own(till)
    till.shop.do(Release("web", "5001"))
    tell(till, Listener(traits=shelf.traits))
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {name: 10}


def test_a_number_that_was_on_its_way_while_units_left_is_written_anew(till: Till) -> None:
    sku, name, stage, shelf = a_till_with_two_of_its_own(till)
    till.shop.do(Ship("web", "5001", carrier="UPS", tracking="1Z"))

    class Slow(Listener):
        """A number arrives while it listens, after it has taken the units off."""

        async def ship(self, order: str, parcel: Parcel) -> Outcome:
            shelf.shown[name] -= 2
            await asyncio.to_thread(till.shop.buy, "retail", {sku: 1})
            await asyncio.to_thread(stage.publish)
            await stage.kept(shelf)
            assert shelf.shown == {name: 9}
            return await super().ship(order, parcel)

    tell(till, Slow(traits=shelf.traits))
    stage.keep(shelf)
    assert shelf.shown == {name: 7}


def test_a_number_that_was_sent_after_a_try_in_doubt_is_written_anew(till: Till) -> None:
    sku, name, stage, shelf = a_till_with_two_of_its_own(till)
    till.shop.do(Ship("web", "5001", carrier="UPS", tracking="1Z"))
    listener = Listener(traits=shelf.traits, answers=[InDoubt("no answer")])
    tell(till, listener, turns=1)
    shelf.shown[name] -= 2  # it has come through
    till.shop.buy("retail", {sku: 1})
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {name: 9}
    tell(till, listener)
    stage.keep(shelf)
    assert shelf.shown == {name: 7}
