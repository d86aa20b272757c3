"""Races on real connections, from partly promised stock, between several processes over one database."""

import asyncio
from random import Random

import pytest

from tests.concurrency.buyers import Plan, buy, buy_in_processes, counts
from tests.factories import Shop
from truestock.ledger.values import Adjust
from truestock.orders.values import NewOrder, OrderLine

PROCESSES = 4


def singles(channel: str, sku: str, number: int, tag: str = "") -> list[NewOrder]:
    """Orders of one unit."""
    return [NewOrder(channel, f"{tag}{n}", [OrderLine(sku)]) for n in range(number)]


def test_one_hot_item_is_sold_out_by_512_buyers_to_exactly_zero(shop: Shop) -> None:
    sku = shop.item(dc=300, store=200)
    shop.buy("web", {sku: 137})
    told = asyncio.run(buy(shop.hub.lane, Plan(singles("web", sku, 1_000), callers=512)))
    assert (len(told.granted), len(told.refused)) == (363, 637)
    assert shop.shelf(sku) == {"dc": (300, 300), "store": (200, 200)}
    assert shop.atp("web", sku) == 0


def test_50_000_buyers_for_1_000_units_through_4_processes_get_exactly_1_000(shop: Shop, database_url: str) -> None:
    sku = shop.item(dc=700, store=600)
    shop.buy("web", {sku: 300})
    plans = [Plan(singles("web", sku, 12_500, f"{p}-"), callers=512) for p in range(PROCESSES)]
    told = buy_in_processes(database_url, plans)
    assert counts(told) == {"granted": 1_000, "refused": 49_000, "replays": 0, "busy": 0}
    assert shop.shelf(sku) == {"dc": (700, 700), "store": (600, 600)}
    assert max(one.slowest_s for one in told) < 2.0


def test_the_same_orders_sent_through_several_processes_at_once_have_one_effect(shop: Shop, database_url: str) -> None:
    sku = shop.item(dc=5_000)
    shop.buy("web", {sku: 1})
    plans = []
    for seed in range(PROCESSES):
        orders = singles("web", sku, 400)
        Random(seed).shuffle(orders)
        plans.append(Plan(orders, callers=64))
    total = counts(buy_in_processes(database_url, plans))
    assert total == {"granted": 400, "refused": 0, "replays": 400 * (PROCESSES - 1), "busy": 0}
    assert shop.shelf(sku) == {"dc": (5_000, 401)}


@pytest.mark.parametrize("seed", range(2))
def test_orders_of_many_items_in_any_order_do_not_block_each_other_for_ever(
    shop: Shop, database_url: str, seed: int
) -> None:
    skus = [shop.item(dc=150, store=150) for _ in range(12)]
    for sku in skus:
        shop.buy("web", {sku: 40})
    chance = Random(seed)
    plans = []
    for process in range(PROCESSES):
        # Mixed sizes: batches of equal size would hide a wrong order of locks.
        orders = [
            NewOrder("web", f"{process}-{n}", [OrderLine(sku) for sku in chance.sample(skus, chance.randint(1, 8))])
            for n in range(300)
        ]
        plans.append(Plan(orders, callers=48))
    told = buy_in_processes(database_url, plans)
    total = counts(told)
    assert total["busy"] == 0
    by_ref = {order.ref: order for plan in plans for order in plan.orders}
    sold = dict.fromkeys(skus, 40)
    for one in told:
        for ref in one.granted:
            for line in by_ref[ref].lines:
                sold[line.sku] += line.qty
    for sku in skus:
        assert sum(reserved for _, reserved in shop.shelf(sku).values()) == sold[sku] <= 300


def test_facts_that_race_with_buyers_leave_no_promise_without_a_unit(shop: Shop, database_url: str) -> None:
    sku = shop.item(dc=400)
    shop.buy("web", {sku: 100})

    async def race() -> None:
        buyers = asyncio.create_task(buy(shop.hub.lane, Plan(singles("web", sku, 600), callers=128)))
        for _ in range(20):
            await asyncio.to_thread(shop.stock, sku, dc=5)
            await asyncio.to_thread(shop.book, Adjust(sku=sku, location="dc", qty=-8, reason="lost"))
        await buyers

    asyncio.run(race())
    ((on_hand, reserved),) = shop.shelf(sku).values()
    assert on_hand == 400 + 20 * (5 - 8)
    assert reserved == on_hand
    assert shop.atp("web", sku) == 0
