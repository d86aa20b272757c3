"""Guards from the command line: asked for by a rule, listed with what they were made of, explained."""

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.factories import accept
from tests.sync.guards.late_orders import orders_read_for, sold_late
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.catalog.rules import RuleBook
from truestock.connections.reached import channel_id, put_connection
from truestock.connections.seal import Seal
from truestock.store.database import Database
from truestock.sync.guards.recompute import recompute


@pytest.fixture
def web(db: Database) -> None:
    """A connected channel that has sold lamps, three an hour and six minutes late."""
    accept(put_locations(db, [LocationDraft("dc", kind="dc")]))
    accept(put_channels(db, [ChannelDraft("web", locations=("dc",)), ChannelDraft("retail", locations=("dc",))]))
    accept(put_items(db, [ItemDraft("LAMP")]))
    put_connection(db, Seal(b"k" * 32), "web", "generic", {}, {})
    orders_read_for(db, 28)
    sold_late(db, channel_id(db, "web"), "LAMP", 300)


def test_a_guard_is_asked_for_computed_and_listed(cli: Cli, answer: Answer, db: Database, web: None) -> None:
    assert "Nothing is kept back on web" in cli("channel", "guard", "web").stdout
    assert cli("policies", "put", "guard_service", 99, "--channel", "web").exit_code == 0
    recompute(db, RuleBook(db))
    (found,) = answer("channel", "guard", "web")
    assert (found["item"], found["units"], found["percent"], found["orders"]) == ("LAMP", 2, 99, 300)
    assert (found["lag_p50_s"], found["lag_p95_s"]) == (360.0, 360.0)
    shown = cli("channel", "guard", "web").stdout
    assert "LAMP" in shown
    assert "6 min" in shown


def test_a_fixed_guard_is_shown_beside_the_atp(cli: Cli, answer: Answer, web: None) -> None:
    cli("policies", "put", "guard", 4, "--channel", "web", "--item", "LAMP")
    (terms,) = answer("atp", "LAMP", "web")["items"]
    assert (terms["guard"], terms["atp"]) == (4, -4)
    assert "in-flight guard: 4" in cli("explain", "LAMP", "web").stdout


def test_what_cannot_be_is_refused_with_its_field(fault: Answer, web: None) -> None:
    assert fault("policies", "put", "guard_service", 100, "--channel", "web")["field"] == "value"
    assert fault("policies", "put", "guard_service", 5, "--unit", "units")["field"] == "unit"
    assert fault("policies", "put", "guard", 5, "--unit", "percent")["field"] == "unit"
    assert fault("policies", "put", "guard", 5, "--location", "dc")["field"] == "location"
    assert fault("channel", "guard", "retail")["type"] == "not-found"
