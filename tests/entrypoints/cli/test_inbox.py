"""inbox and mapping from the command line: an unknown SKU is seen, mapped or ignored, and rules are tried first."""

import pytest
from pydantic import SecretStr

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.entrypoints.selling import comes_in, connect_nowhere
from tests.entrypoints.shops import SEALED_WITH
from tests.factories import Shop
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.store.database import Database


@pytest.fixture
def item(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An item with 20 units, of which two packs were sold under a SKU that nobody knows."""
    monkeypatch.setenv("TRUESTOCK_SECRET_KEY", SEALED_WITH)
    with open_hub(Settings(database_url=SecretStr(database_url), secret_key=SecretStr(SEALED_WITH))) as hub:
        sku = Shop(hub).item(dc=20)
        connect_nowhere(hub)
        comes_in(hub, "5001", f"{sku}-6PK", 2)
    return sku


def test_the_inbox_is_shown_and_a_pack_is_mapped(item: str, cli: Cli, answer: Answer) -> None:
    shown = cli("inbox", "list", "--channel", "web").stdout
    assert f"{item}-6PK" in shown
    assert f"{item}=6 (97: read as a pack of 6: the same SKU)" in " ".join(shown.split())
    dry = answer("inbox", "map", "web", f"{item}-6PK", f"{item}:6", "--dry-run")
    assert (dry["outcome"], dry["taken"]) == ("created", None)
    done = answer("inbox", "map", "web", f"{item}-6PK", f"{item}:6")
    assert (done["outcome"], done["taken"]) == ("created", {"orders": 1, "waiting": 0})
    assert answer("listings", "show", "web", f"{item}-6PK")["components"] == [{"item": item, "units": 6}]
    assert answer("atp", f"{item}", "web")["atp"] == 8
    assert cli("inbox", "list").stdout == "The inbox is empty.\n"


def test_a_sku_that_is_no_stock_is_ignored_and_heeded_again(item: str, cli: Cli, answer: Answer, fault: Answer) -> None:
    said = cli("inbox", "ignore", "web", f"{item}-6PK", "--reason", "gift wrap").stdout
    assert said == f"{item}-6PK of web is ignored.\nOrders looked at: 1; waiting for it still: 0.\n"
    assert answer("inbox", "list")["rows"] == []
    (row,) = answer("inbox", "ignored", "--channel", "web")["rows"]
    assert (row["sku"], row["reason"]) == (f"{item}-6PK", "gift wrap")
    assert "gift wrap" in cli("inbox", "ignored").stdout
    undone = answer("inbox", "ignore", "web", f"{item}-6PK", "--undo")
    assert undone["taken"] == {"orders": 1, "waiting": 1}
    assert len(answer("inbox", "list", "--kind", "unmapped_sku")["rows"]) == 1
    assert fault("inbox", "ignore", "web", f"{item}-6PK", "--undo")["type"] == "not-found"
    assert fault("inbox", "ignore", "web", item)["type"] == "conflict"
    assert fault("inbox", "map", "web", "ODD", "NONE")["field"] == "item"


def test_a_rule_is_tried_added_applied_and_removed(item: str, cli: Cli, answer: Answer, fault: Answer) -> None:
    rule = ["mapping", "add", "web", "--by", "suffix", "--pattern", "-{n}PK"]
    tried = answer(*rule, "--preview")
    assert (tried["maps"], tried["rows"][0]["text"], tried["rows"][0]["units"]) == (1, item, 6)
    assert "1 would become listings" in " ".join(cli(*rule, "--preview").stdout.split())
    assert answer("mapping", "list", "web")["rules"] == []
    assert answer(*rule)["rules"] == [{"ord": 10, "by": "suffix", "pattern": "-{n}PK", "replace": "", "units": 1}]
    more = ["mapping", "add", "web", "--by", "prefix", "--pattern", "WEB-"]
    assert [rule["ord"] for rule in answer(*more)["rules"]] == [10, 20]
    assert [rule["ord"] for rule in answer(*more, "--ord", "5")["rules"]] == [5, 10, 20]
    assert answer("mapping", "preview", "web")["maps"] == 1
    assert answer("mapping", "apply", "web")["listings"] == [f"{item}-6PK"]
    assert "0 listings of web are made" in cli("mapping", "apply", "web").stdout
    assert [rule["ord"] for rule in answer("mapping", "remove", "web", "5")["rules"]] == [10, 20]
    assert answer("mapping", "automatic", "web")["automatic"] is True
    assert "becomes a listing by itself" in cli("mapping", "list", "web").stdout
    assert answer("mapping", "automatic", "web", "--off")["automatic"] is False
    assert fault("mapping", "remove", "web", "7")["field"] == "ord"
    assert fault("mapping", "add", "web", "--by", "regex", "--pattern", "(a+)+")["field"] == "pattern"
    assert fault("mapping", "add", "web", "--by", "magic")["type"] == "usage"


def test_reading_is_asked_of_a_running_server(item: str, db: Database, cli: Cli, answer: Answer, fault: Answer) -> None:
    assert answer("inbox", "read", "web") == {"channel": "web", "read_at": None, "without_sku": 0, "trouble": ""}
    assert "the last time: never" in cli("inbox", "read", "web").stdout
    with db.transaction() as conn:
        conn.execute("UPDATE connection SET listings_without_sku = 3, listings_trouble = 'no access'")
    said = cli("inbox", "read", "web").stdout
    assert "3 have no SKU" in said
    assert "The last try failed: no access" in said
    assert fault("inbox", "read", "retail")["type"] == "not-found"
