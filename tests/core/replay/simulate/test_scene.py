"""Where a simulation plays: what a world states over what orders imply, and what is not there."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from truestock.core.problems import Invalid
from truestock.core.replay.simulate.scene import Scene, flash_sales, own_stage
from truestock.core.replay.simulate.world import (
    ChannelLife,
    Place,
    Product,
    Protect,
    RingFence,
    Rule,
    Sale,
    SimulatedWorld,
    Stock,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
SMALL = SimulatedWorld(
    channels={"web": ChannelLife(name="Web shop", rank=3), "app": ChannelLife(locations=("DARK",))},
    locations=(Place(code="DC"), Place(code="DARK", kind="dark_store")),
    items=(Product(sku="MUG", cost=4, price=9),),
    stock=(Stock(sku="MUG", location="DC", units=10),),
    sales=(Sale(channel="web", sku="MUG", units=7, lasts_s=60, units_per_order=3),),
)


def scene(**more: Any) -> Scene:
    world = replace(SMALL, **more)
    return Scene(world, own_stage(world), START, 60.0, frozenset())


def test_a_world_states_its_channels_and_items_itself() -> None:
    stage = scene().stage
    web, app = stage.channels
    assert (web.name, web.rank, web.locations) == ("Web shop", 3, ("DC", "DARK"))
    assert (app.name, app.rank, app.locations) == ("app", 2, ("DARK",))
    assert (stage.items[0].cost_cents, stage.items[0].price_cents) == (400, 900)
    assert stage.opening == {("MUG", "DC"): 10}


def test_a_flash_sale_is_cut_into_orders_within_its_time() -> None:
    orders = flash_sales(SMALL, scene().stage, START, "", lambda name: Random(name).random)
    assert sum(order.lines[0].qty for order in orders) == 7
    assert all(1 <= order.lines[0].qty <= 3 for order in orders)
    assert all(0 <= (order.at - START).total_seconds() < 60 for order in orders)
    assert [order.at for order in orders] == sorted(order.at for order in orders)
    assert len({order.ref for order in orders}) == len(orders)


def test_a_sale_without_an_item_is_of_the_one_wanted_most() -> None:
    world = replace(SMALL, sales=(Sale(channel="web", units=1),))
    (order,) = flash_sales(world, scene().stage, START, "MUG", lambda name: Random(name).random)
    assert order.lines[0].sku == "MUG"
    with pytest.raises(Invalid) as wrong:
        flash_sales(world, scene().stage, START, "", lambda name: Random(name).random)
    assert wrong.value.field == "sales[0].sku"


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("policies[1].channel", {"policies": (Rule(kind="buffer", value=1), Rule(kind="cap", value=1, channel="wbe"))}),
        ("policies[0].sku", {"policies": (Rule(kind="buffer", value=1, sku="JUG"),)}),
        ("policies[0].location", {"policies": (Rule(kind="safety_stock", value=1, location="CD"),)}),
        ("policies[0].unit", {"policies": (Rule(kind="buffer", value=1, unit="percent"),)}),
        ("policies[0].unit", {"policies": (Rule(kind="cap", value=101, unit="percent"),)}),
        ("protection[0].channel", {"protection": (Protect(channel="wbe", percent=10),)}),
        ("ring_fences[0].location", {"ring_fences": (RingFence(channel="app", location="DC", percent=10),)}),
        (
            "ring_fences[1].percent",
            {
                "ring_fences": (
                    RingFence(channel="web", location="DC", percent=60),
                    RingFence(channel="web", location="DC", percent=50, sku="MUG"),
                )
            },
        ),
        ("stock[0].sku", {"stock": (Stock(sku="JUG", location="DC", units=1),), "items": SMALL.items}),
        ("stock[0].location", {"stock": (Stock(sku="MUG", location="CD", units=1),)}),
        ("channels.web.locations[1]", {"channels": {"web": ChannelLife(locations=("DC", "CD"))}}),
        ("every_channel.locations[0]", {"every_channel": ChannelLife(locations=("CD",))}),
        ("locations", {"locations": ()}),
        ("channels", {"channels": {}}),
        ("sales", {"sales": ()}),
    ],
)
def test_what_is_not_there_is_named_with_its_field(field: str, more: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as wrong:
        scene(**more)
    assert wrong.value.field == field


def test_a_channel_without_orders_is_idle() -> None:
    world = replace(SMALL, channels={**SMALL.channels, "shop": ChannelLife()})
    assert Scene(world, own_stage(SMALL), START, 60.0, ()).idle() == ["shop"]
