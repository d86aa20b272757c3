"""Items and barcodes: made, changed, refused, found."""

from decimal import Decimal

import pytest

from tests.catalog.conftest import epoch, outcomes, put_stock, reason
from truestock.catalog.barcodes import BarcodeDraft, find_barcodes, put_barcodes, remove_barcodes
from truestock.catalog.changes import How
from truestock.catalog.items import ItemDraft, list_items, put_items, read_items
from truestock.core.identity import part_of
from truestock.store.database import Database

CREATE, CHANGE = How("create"), How("change")


def test_a_new_item_gets_an_id_its_part_and_the_head_that_the_ledger_locks(db: Database) -> None:
    put_items(db, [ItemDraft("A"), ItemDraft("B")])
    with db.transaction() as conn:
        rows = conn.execute(
            "SELECT i.id, i.part, h.part, h.version FROM item i JOIN head h ON h.item = i.id"
        ).fetchall()
    assert sorted(rows) == [(n, part_of(n), part_of(n), 0) for n in (1, 2)]


def test_putting_twice_changes_nothing_and_none_leaves_a_field_as_it_is(db: Database) -> None:
    whole = ItemDraft("A", "Lamp", "light", "each", 250, Decimal("12.50"), False, "fifo")
    assert outcomes(put_items(db, [whole])) == ["created"]
    assert outcomes(put_items(db, [whole])) == ["unchanged"]
    assert outcomes(put_items(db, [ItemDraft("A", name="Big lamp")])) == ["changed"]
    item = read_items(db, ["A"])["A"]
    assert (item.name, item.category, item.cost, item.rotation) == ("Big lamp", "light", Decimal("12.50"), "fifo")


def test_a_field_is_cleared_only_where_it_is_named(db: Database) -> None:
    put_items(db, [ItemDraft("A", "Lamp", "light", "each", 250, Decimal("12.50"))])
    assert outcomes(put_items(db, [ItemDraft("A", clear=("cost", "category"))])) == ["changed"]
    assert outcomes(put_items(db, [ItemDraft("A", clear=("cost",))])) == ["unchanged"]
    item = read_items(db, ["A"])["A"]
    assert (item.name, item.category, item.weight_g, item.cost) == ("Lamp", "", 250, None)


def test_creating_refuses_what_is_there_and_changing_what_is_not(shop: Database) -> None:
    assert outcomes(put_items(shop, [ItemDraft("A"), ItemDraft("new")], CREATE)) == ["item", "created"]
    assert outcomes(put_items(shop, [ItemDraft("A", name="x"), ItemDraft("ghost")], CHANGE)) == ["changed", "item"]


def test_a_bad_line_leaves_the_good_ones_in_unless_all_or_nothing(db: Database) -> None:
    drafts = [ItemDraft("A"), ItemDraft(""), ItemDraft("A"), ItemDraft("B", weight_g=-1), ItemDraft("C")]
    assert outcomes(put_items(db, drafts, How(all_or_nothing=True))) == [
        "not_written",
        "sku",
        "conflict",
        "weight_g",
        "not_written",
    ]
    assert list_items(db).rows == ()
    assert outcomes(put_items(db, drafts)) == ["created", "sku", "conflict", "weight_g", "created"]


def test_a_dry_run_answers_and_writes_nothing(db: Database) -> None:
    assert outcomes(put_items(db, [ItemDraft("A")], How(dry_run=True))) == ["created"]
    assert read_items(db, ["A"]) == {}


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ItemDraft("A", clear=("sku",)), "clear"),
        (ItemDraft("A", clear=("colour",)), "clear"),
        (ItemDraft("A", cost=Decimal(1), clear=("cost",)), "clear"),
        (ItemDraft("A", clear=("cost", "cost")), "clear"),
        (ItemDraft(" A"), "sku"),
        (ItemDraft("A\x00"), "sku"),
        (ItemDraft("A" * 201), "sku"),
        (ItemDraft("A", rotation="lifo"), "rotation"),
        (ItemDraft("A", cost=Decimal("0.1234567")), "cost"),
        (ItemDraft("A", cost=Decimal("NaN")), "cost"),
        (ItemDraft("A", weight_g=2**31), "weight_g"),
    ],
)
def test_a_refusal_names_the_field(db: Database, draft: ItemDraft, field: str) -> None:
    assert outcomes(put_items(db, [draft])) == [field]


def test_lot_tracking_is_fixed_once_there_is_stock(shop: Database) -> None:
    assert outcomes(put_items(shop, [ItemDraft("A", lot_tracked=True)])) == ["changed"]
    put_stock(shop, "B")
    results = put_items(shop, [ItemDraft("B", lot_tracked=True), ItemDraft("C", lot_tracked=True)])
    assert outcomes(results) == ["lot_tracked", "changed"]
    assert not read_items(shop, ["B"])["B"].lot_tracked


def test_only_a_change_that_decisions_read_raises_the_epoch(shop: Database) -> None:
    before = epoch(shop)
    put_items(shop, [ItemDraft("new"), ItemDraft("A", name="renamed")])
    assert epoch(shop) == before
    put_items(shop, [ItemDraft("A", category="games")])
    assert epoch(shop) == before + 1
    put_items(shop, [ItemDraft("A", category="games"), ItemDraft("A", rotation="lifo")])
    assert epoch(shop) == before + 1


def test_items_are_found_by_any_part_of_sku_name_or_barcode(shop: Database) -> None:
    put_items(shop, [ItemDraft("A", name="Blue 100%_wool")])
    put_barcodes(shop, [BarcodeDraft("4006381333931", "B")])

    def found(text: str) -> list[str]:
        return [item.sku for item in list_items(shop, search=text).rows]

    assert found("100%_w") == ["A"]
    assert found("blue") == ["A"]
    assert found("381333") == ["B"]
    assert found("c") == ["C"]
    assert found("%") == ["A"]


def test_pages_follow_one_another_without_gap_or_repeat(db: Database) -> None:
    put_items(db, [ItemDraft(f"S{n:02}") for n in range(7)])
    seen: list[str] = []
    after: str | None = None
    while True:
        page = list_items(db, after=after, limit=3)
        seen += [item.sku for item in page.rows]
        if (after := page.next) is None:
            break
    assert seen == [f"S{n:02}" for n in range(7)]


def test_a_barcode_is_kept_in_14_digits_and_belongs_to_one_item(shop: Database) -> None:
    drafts = [BarcodeDraft("4006381333931", "A", 6), BarcodeDraft("04006381333931", "A"), BarcodeDraft("1234", "A")]
    assert outcomes(put_barcodes(shop, drafts)) == ["created", "conflict", "gtin"]
    taken = put_barcodes(shop, [BarcodeDraft("4006381333931", "B"), BarcodeDraft("96385074", "ghost")])
    assert outcomes(taken) == ["gtin", "item"]
    assert "belongs to 'A'" in reason(taken[0])
    assert find_barcodes(shop, ["4006381333931"])["04006381333931"].units == 6
    assert read_items(shop, ["A"])["A"].barcodes == ("04006381333931",)


def test_a_removed_barcode_may_go_to_another_item(shop: Database) -> None:
    put_barcodes(shop, [BarcodeDraft("96385074", "A")])
    assert outcomes(remove_barcodes(shop, ["96385074", "4006381333931"])) == ["ended", "barcode"]
    assert outcomes(put_barcodes(shop, [BarcodeDraft("96385074", "B")])) == ["created"]
