"""The catalog by hand: what is put is shown and listed, refusals are one sentence."""

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli


@pytest.fixture
def company(answer: Answer) -> None:
    """An item, a lot-tracked one, a location and a channel."""
    answer("items", "put", "LAMP", "--name", "Desk lamp", "--category", "light", "--cost", "12.50")
    answer("items", "put", "MILK", "--lot-tracked")
    answer("items", "put", "SET")
    answer("locations", "put", "dc", "--kind", "dc", "--cut-off", "14:30")
    answer("channels", "put", "web", "--rank", "2", "--location", "dc")


@pytest.mark.usefixtures("company")
def test_an_item_is_put_shown_listed_and_changed(answer: Answer, cli: Cli) -> None:
    assert answer("items", "show", "LAMP")["cost"] == "12.500000"
    assert answer("items", "put", "LAMP", "--name", "Lamp")["outcome"] == "changed"
    assert answer("items", "put", "LAMP", "--name", "Other", "--dry-run") == {
        "id": answer("items", "show", "LAMP")["id"],
        "outcome": "changed",
        "dry_run": True,
    }
    assert answer("items", "put", "LAMP", "--clear", "cost")["outcome"] == "changed"
    assert answer("items", "show", "LAMP")["cost"] is None
    page = answer("items", "list", "--search", "am", "--category", "light")
    assert ([row["name"] for row in page["rows"]], page["next"]) == (["Lamp"], None)
    assert "More: --after LAMP" in cli("items", "list", "--limit", "1").stdout


@pytest.mark.usefixtures("company")
def test_every_noun_can_be_put_and_shown(answer: Answer) -> None:
    assert answer("barcodes", "put", "4006381333931", "LAMP", "--units", "6")["outcome"] == "created"
    assert answer("barcodes", "show", "4006381333931")["item"] == "LAMP"
    assert answer("kits", "put", "SET", "LAMP=2", "MILK")["outcome"] == "created"
    assert [c["units"] for c in answer("items", "show", "SET")["components"]] == [2, 1]
    assert answer("lots", "put", "MILK", "b1", "--expires-at", "2027-03-01")["outcome"] == "created"
    assert answer("lots", "hold", "MILK", "b1", "--reason", "recall")["outcome"] == "changed"
    assert answer("lots", "show", "MILK", "b1")["held"] == "recall"
    assert answer("lots", "release", "MILK", "b1")["outcome"] == "ended"
    assert [row["code"] for row in answer("lots", "list", "MILK")["rows"]] == ["b1"]
    assert answer("bins", "put", "dc", "A-1", "pick")["outcome"] == "created"
    assert [row["zone"] for row in answer("bins", "list", "dc")["rows"]] == ["pick"]
    assert answer("locations", "show", "dc")["cut_off"] == "14:30:00"
    assert [row["code"] for row in answer("locations", "list")["rows"]] == ["dc"]
    assert answer("channels", "show", "web")["locations"] == ["dc"]
    assert [row["rank"] for row in answer("channels", "list")["rows"]] == [2]
    assert answer("listings", "put", "web", "L-1", "--take", "LAMP=3", "--title", "Three")["outcome"] == "created"
    assert answer("listings", "show", "web", "L-1")["components"] == [{"item": "LAMP", "units": 3}]
    assert [row["sku"] for row in answer("listings", "list", "--item", "LAMP")["rows"]] == ["L-1"]
    assert answer("listings", "end", "web", "L-1")["outcome"] == "ended"
    rule = answer("policies", "put", "buffer", "3", "--channel", "web", "--ends-at", "2027-01-01", "--reason", "sale")
    assert [row["value"] for row in answer("policies", "list", "--channel", "web")["rows"]] == [3]
    ranked = answer("policies", "rank", "buffer", "LAMP", "--channel", "web")["rows"]
    assert [(row["standing"], row["policy"]["value"]) for row in ranked] == [("holds", 3)]
    assert answer("policies", "end", rule["id"])["outcome"] == "ended"
    assert [row["reason"] for row in answer("policies", "list", "--ended")["rows"]] == ["sale"]
    assert answer("barcodes", "remove", "4006381333931")["outcome"] == "ended"


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("words", "kind", "says"),
    [
        ("items show ghost", "not-found", "there is no item 'ghost'"),
        ("items put X --cost cheap", "invalid", "write it like 12.50"),
        ("items put X --rotation lifo", "invalid", "choose one of fefo, fifo"),
        ("barcodes put 123 LAMP", "invalid", "123"),
        ("kits put SET LAMP=two", "usage", "write it as LAMP=2"),
        ("listings put web L --take ghost", "not-found", "ghost"),
        ("policies put buffer 3 --location dc", "invalid", "cannot name a location"),
        ("lots put LAMP b1", "conflict", "not lot-tracked"),
        ("lots put MILK b1 --expires-at soon", "invalid", "is not a date"),
        ("channels put web --location moon", "not-found", "moon"),
    ],
)
def test_a_refusal_is_one_sentence_with_what_to_do(cli: Cli, fault: Answer, words: str, kind: str, says: str) -> None:
    told = fault(*words.split())
    assert (told["type"], says in told["detail"]) == (kind, True)
    plain = cli(*words.split())
    assert (plain.stdout, plain.stderr.count("\n"), says in plain.stderr) == ("", 1, True)


def test_keys_are_shown_once_listed_without_secret_and_revoked(cli: Cli, answer: Answer, fault: Answer) -> None:
    made = answer("keys", "create", "erp", "--scope", "stock", "--scope", "read", "--expires-at", "2030-01-01")
    assert made["token"].startswith("ts_live_")
    listed = cli("--json", "keys", "list").stdout
    assert made["token"].rpartition("_")[2] not in listed
    assert '"stock"' in listed
    assert answer("keys", "revoke", made["key"]["id"])["revoked_at"]
    assert fault("keys", "revoke", "ghost")["type"] == "not-found"
    assert fault("keys", "create", "x", "--scope", "all")["field"] == "scopes"
    assert "it now" in cli("keys", "create", "pos").stdout
