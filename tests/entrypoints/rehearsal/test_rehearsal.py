"""Real sales with errors of every kind put in: what differs in the evening is found, and nothing is made up."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from unittest import SkipTest

import pytest
from pydantic import SecretStr

from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.core.replay.events import OrderEvent
from truestock.entrypoints.rehearsal.errors import CALLED
from truestock.entrypoints.rehearsal.grocery import read_grocery
from truestock.entrypoints.rehearsal.rehearse import Rehearsed, rehearse
from truestock.feeds.order_files.online_retail_ii import read_online_retail_ii
from truestock.feeds.order_files.order_file import OrderFileError

DATA = Path(__file__).parents[4] / "shared/data"
Play = Callable[[Sequence[OrderEvent], int], Rehearsed]


def beside_the_project(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        raise SkipTest(f"../shared/data/{name} is not there")
    return path


@pytest.fixture
def play(clone: Callable[[str], str], home: Path) -> Play:
    """Plays events in two hubs."""

    def played(events: Sequence[OrderEvent], each: int) -> Rehearsed:
        clean, spoiled = (
            Settings(database_url=SecretStr(clone("template_truestock")), data_dir=home) for _ in range(2)
        )
        with open_hub(clean) as one, open_hub(spoiled) as other:
            return rehearse(one, other, events, each=each, seed=7, advance=lambda _: None)

    return played


def judged(found: Rehearsed) -> None:
    """At least 99 % of what differs is found, at its size, and nothing beside it."""
    assert found.percent_found >= 99
    assert (found.invented_clean, found.invented, found.wrong_size) == (0, 0, 0)
    assert {kind.kind for kind in found.kinds if kind.injected} == set(CALLED)


def test_online_retail_with_errors_in_it(play: Play) -> None:
    path = beside_the_project("online_retail_ii/online_retail_ii.parquet")
    by_day: dict[object, list[OrderEvent]] = defaultdict(list)
    for event in islice(read_online_retail_ii(path), 400):
        by_day[event.at.date()].append(event)
    days = list(by_day.values())[:2]
    found = play([event for day in days for event in (*day[:25], *(e for e in day if e.kind == "return"))], 2)
    judged(found)
    assert found.percent_told >= 60


def test_groceries_with_errors_in_them(play: Play) -> None:
    path = beside_the_project("grocery_expiry/grocery_inventory_and_sales.csv")
    events = read_grocery(path, 2, Random(7))
    few = {event.lines[0].sku for event in events[:60]}
    found = play([event for event in events if event.lines[0].sku in few], 2)
    judged(found)
    assert found.percent_told >= 50


def test_a_list_of_groceries_is_sold_whole(tmp_path: Path) -> None:
    path = tmp_path / "grocery.csv"
    path.write_text("Product_ID,Sales_Volume\nA,7\nB,0\n")
    events = read_grocery(path, 2, Random(1))
    assert {event.lines[0].sku for event in events} == {"A"}
    assert sum(event.lines[0].qty for event in events) == 7
    assert len({event.ref for event in events}) == len(events)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SKU,Sold\n", "no columns Product_ID"),
        ("Product_ID,Sales_Volume\nA,x\n", "line 2"),
        ("Product_ID,Sales_Volume\nA\n", "line 2"),
    ],
)
def test_what_is_no_list_of_groceries_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "grocery.csv"
    path.write_text(text)
    with pytest.raises(OrderFileError, match=said):
        read_grocery(path, 2, Random(1))
