"""The orders of a simulation: files, seasons and flash sales, read as often as wanted, and their scene."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from truestock.core.problems import Invalid
from truestock.core.replay.simulate.world import ChannelLife, Place, Product, Sale, Season, SimulatedWorld, Stock
from truestock.feeds.order_files.csv_form import read_csv
from truestock.feeds.simulate.orders import chances_of, play
from truestock.feeds.simulate.world_file import read_world

HEAD = "at,channel,order_ref,sku,qty,kind\n"
ROWS = (
    "2026-03-02T10:00:00Z,web,A1,MUG,6,\n2026-03-02T11:00:00Z,shop,B1,JUG,2,\n2026-03-02T11:30:00Z,web,A1,MUG,6,cancel\n"
    "2026-03-02T12:00:00Z,web,A2,MUG,4,\n"
)
PLAIN = SimulatedWorld()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + ROWS, encoding="utf-8")
    return path


def test_a_file_gives_channels_items_stock_and_the_orders_to_be_cancelled(file: Path) -> None:
    scene, events, length = play(PLAIN, 7, read_csv(file))
    assert scene.start == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert scene.end_s == 7200
    assert [channel.code for channel in scene.stage.channels] == ["web", "shop"]
    assert sum(scene.stage.opening.values()) == round(10 * 0.9) + round(2 * 0.9)
    assert scene.cancels == {("web", "A1")}
    assert [event.ref for event in events] == [event.ref for event in events] == ["A1", "B1", "A1", "A2"]
    assert length == 4


def test_only_so_many_of_its_orders_are_read(file: Path) -> None:
    scene, events, length = play(PLAIN, 7, read_csv(file), 2)
    assert [event.ref for event in events] == ["A1", "B1"]
    assert (scene.end_s, length) == (3600, 2)


def test_a_world_dresses_the_orders_of_a_file_and_puts_sales_on_top(file: Path) -> None:
    world = replace(
        PLAIN,
        cover=0.0,
        channels={"web": ChannelLife(locations=("DC",), rank=9)},
        locations=(Place(code="DC"), Place(code="STORE", kind="store")),
        items=(Product(sku="MUG", cost=4, price=9),),
        stock=(Stock(sku="MUG", location="STORE", units=3),),
        sales=(Sale(channel="shop", units=5, from_s=600, lasts_s=60, units_per_order=5),),
    )
    scene, events, length = play(world, 7, read_csv(file))
    web, shop = scene.stage.channels
    assert (web.locations, web.rank, shop.locations) == (("DC",), 9, ("DC", "STORE"))
    assert {key: units for key, units in scene.stage.opening.items() if units} == {("MUG", "STORE"): 3}
    found = list(events)
    assert len(found) == length > 4
    assert all(before.at <= after.at for before, after in pairwise(found))
    assert {line.sku for event in found if event.ref.startswith("sale") for line in event.lines} == {"MUG"}


def test_a_season_is_the_same_each_time_it_is_read() -> None:
    world = replace(PLAIN, season=Season(orders=50, days=1, items=10))
    scene, events, length = play(world, 3)
    assert list(events) == list(events)
    assert len(list(events)) == length >= 50
    assert {event.ref for event in events if event.kind == "cancel"} == {ref for _, ref in scene.cancels}
    assert list(play(world, 4).events) != list(events)


def test_chance_depends_on_the_seed_and_the_name_alone() -> None:
    assert [chances_of(7)("web orders")() for _ in range(2)] == [0.013969915222631246] * 2
    assert len({chances_of(seed)(name)() for seed in (7, 8) for name in ("a", "b")}) == 4


def test_a_file_without_an_order_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + "yesterday,web,A1,MUG,1,\n", encoding="utf-8")
    with pytest.raises(Invalid) as wrong:
        play(PLAIN, 7, read_csv(path))
    assert wrong.value.field == "orders"


def test_a_sale_on_a_channel_that_sells_nothing_else_is_named(file: Path) -> None:
    world = replace(PLAIN, sales=(Sale(channel="app", units=1),))
    with pytest.raises(Invalid) as wrong:
        play(world, 7, read_csv(file))
    assert wrong.value.field == "sales[0].channel"


@pytest.mark.parametrize("name", ["story-847", "demo", "black-friday"])
def test_the_named_worlds_can_be_played(name: str) -> None:
    scene, events, length = play(read_world(name), 7)
    assert scene.idle() == []
    assert sum(1 for _ in events) == length
