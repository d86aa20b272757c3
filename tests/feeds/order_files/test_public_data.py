"""The two public data sets, held against their published figures, and what the old way of selling does to them."""

import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from truestock.core.replay.baseline import NEVER, Baseline, every
from truestock.core.replay.demand import derive_world
from truestock.core.replay.events import OrderEvent
from truestock.feeds.order_files.olist import read_olist
from truestock.feeds.order_files.online_retail_ii import read_online_retail_ii
from truestock.feeds.order_files.order_file import MissingExtraError, OrderFileError, ReadReport


@pytest.fixture(scope="module")
def invoices(online_retail_ii: Path) -> tuple[list[OrderEvent], ReadReport]:
    file = read_online_retail_ii(online_retail_ii)
    return list(file), file.report


def test_online_retail_ii_has_its_published_rows_and_gives_up_only_what_is_no_order(
    invoices: tuple[list[OrderEvent], ReadReport],
) -> None:
    _, report = invoices
    assert report.rows == 1_067_370
    assert report.rows - report.left_out["in both sheets"] == 1_044_847
    assert report.left_out["not a product"] == 6_092 - 101  # of the published lines 101 are in both sheets
    assert report.left_out["stock adjustment"] < 3_457
    assert not report.bad_rows


def test_online_retail_ii_comes_whole_in_order_of_time(invoices: tuple[list[OrderEvent], ReadReport]) -> None:
    events, report = invoices
    assert report.orders == len(events) == len({event.ref for event in events})
    assert all(a.at <= b.at for a, b in pairwise(events))
    assert events[0].at == datetime(2009, 12, 1, 7, 45, tzinfo=UTC)
    assert events[-1].at == datetime(2011, 12, 9, 12, 50, tzinfo=UTC)
    assert {event.kind for event in events if event.ref.startswith("C")} == {"return"}


def test_online_retail_ii_has_six_channels_of_which_the_home_country_is_the_largest(
    invoices: tuple[list[OrderEvent], ReadReport],
) -> None:
    channels = Counter(event.channel for event in invoices[0] if event.kind == "order")
    assert set(channels) == {"uk_account", "uk_guest", "ireland", "germany", "france", "rest"}
    assert 0.9 < (channels["uk_account"] + channels["uk_guest"]) / channels.total() < 0.93


def test_real_orders_oversell_the_old_way_and_less_when_synchronised(
    invoices: tuple[list[OrderEvent], ReadReport],
) -> None:
    events = invoices[0][:4000]
    world = derive_world(events)
    never, often = Baseline(world, NEVER), Baseline(world, every(15))
    for event in events:
        never.offer(event)
        often.offer(event)
    assert never.report().total.oversold > 10 * often.report().total.oversold


def test_olist_has_its_published_orders_with_the_places_of_customers_and_sellers(olist: Path) -> None:
    folder = read_olist(olist)
    events = list(folder)
    assert folder.report.rows == 20_000
    assert sum(line.qty for event in events for line in event.lines) == 22_618
    assert len(events) == 20_000 - folder.report.left_out["without items"]
    assert all(a.at <= b.at for a, b in pairwise(events))
    assert {event.channel for event in events} == {"credit_card", "boleto", "voucher", "debit_card"}
    placed = [event.place for event in events if event.place]
    assert len(placed) > 0.99 * len(events)
    assert all(-34 <= place.lat <= 6 and -74 <= place.lng <= -34 for place in placed)
    assert sum(location.place is not None for location in folder.locations) > 0.99 * len(folder.locations)


def test_every_olist_item_lies_at_a_seller_so_that_a_world_can_be_derived(olist: Path) -> None:
    folder = read_olist(olist)
    world = derive_world(folder, 0.9, folder.locations, folder.stocked_at)
    assert len(world.items) == len(folder.stocked_at)
    assert set(world.opening) == {(sku, seller) for sku, sellers in folder.stocked_at.items() for seller in sellers}


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"truestock\[parquet\]"):
        list(read_online_retail_ii(Path("orders.parquet")))


def test_a_file_that_is_absent_or_is_something_else_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(OrderFileError, match="is not in"):
        list(read_online_retail_ii(tmp_path / "nowhere.parquet"))
    (tmp_path / "orders.parquet").write_text("at,channel\n")
    with pytest.raises(OrderFileError, match="not a Parquet file"):
        list(read_online_retail_ii(tmp_path / "orders.parquet"))
    with pytest.raises(OrderFileError, match="no table order_items"):
        list(read_olist(tmp_path))
