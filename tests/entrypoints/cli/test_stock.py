"""Stock by hand: bookings, orders, lists, ATP with its reasons, reversal, the ledger's proof and its repair."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from truestock.store.database import Database


@pytest.fixture
def company(answer: Answer) -> None:
    """Ten lamps at dc, which web and retail sell."""
    answer("items", "put", "LAMP")
    answer("items", "put", "MILK", "--lot-tracked")
    answer("locations", "put", "dc", "--kind", "dc")
    answer("locations", "put", "store", "--kind", "store")
    answer("bins", "put", "dc", "A-1", "pick")
    for n, channel in enumerate(("retail", "web")):
        answer("channels", "put", channel, "--rank", n, "--location", "dc", "--location", "store")
    answer("book", "receive", "LAMP", "dc", "10", "--source", "supplier", "--ref", "PO-1")


def rows(answer: Answer, *words: object) -> list[tuple[Any, ...]]:
    found = answer("stock", *words)["rows"]
    return [(r["sku"], r["location"], r["lot"], r["status"], r["owner"], r["on_hand"], r["reserved"]) for r in found]


@pytest.mark.usefixtures("company")
def test_what_became_of_units_is_said_by_what_was_booked(cli: Cli) -> None:
    for words, said in (
        ("book receive LAMP dc 6", "6 units came in."),
        ("book adjust LAMP dc -2 --reason broken", "-2 units."),
        ("book transfer-out LAMP dc 1 --to store --due-at 2030-01-01", "1 unit left."),
        ("book status LAMP dc 2 --from sellable --to damaged", "2 units changed status."),
        ("pos sale store 1001 LAMP=2", "2 units sold"),
        ("pos sale store 1002 LAMP --returned", "1 unit came back"),
        ("variances book lost dc LAMP=3", " -3 units"),
    ):
        assert said in cli(*words.split()).stdout, words


@pytest.mark.usefixtures("company")
def test_every_booking_by_hand_moves_units(answer: Answer) -> None:
    for words in (
        "receive MILK dc 6 --lot b1 --expires-at 2030-01-01 --status receiving",
        "put-away MILK dc 4 --lot b1 --bin A-1",
        "status MILK dc 2 --lot b1 --from receiving --to damaged",
        "adjust LAMP dc -2 --reason broken",
        "return LAMP dc 1 --status damaged",
        "transfer-out LAMP dc 3 --to store --due-at 2030-01-01",
        "transfer-in LAMP store 2",
        "count LAMP dc 7",
        "ring-fence LAMP dc 4 --to retail",
    ):
        assert answer("book", *words.split())["outcome"] == "booked", words
    assert sorted(rows(answer)) == [
        ("LAMP", "dc", "", "damaged", "", 1, 0),
        ("LAMP", "dc", "", "sellable", "", 3, 0),
        ("LAMP", "dc", "", "sellable", "retail", 4, 0),
        ("LAMP", "store", "", "in_transit", "", 1, 0),
        ("LAMP", "store", "", "sellable", "", 2, 0),
        ("MILK", "dc", "b1", "damaged", "", 2, 0),
        ("MILK", "dc", "b1", "sellable", "", 4, 0),
    ]
    assert len(rows(answer, "--status", "damaged")) == 2
    assert len(rows(answer, "LAMP", "--location", "store")) == 2
    assert ("MILK", "dc", "b1", "receiving", "", 0, 0) in rows(answer, "MILK", "--empty")
    assert answer("check")["ok"]


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("receive ghost dc 1", "not-found"),
        ("receive LAMP dc 0", "usage"),
        ("receive LAMP dc 1 --status rotten", "usage"),
        ("ring-fence LAMP dc 11 --to web", "insufficient-stock"),
        ("count LAMP dc 3 --at 2099-01-01", "invalid"),
    ],
)
def test_a_booking_that_cannot_be_meant_is_refused(fault: Answer, words: str, kind: str) -> None:
    assert fault("book", *words.split())["type"] == kind


@pytest.mark.usefixtures("company")
def test_the_same_key_books_once(answer: Answer) -> None:
    words = ("book", "receive", "LAMP", "dc", "5", "--key", "k1")
    assert [answer(*words)["replay"], answer(*words)["replay"]] == [False, True]
    assert rows(answer) == [("LAMP", "dc", "", "sellable", "", 15, 0)]


@pytest.mark.usefixtures("company")
def test_an_order_goes_from_cart_to_parcel(answer: Answer, cli: Cli, fault: Answer) -> None:
    assert answer("orders", "reserve", "web", "C1", "LAMP=4", "--hold-for", "600")["state"] == "held"
    assert answer("orders", "confirm", "web", "C1", "--order-ref", "A1")["state"] == "open"
    assert answer("orders", "ship", "web", "A1", "--line", "0=1", "--key", "p1")["units"] == 1
    assert answer("orders", "release", "web", "A1", "--reason", "changed their mind")["units"] == 3
    shown = answer("orders", "show", "web", "A1")
    assert (shown["head"]["state"], [p["posted"] for p in shown["promises"]], shown["shorts"]) == ("shipped", [1], [])
    assert "Promises" in cli("orders", "show", "web", "A1").stdout
    assert {row["ref"] for row in answer("orders", "list", "--channel", "web")["rows"]} == {"A1", "C1"}
    assert fault("orders", "ship", "web", "ghost")["type"] == "not-found"
    assert fault("orders", "ship", "web", "A1", "--line", "x")["type"] == "usage"
    assert fault("orders", "show", "web", "ghost")["type"] == "not-found"


@pytest.mark.usefixtures("company")
def test_a_refused_order_says_what_is_there_and_exits_with_1(cli: Cli, answer: Answer, fault: Answer) -> None:
    refused = cli("orders", "reserve", "web", "A1", "LAMP=11")
    assert (refused.exit_code, "refused" in refused.stdout) == (1, True)
    owed = answer("orders", "reserve", "web", "A2", "LAMP=11", "--mode", "sold")
    assert owed["lines"][0]["short_by"] == 1
    assert [s["qty"] for s in answer("orders", "show", "web", "A2")["shorts"]] == [1]
    assert fault("orders", "reserve", "web", "A2", "LAMP=12", "--mode", "sold")["type"] == "idempotency-key-reused"
    assert fault("orders", "reserve", "web", "A3", "ghost")["type"] == "not-found"
    assert fault("orders", "reserve", "moon", "A3", "LAMP")["detail"] == "there is no channel 'moon'"


@pytest.mark.usefixtures("company")
def test_a_cart_that_has_run_out_is_shown_as_what_it_is(cli: Cli, answer: Answer, database_url: str) -> None:
    answer("orders", "reserve", "web", "C1", "LAMP=4", "--hold-for", "600")
    with Database(database_url) as db, db.transaction() as conn:
        conn.execute("UPDATE hold SET expires_at = now() - interval '1 second'")
        conn.execute("UPDATE orders SET expires_at = now() - interval '1 second'")
    assert rows(answer) == [("LAMP", "dc", "", "sellable", "", 10, 0)]
    assert answer("orders", "show", "web", "C1")["head"]["state"] == "expired"
    assert answer("orders", "list", "--state", "held")["rows"] == []
    assert [order["ref"] for order in answer("orders", "list", "--state", "expired")["rows"]] == ["C1"]


@pytest.mark.usefixtures("company")
def test_the_number_is_explained_now_and_then(cli: Cli, answer: Answer, fault: Answer) -> None:
    first = answer("movements", "list")["rows"][0]["recorded_at"]
    answer("book", "receive", "LAMP", "store", "5")
    answer("policies", "put", "buffer", "2", "--channel", "web")
    assert answer("atp", "LAMP", "web")["atp"] == 13
    assert answer("explain", "LAMP", "web")["root"]["value"] == 13
    assert answer("atp", "LAMP", "web", "--at", first)["atp"] == 10
    assert answer("explain", "LAMP", "web", "--at", first, "--axis", "recorded")["answer"]["atp"] == 10
    told = cli("explain", "LAMP", "web").stdout
    assert "buffer: 2" in told
    assert "web may promise 13 of LAMP." in told
    assert "it is told 13" in cli("atp", "LAMP", "web").stdout
    assert fault("explain", "ghost", "web")["field"] == "item"
    assert fault("explain", "LAMP", "moon")["field"] == "channel"
    assert fault("atp", "LAMP", "web", "--at", first, "--axis", "wrong")["type"] == "usage"


@pytest.mark.usefixtures("company")
def test_a_movement_is_shown_and_reversed_after_a_preview(cli: Cli, answer: Answer, fault: Answer) -> None:
    (row,) = answer("movements", "list", "--source", "supplier", "--ref", "PO-1", "--kind", "receive")["rows"]
    shown = answer("movements", "show", row["movement"])
    assert {e["location"]: e["on_hand"] for e in shown["entries"]} == {"dc": 10, "inbound": -10}
    preview = answer("reverse", row["movement"], "--reason", "wrong", "--dry-run")
    assert (preview["movement"], [c["on_hand"] for c in preview["changes"]]) == (None, [-10])
    assert cli("reverse", row["movement"], "--reason", "wrong", input="n\n").exit_code == 1
    assert rows(answer)[0][5] == 10
    assert fault("reverse", row["movement"], "--reason", "wrong")["type"] == "usage"
    done = cli("reverse", row["movement"], "--reason", "wrong", input="y\n")
    assert f"reverses {row['movement']}" in done.stdout
    assert fault("reverse", row["movement"], "--reason", "wrong", "--yes")["type"] == "conflict"
    assert fault("movements", "show", "5")["type"] == "not-found"
    assert sorted(e["on_hand"] for e in answer("entries", "LAMP")["rows"]) == [-10, -10, 10, 10]


@pytest.mark.usefixtures("company")
def test_lists_go_on_where_the_page_ended(answer: Answer, fault: Answer) -> None:
    for n in range(5):
        answer("book", "receive", "LAMP", "dc", n + 1)
        answer("orders", "reserve", "web", f"A{n}", "LAMP")
    for words, key in (("movements list", "movement"), ("entries LAMP", "version"), ("orders list", "ref")):
        whole = [row[key] for row in answer(*words.split())["rows"]]
        page = answer(*words.split(), "--limit", 3)
        seen = [row[key] for row in page["rows"]]
        while page["next"]:
            page = answer(*words.split(), "--limit", 3, "--after", page["next"])
            seen += [row[key] for row in page["rows"]]
        assert seen == whole
        assert fault(*words.split(), "--after", "nonsense")["field"] == "after"
    answer("book", "receive", "LAMP", "store", 1)
    page = answer("stock", "--limit", 1)
    assert len(answer("stock", "--after", page["next"])["rows"]) == 1
    assert fault("stock", "--after", "1~2")["field"] == "after"
    for words in ("movements list", "orders list", "receiving list"):
        for number in ("f" * 33, "-1"):
            beyond = f"2026-01-01T00:00:00+00:00~{number}"
            assert fault(*words.split(), "--after", beyond)["field"] == "after"
    assert fault("stock", "--after", "~".join(str(2**63) for _ in page["next"].split("~")))["field"] == "after"


@pytest.mark.usefixtures("company")
def test_a_damaged_row_is_found_shown_and_mended(cli: Cli, answer: Answer, fault: Answer, database_url: str) -> None:
    assert "The ledger holds." in cli("check").stdout
    with Database(database_url) as db, db.transaction() as conn:
        conn.execute("UPDATE stock SET on_hand = 12")
    broken = cli("--json", "check")
    assert (broken.exit_code, '"item": "LAMP"' in broken.stdout, '"ok": false' in broken.stdout) == (1, True, True)
    assert "should be" in cli("check").stdout
    would = answer("repair", "--dry-run")["mended"]
    assert [(row["item"], row["location"], row["on_hand_was"], row["on_hand"]) for row in would] == [
        ("LAMP", "dc", 12, 10)
    ]
    assert fault("repair")["type"] == "usage"
    assert rows(answer)[0][5] == 12
    assert "1 rows were mended" in cli("repair", "--yes").stdout
    assert answer("check")["ok"]
    assert answer("repair", "--yes")["mended"] == []


@pytest.mark.usefixtures("company")
def test_what_is_expected_counts_on_its_day(cli: Cli, answer: Answer, fault: Answer) -> None:
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    answer("expected", "add", "LAMP", "dc", 5, "PO-2", "--due-at", soon)
    answer("expected", "add", "LAMP", "dc", 3, "FAIR", "--due-at", soon, "--demand")
    assert [(row["kind"], row["qty"]) for row in answer("expected", "list", "--sku", "LAMP")["rows"]] == [
        ("purchase", 5),
        ("demand", 3),
    ]
    assert [day["atp"] for day in answer("days", "LAMP", "web", "--days", 4)["days"]] == [10, 10, 12, 12]
    assert "atp" in cli("days", "LAMP", "web").stdout
    assert answer("expected", "cancel", "LAMP", "PO-2") == {"cancelled": 1}
    assert fault("expected", "cancel", "LAMP", "PO-2")["type"] == "not-found"
    assert fault("expected", "add", "LAMP", "dc", 0, "X", "--due-at", soon)["type"] == "usage"
    assert fault("days", "ghost", "web")["field"] == "item"
