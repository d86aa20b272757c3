"""Orders of a channel become orders here: once, whatever is heard first, twice, late, or not at all."""

import asyncio
from contextlib import suppress
from itertools import permutations
from typing import Any

import msgspec

from tests.factories import accept, ago
from tests.feeds.channel_orders.till import BUYER, Till, parcel, sold
from truestock.catalog.items import Component
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.feeds.channel_orders.seen import keep
from truestock.feeds.channel_orders.take import Taker
from truestock.orders.actions import Confirm, Release, ReleaseLine, Ship
from truestock.store.errors import Busy


def test_an_order_is_taken_with_what_it_cost(till: Till) -> None:
    sku = till.shop.item(dc=10)
    name = till.shop.listing("web", {sku: 2})
    till.register.put("5001", sold("a", name, 3), name="#1001", currency="GBP", buyer=BUYER)
    till.turns()
    assert till.stands("5001") == {name: (3, 0)}
    assert till.shop.shelf(sku)["dc"] == (10, 6)
    assert till.row("5001", "name, state, currency, settled, trouble") == ("#1001", "open", "GBP", True, "")
    ((price, discount, tax),) = till.shop.read("SELECT price, discount, tax FROM channel_order_line")
    assert [str(money) for money in (price, discount, tax)] == ["9.9000", "0.5000", "1.8800"]
    assert till.shop.read("SELECT data ->> 'email' FROM buyer") == [("ada@example.org",)]
    assert till.shop.read("SELECT mode, actor, lat FROM orders") == [("sold", "channel web", 51.5)]
    till.shop.proven()


def test_what_is_sold_beyond_the_stock_is_owed_and_back_filled(till: Till) -> None:
    sku = till.shop.item(dc=2)
    till.register.put("5001", sold("a", sku, 5))
    till.turns()
    assert till.shop.owed(sku) == {"5001": 3}
    till.shop.stock(sku, dc=3)
    assert till.shop.owed(sku) == {}
    assert till.stands("5001") == {sku: (5, 0)}


def test_pictures_in_any_order_and_twice_come_to_the_same(till: Till) -> None:
    one, two = till.shop.item(dc=10_000), till.shop.item(dc=10_000)
    pictures: list[dict[str, Any]] = [
        {"lines": [sold("a", one, 3)]},
        {"lines": [sold("a", one, 3), sold("b", two, 2)]},
        {"lines": [sold("a", one, 2), sold("b", two, 2)], "parcels": [parcel("p1", {"a": 1})]},
        {"lines": [sold("a", one, 2), sold("b", two, 1)], "parcels": [parcel("p1", {"a": 1}), parcel("p2", {"b": 1})]},
        {
            "lines": [sold("a", one, 1), sold("b", two, 1)],
            "parcels": [parcel("p1", {"a": 1}), parcel("p2", {"b": 1})],
            "state": "cancelled",
        },
    ]
    seen = [till.register.put("x", **picture) for picture in pictures]
    hub = till.shop.hub
    ways = [*permutations(range(len(seen)))]
    taker = Taker(hub.db, hub.rules, hub.call, "web")

    async def live() -> None:
        for step in range(len(seen)):
            heard = [msgspec.structs.replace(seen[way[step]], id=f"w{n}") for n, way in enumerate(ways)]
            for part in (heard[:60], heard[60:], heard[:5]):
                ids = keep(hub.db, till.channel, part, seen[0].placed_at)
                await taker.take(ids)

    asyncio.run(live())
    for n, way in enumerate(ways):
        assert till.stands(f"w{n}") == {one: (0, 1), two: (0, 1)}, way
    assert till.shop.shelf(one)["dc"] == (10_000 - len(ways), 0)
    assert till.shop.read("SELECT count(*) FROM channel_order WHERE NOT settled") == [(0,)]
    till.shop.proven()


def test_what_the_shop_reserved_at_its_checkout_is_the_order(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.shop.buy("web", {sku: 3}, "5001")
    till.register.put("5001", sold("a", sku, 4))
    till.turns()
    assert till.stands("5001") == {sku: (4, 0)}
    assert till.shop.shelf(sku)["dc"] == (10, 4)
    till.register.put("5001", sold("a", sku, 2))
    till.turns()
    assert till.stands("5001") == {sku: (2, 0)}


def test_a_cart_becomes_the_order_when_it_is_paid(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.shop.buy("web", {sku: 3}, "5001", hold=600)
    till.register.put("5001", sold("a", sku, 3))
    till.turns()
    assert till.shop.read("SELECT state FROM orders") == [("open",)]
    assert till.shop.shelf(sku)["dc"] == (10, 3)
    assert till.shop.read("SELECT count(*) FROM hold") == [(0,)]


def test_a_cart_that_ran_out_before_it_was_paid_is_sold_anew(till: Till) -> None:
    sku = till.shop.item(dc=3)
    till.shop.buy("web", {sku: 3}, "5001", hold=1)
    till.shop.wait(1.1)
    till.shop.buy("retail", {sku: 2})
    till.register.put("5001", sold("a", sku, 3))
    till.turns()
    assert till.stands("5001") == {sku: (3, 0)}
    assert till.shop.owed(sku) == {"5001~2": 2}
    till.shop.proven()


def test_a_line_waits_until_its_sku_means_something(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 1), sold("b", "NEW", 2))
    till.turns()
    assert till.row("5001", "settled, waiting") == (False, ["NEW"])
    assert till.stands("5001") == {sku: (1, 0)}
    accept(put_listings(till.shop.hub.db, [ListingDraft("web", "NEW", (Component(sku, 3),))]))
    till.turns()
    assert till.row("5001", "settled, waiting") == (True, [])
    assert till.shop.shelf(sku)["dc"] == (10, 7)


def test_what_left_before_the_hub_took_over_is_not_booked(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 3), parcels=[parcel("p", {"a": 1})], placed_at=ago(days=400))
    till.turns()
    assert till.stands("5001") == {sku: (2, 0)}
    assert till.shop.shelf(sku)["dc"] == (10, 2)


def test_a_parcel_of_somebody_else_leaves_where_it_left(till: Till) -> None:
    sku = till.shop.item(dc=5, store=5)
    till.begin(ago(days=3))
    with till.shop.hub.db.transaction() as conn:
        conn.execute("INSERT INTO place VALUES (1, %s, 'gid-7')", (till.channel,))
        conn.execute("INSERT INTO place_location SELECT 1, id FROM location WHERE code = 'store'")
    at = ago(hours=5)
    left = parcel("p", {"a": 2}, place="gid-7", shipped_at=at, carrier="DHL", tracking="JD01")
    till.register.put("5001", sold("a", sku, 3), parcels=[left], placed_at=ago(days=1))
    till.turns()
    assert till.stands("5001") == {sku: (1, 2)}
    assert till.shop.shelf(sku)["store"] == (3, 0)
    ((shipped_at, carrier, tracking, told),) = till.shop.read(
        "SELECT happened_at, carrier, tracking, told_at IS NOT NULL FROM order_step"
    )
    assert (shipped_at, carrier, tracking, told) == (at, "DHL", "JD01", True)
    till.shop.proven()


def test_what_was_owed_and_left_all_the_same_leaves_the_books(till: Till) -> None:
    sku = till.shop.item(dc=1)
    till.begin(ago(days=3))
    till.register.put("5001", sold("a", sku, 3), parcels=[parcel("p", {"a": 3})], placed_at=ago(days=1))
    till.turns()
    assert till.stands("5001") == {sku: (0, 3)}
    assert till.shop.shelf(sku)["dc"] == (-2, 0)
    till.shop.proven()


def test_what_people_here_do_with_an_order_stays_done(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.register.put("5001", sold("a", sku, 4))
    till.turns()
    till.shop.do(Release("web", "5001", [ReleaseLine(0, 1)], "no longer made"))
    till.shop.do(Ship("web", "5001", tracking="JD02"))
    till.register.put("5001", sold("a", sku, 4), name="#1001")
    till.turns()
    assert till.stands("5001") == {sku: (0, 3)}
    assert till.shop.read("SELECT kind, lines, told_at FROM order_step ORDER BY movement") == [
        ("cancelled", [0, 1], None),
        ("shipped", [0, 3], None),
    ]
    till.register.put("5001", sold("a", sku, 3), parcels=[parcel("ours", {"a": 3})])
    till.turns()
    assert till.stands("5001") == {sku: (0, 3)}


def test_a_stop_at_any_moment_is_gone_on_from(till: Till) -> None:
    sku = till.shop.item(dc=100)
    hub = till.shop.hub
    order = till.register.put("5001", sold("a", sku, 3))
    grown = till.register.put("5001", sold("a", sku, 5), parcels=[parcel("p", {"a": 1})])
    stops = 0

    async def failing(handler: Any, commands: Any) -> list[Any]:
        nonlocal stops
        stops += 1
        if stops % 3 == 1:
            raise Busy("stopped before it")
        answers = await hub.call(handler, commands)
        if stops % 3 == 2:
            raise Busy("stopped after it")
        return answers

    async def live() -> None:
        taker = Taker(hub.db, hub.rules, failing, "web")
        for seen in (order, grown):
            ids = keep(hub.db, till.channel, [seen], order.placed_at)
            for _ in range(8):
                with suppress(Busy):
                    await taker.take(ids)

    asyncio.run(live())
    assert till.stands("5001") == {sku: (4, 1)}
    assert till.shop.read("SELECT count(*) FROM orders") == [(2,)]
    assert till.row("5001", "settled") == (True,)
    till.shop.proven()


def test_a_confirmed_cart_of_another_name_is_not_the_order(till: Till) -> None:
    sku = till.shop.item(dc=10)
    till.shop.buy("web", {sku: 3}, "cart-1", hold=600)
    till.shop.do(Confirm("web", "cart-1", "5001"))
    till.register.put("5001", sold("a", sku, 3))
    till.turns()
    assert till.stands("5001") == {sku: (3, 0)}
    assert till.shop.shelf(sku)["dc"] == (10, 3)
