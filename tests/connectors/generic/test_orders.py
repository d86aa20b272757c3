"""Orders of a channel that speaks our REST: read and told over real HTTP, or sent by it, and none is lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from time_machine import travel

from tests.connectors.counterparts.generic import SECRET, Json, Said, Shop
from tests.connectors.generic.channels import with_orders
from truestock.connectors.contract.abilities import (
    PushesStock,
    ReadsOrders,
    Subscribes,
    TakesNotices,
    TellsCancellations,
    TellsParcels,
)
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.contract.orders import Buyer, Cancelling, Fee, Parcel, SeenLine, SeenOrder
from truestock.connectors.generic import KIND
from truestock.connectors.generic.orders.forms import Order
from truestock.connectors.generic.orders.mapping import order_of
from truestock.connectors.generic.settings import GenericSettings
from truestock.connectors.generic.shops import GenericSender, GenericShop

URL = "https://hub.example/hooks/till"
AT = "2026-11-22T09:00:00Z"


def order(order_id: str, changed_at: str = AT, **given: Any) -> Json:
    lines = [{"id": "1", "sku": "MUG", "quantity": 3, "price": "10.10"}]
    return {"id": order_id, "changed_at": changed_at, "placed_at": AT, "lines": lines, **given}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def built(**given: Any) -> object:
    settings = msgspec.convert({"decrements": "never", **given}, GenericSettings)
    return KIND.build(httpx2.AsyncClient(trust_env=False), settings, {"signing_secret": SECRET})


async def all_since(channel: GenericShop, cursor: str) -> tuple[list[SeenOrder], str]:
    found: list[SeenOrder] = []
    for _ in range(200):
        page = await channel.orders_since(cursor)
        found += page.orders
        cursor = page.cursor
        if not page.more:
            return found, cursor
    raise AssertionError("it has no end")


def test_an_order_says_all_that_is_needed_later() -> None:
    full = order(
        "A-1",
        name="#1",
        status="pending",
        currency="INR",
        shipping=49,
        shipping_tax="8.82",
        fees=[{"kind": "commission", "amount": 3.5, "line": "1"}],
        parcels=[{"id": "P", "lines": [{"line": "1", "quantity": 1}, {"line": "1", "quantity": 1}], "place": "S4"}],
        buyer={"id": "7", "name": "Asha Rao", "city": "Pune", "lat": 18.5, "new": True},
        new={},
    )
    full["lines"][0] |= {"discount": "1.00", "tax": "5.2380", "title": "A mug", "returned": 1}

    async def told() -> None:
        shop = Shop({})
        shop.order(full)
        async with with_orders(shop) as channel:
            read = await channel.orders(["A-1", "A-1", "gone"])
        assert read.orders == [
            SeenOrder(
                "A-1",
                at(AT),
                at(AT),
                [SeenLine("1", "MUG", 3, Decimal("10.1"), Decimal(1), Decimal("5.238"), "A mug", 1)],
                "pending",
                "#1",
                "INR",
                Decimal(49),
                Decimal("8.82"),
                [Fee("commission", Decimal("3.5"), "1")],
                [Parcel("P", {"1": 2}, place="S4")],
                Buyer("7", "Asha Rao", city="Pune", lat=18.5),
            )
        ]
        assert shop.seen[0].target == "/hub/orders?id=A-1&id=gone"

    asyncio.run(told())


@given(st.permutations(["1", "2", "3"]), st.permutations(["P", "Q"]), st.permutations(["1", "2"]), st.booleans())
def test_the_parts_of_an_order_may_come_in_any_order(
    lines: list[str], parcels: list[str], parts: list[str], turned: bool
) -> None:
    fees = [{"kind": "a", "amount": "1"}, {"kind": "b", "amount": "2"}]

    def made(lines: list[str], parcels: list[str], parts: list[str], fees: list[Json]) -> SeenOrder:
        units = [{"line": part, "quantity": 1} for part in parts]
        whole = order(
            "A",
            lines=[{"id": one, "sku": one, "quantity": 2} for one in lines],
            parcels=[{"id": one, "lines": units} for one in parcels],
            fees=fees,
        )
        return order_of(msgspec.convert(whole, Order))

    straight = made(["1", "2", "3"], ["P", "Q"], ["1", "2"], fees)
    assert made(lines, parcels, parts, fees[::-1] if turned else fees) == straight


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"changed_at": "2026-11-22T09:00:00"}, "changed_at"),
        ({"lines": [{"id": "1", "sku": "M", "quantity": -1}]}, "quantity"),
        ({"lines": [{"id": "1", "sku": "M", "quantity": 1}] * 2}, "two of its lines"),
        ({"lines": [{"id": "1", "sku": "M", "quantity": 1, "price": "NaN"}]}, "an amount"),
        ({"shipping": "1e15"}, "an amount"),
        ({"shipping": "free"}, "shipping"),
        ({"status": "shipped"}, "status"),
        ({"parcels": [{"id": "P", "lines": [{"line": "9", "quantity": 1}]}]}, "the line 9, which it does not have"),
        ({"parcels": [{"id": "P", "lines": []}] * 2}, "two of its parcels"),
        ({"lines": None}, "lines"),
    ],
)
def test_an_order_that_is_not_as_agreed_stops_no_other_and_is_told_of(wrong: Json, says: str) -> None:
    async def told() -> None:
        shop = Shop({})
        for one in (order("A"), order("B", **wrong), order("C")):
            shop.order(one)
        async with with_orders(shop) as channel:
            read = await channel.orders_since(channel.cursor_at(at(AT)))
        assert [one.id for one in read.orders] == ["A", "C"]
        assert list(read.unread) == ["B"]
        assert says in read.unread["B"]

    asyncio.run(told())


def test_none_is_lost_over_pages_though_orders_change_meanwhile_and_the_cursor_is_the_other_sides() -> None:
    async def told() -> None:
        shop = Shop({})
        made = [f"A-{n}" for n in range(250)]
        for name in made:
            shop.order(order(name))
        todo = list(made)

        def somebody_works() -> None:
            for name in todo[:9]:
                shop.order(order(name, "2026-11-22T09:00:01Z", status="cancelled"))
            del todo[:9]

        shop.between = somebody_works
        async with with_orders(shop) as channel:
            first, cursor = await all_since(channel, channel.cursor_at(at("2026-11-22T14:30:00+05:30")))
            shop.between = None
            second, cursor = await all_since(channel, cursor)
            assert {one.id: one.state for one in [*first, *second]} == {
                name: shop.orders[name].get("status", "open") for name in made
            }
            assert (await channel.orders_since(cursor)).orders == []
        assert shop.seen[0].target == "/hub/orders?since=2026-11-22T09%3A00%3A00Z"
        assert shop.seen[1].target == "/hub/orders?cursor=20"

    asyncio.run(told())


def test_what_is_open_is_read_page_by_page() -> None:
    async def told() -> None:
        shop = Shop({})
        for n in range(45):
            shop.order(order(f"A-{n:02}", status=["open", "pending", "closed"][n % 3]))
        found, cursor, more = [], "", True
        async with with_orders(shop) as channel:
            while more:
                page = await channel.open_orders(cursor)
                found += [one.id for one in page.orders]
                cursor, more = page.cursor, page.more
        assert found == [f"A-{n:02}" for n in range(45) if n % 3 != 2]

    asyncio.run(told())


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Said(200, {"orders": [], "more": True}), "gives no cursor"),
        (Said(200, {"orders": {}}), "cannot be read"),
        (Said(404, {"title": "no orders here"}), "no orders here: check the base URL and the paths"),
        (Said(500, {}), "failed at work"),
    ],
)
def test_an_answer_that_is_no_page_of_orders_says_so(answer: Said, says: str) -> None:
    async def told() -> None:
        shop = Shop({})
        shop.faults.answer = answer
        async with with_orders(shop) as channel:
            for asked in (channel.orders_since(channel.cursor_at(at(AT))), channel.open_orders("")):
                with pytest.raises(ChannelDown, match=says) as down:
                    await asked
                assert SECRET not in str(down.value)

    asyncio.run(told())


def test_a_page_without_a_cursor_is_asked_for_again_and_a_strange_cursor_is_refused() -> None:
    async def told() -> None:
        shop = Shop({})
        shop.faults.answer = Said(200, {"orders": [order("A")]})
        async with with_orders(shop) as channel:
            cursor = channel.cursor_at(at(AT))
            assert (await channel.orders_since(cursor)).cursor == cursor
            with pytest.raises(ChannelDown, match="none of this connector's"):
                await channel.orders_since("20")

    asyncio.run(told())


def test_a_parcel_is_told_once_and_comes_back_as_it_was_told() -> None:
    sent = Parcel("ts-7", {"1": 2}, at(AT), "S4", "UPS", "1Z", "https://ups.example/1Z")

    async def told() -> None:
        shop = Shop({})
        shop.order(order("A/1 ü"))
        async with with_orders(shop, timeout_s=1.5) as channel:
            for fault in ("break_after_effect", "hang_after_effect", "fail_after_effect"):
                setattr(shop.faults, fault, 1)
                with pytest.raises(InDoubt):
                    await channel.ship("A/1 ü", sent)
            assert await channel.ship("A/1 ü", sent) == Outcome("applied")
            (back,) = (await channel.orders(["A/1 ü"])).orders
        assert back.parcels == [sent]
        assert shop.parcels == {"ts-7": 1}
        posts = [seen for seen in shop.seen if seen.method == "POST"]
        assert len({seen.headers["idempotency-key"] for seen in posts}) == 1
        assert posts[0].target == "/hub/orders/A%2F1%20%C3%BC/parcels"

    asyncio.run(told())


def test_a_cancellation_is_told_and_what_the_other_side_says_of_it_is_heard() -> None:
    async def told() -> None:
        shop = Shop({})
        shop.order(order("A"))
        async with with_orders(shop) as channel:
            part = await channel.cancel("A", Cancelling("k1", {"1": 1}, whole=False, reason="none left"))
            assert part == Outcome("rejected", "all or nothing")
            missing = await channel.cancel("B", Cancelling("k2", {}, whole=True))
            assert missing == Outcome("rejected", "404 there is no order B")
            shop.faults.throttle_next = 1
            with pytest.raises(ChannelDown, match="come later"):
                await channel.cancel("A", Cancelling("k3", {}, whole=True))
            assert await channel.cancel("A", Cancelling("k3", {}, whole=True)) == Outcome("applied")
            shop.faults.answer = Said(200, {"status": "maybe"})
            with pytest.raises(InDoubt):
                await channel.cancel("A", Cancelling("k4", {}, whole=True))
        assert shop.orders["A"]["status"] == "cancelled"
        assert msgspec.json.decode(next(seen for seen in shop.seen if seen.method == "POST").body) == {
            "key": "k1",
            "lines": [{"line": "1", "quantity": 1}],
            "whole": False,
            "reason": "none left",
        }

    asyncio.run(told())


def test_each_kind_of_other_side_has_its_abilities() -> None:
    abilities = (PushesStock, ReadsOrders, TellsParcels, TellsCancellations, TakesNotices, Subscribes)
    base = "https://shop.example/hub"
    found = [
        [isinstance(built(**given), ability) for ability in abilities]
        for given in (
            {"base_url": base},
            {"base_url": base, "orders": "read"},
            {"base_url": base, "orders": "sent"},
            {"base_url": "", "orders": "sent"},
        )
    ]
    assert found == [
        [True, False, False, False, False, False],
        [True, True, True, True, True, False],
        [True, False, False, False, True, False],
        [False, False, False, False, True, False],
    ]
    with pytest.raises(msgspec.ValidationError, match="base_url: give it"):
        built(base_url="", orders="read")
    assert built(base_url=base, orders="read", poll_every_s=30).traits.poll_every_s == 30  # type: ignore[attr-defined]


def heard(message: Json, when: datetime | None = None, **given: Any) -> Notice | None:
    channel = built(**{"base_url": "https://shop.example", "orders": "read", **given})
    assert isinstance(channel, TakesNotices)
    return channel.notice(URL, *Shop({}).signed(message, when))


def test_a_message_says_which_order_to_read_and_is_not_believed_for_more() -> None:
    assert heard({"type": "order.changed", "id": "A"}) == Notice("order.changed", "A")
    assert heard({"type": "order.changed", "id": "A", "changed_at": "t"}) == Notice(
        "order.changed", "A", changed_at="t"
    )
    whole = heard({"type": "order.changed", "order": order("A")})
    assert whole == Notice("order.changed", "A", changed_at="2026-11-22T09:00:00+00:00")
    assert heard({"type": "ping"}) is None


@pytest.mark.parametrize("base", ["", "https://shop.example"])
def test_who_cannot_be_asked_sends_the_order_whole(base: str) -> None:
    notice = heard({"type": "order.changed", "order": order("A")}, orders="sent", base_url=base)
    assert notice
    assert notice.order == order_of(msgspec.convert(order("A"), Order))
    assert (notice.object, notice.changed_at) == ("A", "2026-11-22T09:00:00+00:00")
    assert heard({"type": "ping"}, orders="sent", base_url=base) is None


@pytest.mark.parametrize(
    ("message", "orders", "says"),
    [
        ({"type": "order.changed"}, "read", "`id` is missing"),
        ({"type": "order.changed", "id": "A"}, "sent", "`order` is missing"),
        ({"type": "order.changed", "order": order("A", placed_at="yesterday")}, "sent", "placed_at"),
        ({"id": "A"}, "read", "type"),
    ],
)
def test_a_signed_message_that_is_not_as_agreed_tells_its_sender_what_to_mend(
    message: Json, orders: str, says: str
) -> None:
    with pytest.raises(NotGenuine, match=says):
        heard(message, orders=orders)


@pytest.mark.parametrize("late_s", [-290, 290])
def test_a_message_counts_within_five_minutes(late_s: int) -> None:
    assert heard({"type": "order.changed", "id": "A"}, datetime.now(UTC) + timedelta(seconds=late_s))


@pytest.mark.parametrize("late_s", [-310, 310])
def test_a_message_of_another_time_is_not_genuine(late_s: int) -> None:
    with pytest.raises(NotGenuine, match="check both clocks"):
        heard({"type": "order.changed", "id": "A"}, datetime.now(UTC) + timedelta(seconds=late_s))


@pytest.mark.parametrize(
    "forged",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": "ü"},
        {"webhook-id": "msg_2"},
        {"webhook-id": "ü"},
        {"webhook-timestamp": "1795338000"},
        {"webhook-timestamp": "²"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": ""},
    ],
)
def test_what_is_not_signed_with_the_secret_is_not_genuine(forged: dict[str, str]) -> None:
    channel = built(base_url="https://shop.example", orders="read")
    assert isinstance(channel, GenericShop)
    headers, body = Shop({}).signed({"type": "order.changed", "id": "A"})
    with pytest.raises(NotGenuine) as why:
        channel.notice(URL, headers | forged, body)
    assert SECRET not in str(why.value)
    for name in headers:
        with pytest.raises(NotGenuine):
            channel.notice(URL, {one: value for one, value in headers.items() if one != name}, body)


def test_every_byte_is_signed_and_one_good_signature_of_several_is_enough() -> None:
    channel = built(base_url="", orders="sent")
    assert isinstance(channel, GenericSender)
    headers, body = Shop({}).signed({"type": "ping"})
    for place in range(len(body)):
        with pytest.raises(NotGenuine):
            channel.notice(URL, headers, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
    several = f"v1,AAAA v2,x {headers['webhook-signature']}"
    assert channel.notice(URL, headers | {"webhook-signature": several}, body) is None


def test_a_call_of_ours_sent_back_to_us_is_no_order() -> None:
    async def told() -> None:
        shop = Shop({})
        shop.order(order("A"))
        async with with_orders(shop) as channel:
            await channel.ship("A", Parcel("ts-7", {"1": 1}))
            call = next(seen for seen in shop.seen if seen.method == "POST")
            with travel(int(call.headers["webhook-timestamp"])), pytest.raises(NotGenuine, match="not as agreed"):
                channel.notice(URL, call.headers, call.body)

    asyncio.run(told())
