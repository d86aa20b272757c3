"""What is decided ahead of the locks holds only if nothing has changed when they are held."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from tests.factories import Shop
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.orders import reserve as room
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import ContentDiffers, NewOrder
from truestock.store.database import Database
from truestock.store.lane import Flight


class Watched:
    """A shop that sells by its lane, and how the lane's flights ended."""

    def __init__(self, hub: Hub, ends: list[str]) -> None:
        self.shop = Shop(hub, by_lane=True)
        self.ends = ends

    def flights(self, *batches: Sequence[NewOrder]) -> list[Any]:
        """Hand in one batch after another without waiting; every answer."""
        return asyncio.run(self._flights(batches))

    async def _flights(self, batches: Sequence[Sequence[NewOrder]]) -> list[Any]:
        made = [self.shop.hub.lane.submit(reserve, [Reserve(order) for order in batch]) for batch in batches]
        return await asyncio.gather(*(future for futures in made for future in futures))


@pytest.fixture(scope="module")
def watched(module_db: Database) -> Iterator[Watched]:
    ends: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("truestock.store.lane.flights.GROUNDED_FOR", 0)
        patch.setattr("truestock.bootstrap.opening.reserve_ahead", lambda *given: _observed(ends, *given))
        with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
            made = Watched(hub, ends)
            yield made
            made.shop.proven()


def _observed(ends: list[str], *given: Any) -> Flight | None:
    flight = room.reserve_ahead(*given)
    if flight is None:
        ends.append("locked")
        return None
    return _Observed(ends, flight)


class _Observed:
    def __init__(self, ends: list[str], flight: Flight) -> None:
        self._ends = ends
        self._flight = flight

    def land(self) -> list[Any] | None:
        answers = self._flight.land()
        self._ends.append("failed" if answers is None else "held")
        return answers


@pytest.fixture
def sku(watched: Watched) -> str:
    """An item with ten units, whose book is warm."""
    sku = watched.shop.item(dc=10)
    watched.shop.buy("web", {sku: 1})
    watched.shop.buy("web", {sku: 1})
    watched.ends.clear()
    return sku


def test_a_run_of_orders_is_decided_ahead_to_the_last_unit(watched: Watched, sku: str) -> None:
    orders = [watched.shop.order("web", {sku: 1}) for _ in range(300)]
    answers = watched.flights(orders)
    assert [a.granted for a in answers] == [True] * 8 + [False] * 292
    assert watched.shop.shelf(sku) == {"dc": (10, 10)}
    assert set(watched.ends) == {"held"}
    assert len(watched.ends) > 1


def test_an_item_first_seen_is_read_without_a_lock(watched: Watched) -> None:
    sku = watched.shop.item(dc=3)
    watched.ends.clear()
    assert watched.shop.buy("web", {sku: 2}).granted
    assert watched.ends == ["held"]


@pytest.mark.parametrize(
    "change",
    [
        lambda shop, sku: shop.hub.run(reserve, [Reserve(shop.order("web", {sku: 6}))]),
        lambda shop, sku: shop.hub.run(reserve, [Reserve(shop.order("market", {sku: 6}))]),
        lambda shop, sku: shop.rule("buffer", 6, channel="web", item=sku),
    ],
    ids=["own channel", "another channel", "a rule"],
)
def test_what_changed_meanwhile_is_seen(watched: Watched, sku: str, change: Callable[[Shop, str], Any]) -> None:
    change(watched.shop, sku)
    answer = watched.shop.buy("web", {sku: 4})
    assert (answer.granted, answer.lines[0].available) == (False, 2)
    assert watched.ends == ["failed"]


def test_an_order_that_is_known_is_answered_as_the_first_time(watched: Watched, sku: str) -> None:
    order = watched.shop.order("web", {sku: 8})
    (first,) = watched.shop.place(order)
    again, other = watched.shop.place(order, NewOrder("web", order.ref, watched.shop.order("web", {sku: 1}).lines))
    assert (first.granted, first.replay) == (True, False)
    # Nothing is left: a refusal that did not look would be the wrong answer.
    assert (again.granted, again.replay, again.lines) == (True, True, first.lines)
    assert isinstance(other, ContentDiffers)
    assert watched.ends == ["held", "failed"]


def test_the_same_order_in_two_flights_is_promised_once(watched: Watched, sku: str) -> None:
    orders = [watched.shop.order("web", {sku: 1}) for _ in range(4)]
    answers = watched.flights(orders * 6)
    assert all(a.granted for a in answers)
    assert sum(not a.replay for a in answers) == 4
    assert watched.shop.shelf(sku) == {"dc": (10, 6)}


def test_a_failed_flight_takes_down_what_was_decided_on_it(watched: Watched, sku: str) -> None:
    """The first finds its item locked and gives up; the second, decided on its outcome, must not be written either."""
    orders = [watched.shop.order("web", {sku: 4}) for _ in range(20)]
    with ExitStack() as other:
        conn = other.enter_context(watched.shop.hub.db.transaction())
        lock = "SELECT FROM head h JOIN item i ON i.part = h.part AND i.id = h.item WHERE i.sku = %s FOR UPDATE OF h"
        conn.execute(lock, [sku])
        answers = asyncio.run(_while_locked(watched, orders, other.close))
    assert sum(a.granted for a in answers) == 2
    assert watched.ends[:2] == ["failed", "failed"]
    assert watched.shop.shelf(sku) == {"dc": (10, 10)}


async def _while_locked(watched: Watched, orders: list[NewOrder], release: Callable[[], None]) -> list[Any]:
    futures = watched.shop.hub.lane.submit(reserve, [Reserve(order) for order in orders])
    await asyncio.sleep(0.1)
    release()
    return await asyncio.gather(*futures)


def test_a_cart_that_is_due_waits_for_its_lock(watched: Watched, sku: str) -> None:
    watched.shop.buy("web", {sku: 8}, hold=1)
    watched.shop.wait(1.1)
    watched.ends.clear()
    assert watched.shop.buy("web", {sku: 8}).granted
    assert watched.ends == ["locked"]


def test_what_is_owed_is_served_before_anybody_else(watched: Watched, sku: str) -> None:
    watched.shop.buy("web", {sku: 10}, mode="sold")
    watched.shop.stock(sku, dc=3)
    answer = watched.shop.buy("web", {sku: 2})
    assert (answer.granted, answer.lines[0].available) == (False, 1)
    assert watched.shop.owed(sku) == {}
