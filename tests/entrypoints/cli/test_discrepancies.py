"""Discrepancies from the command line: listed, shown, decided; tolerances; how accurate the ledger was."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.factories import accept, ago
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.core.identity import part_of
from truestock.core.reconcile import Difference
from truestock.reconciliation.discrepancies.agree import agreed
from truestock.reconciliation.discrepancies.weigh import weigh
from truestock.store.database import Database


@pytest.fixture
def short(db: Database, answer: Answer) -> int:
    """A WMS has 7 of the 10 lamps; the number of the discrepancy."""
    accept(put_locations(db, [LocationDraft("dc", kind="dc")]))
    accept(put_items(db, [ItemDraft("LAMP")]))
    answer("book", "receive", "LAMP", "dc", 10)
    with db.transaction() as conn:
        ((item, place),) = conn.execute("SELECT i.id, l.id FROM item i, location l").fetchall()
    told = Difference(part_of(item), item, place, None, 0, 7, 10, ago(), 1)
    weigh(db, "wms", "reconcile", [told], ago())
    agreed(db, "wms", 1, [], {place: 2}, told.as_of, ago())
    (row,) = answer("discrepancies", "list")["rows"]
    return int(row["id"])


def test_one_is_listed_shown_and_put_right(cli: Cli, answer: Answer, fault: Answer, short: int) -> None:
    listed = cli("discrepancies", "list", "--source", "wms", "--beyond").stdout
    assert "LAMP" in listed
    assert "review" in listed
    shown = cli("discrepancies", "show", short).stdout
    assert "units are gone, and nothing explains it" in shown
    assert "receive" in shown
    done = answer("discrepancies", "adjust", short, "--reason", "counted")
    assert (done["state"], done["movement"] is not None) == ("adjusted", True)
    (row,) = answer("stock", "LAMP")["rows"]
    assert row["on_hand"] == 7
    assert fault("discrepancies", "accept", short, "--reason", "late")["type"] == "conflict"
    assert "Nothing there." in cli("discrepancies", "list").stdout


@pytest.mark.parametrize(("what", "state"), [("accept", "accepted"), ("dismiss", "dismissed"), ("recount", "review")])
def test_it_is_decided_otherwise(cli: Cli, answer: Answer, short: int, what: str, state: str) -> None:
    said = cli("discrepancies", what, short, "--reason", "so it is").stdout
    assert f"Discrepancy {short} of LAMP at dc is {state}" in said
    assert answer("discrepancies", "list", "--state", state)["rows"][0]["id"] == short


def test_tolerances_are_set_listed_and_ended(cli: Cli, answer: Answer, fault: Answer, short: int) -> None:
    number = answer("tolerances", "put", "--units", 3, "--percent", "2.5", "--item", "LAMP")["id"]
    assert "LAMP" in cli("tolerances", "list").stdout
    assert cli("tolerances", "end", number).stdout == f"Tolerance {number} holds no longer.\n"
    assert fault("tolerances", "put", "--item", "LAMP")["field"] == "units"
    assert fault("tolerances", "end", number)["type"] == "not-found"


def test_accuracy_is_shown_by_day_and_cause(cli: Cli, answer: Answer, short: int) -> None:
    (day,) = answer("accuracy", "--source", "wms")["days"]
    assert (day["cells"], day["right"], day["percent"]) == (2, 1, 50.0)
    shown = cli("accuracy", "--since", f"{datetime.now(UTC):%Y-%m-%d}").stdout
    assert "shrinkage" in shown
    assert "50.0" in shown


def test_a_number_that_none_can_have_is_refused_by_what_it_may_be(cli: Cli) -> None:
    for wrong in (("discrepancies", "show", 10**20), ("tolerances", "end", 10**10)):
        refused = cli(*wrong)
        assert refused.exit_code == 2
        assert "Input should be less than or equal to" in refused.stderr


def test_what_cannot_be_rehearsed_is_told_in_a_sentence(cli: Cli, file: Callable[[str, str], Path]) -> None:
    sales = file("grocery.csv", "Product_ID,Sales_Volume\n")
    refused = cli("rehearse", sales)
    assert refused.exit_code == 1
    assert "there are no orders to play; look at grocery.csv" in refused.stderr
