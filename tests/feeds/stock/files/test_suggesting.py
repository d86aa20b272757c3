"""A mapping is suggested from what columns are called and what stands in them."""

import io

import pytest

from tests.feeds.stock.files.reads import rows_of
from truestock.core.problems import Invalid
from truestock.feeds.stock.files import FeedRow, Format
from truestock.feeds.stock.files.suggesting import Suggestion, suggest

ERP = "Artikelnummer;Lager;Bestand;MHD;Charge;Farbe\n0001;K1;1.234,00;31.12.2027;L1;rot\n2;K1;7,00;1.2.2027;;blau\n"


def suggested(text: str, form: Format | None = None) -> Suggestion:
    return suggest(form or Format(), io.BytesIO(text.encode()))


def test_columns_are_known_by_name_and_cells_say_how_they_are_written() -> None:
    found = suggested(ERP)
    assert [(guess.field, guess.column) for guess in found.guesses] == [
        ("sku", "Artikelnummer"),
        ("location", "Lager"),
        ("lot", "Charge"),
        ("expires_at", "MHD"),
        ("qty", "Bestand"),
    ]
    assert (found.format.delimiter, found.unused, found.doubts) == (";", ["Farbe"], [])
    assert rows_of(ERP, found.mapping)[0] == FeedRow(
        2, {"sku": "0001", "location": "K1", "lot": "L1", "expires_at": "2027-12-31T00:00:00+00:00", "qty": "1234"}
    )


@pytest.mark.parametrize(
    "header",
    ["MATNR,WERKS,CHARG,LABST", "Variant SKU,Location,Lot,Variant Inventory Qty", "Code article,Magasin,Lot,Quantité"],
)
def test_columns_are_known_by_what_common_systems_call_them(header: str) -> None:
    sku, location, lot, qty = header.split(",")
    found = suggested(f"{header}\nMUG,dc,L1,4\n")
    assert {guess.field: guess.column for guess in found.guesses} == {
        "sku": sku, "location": location, "lot": lot, "qty": qty,
    }  # fmt: skip


def test_when_units_were_received_says_nothing_of_when_a_figure_is_true_or_supply_due() -> None:
    found = suggested("sku,qty,Date_Received\nMUG,4,2026-01-05\n")
    assert (sorted(found.mapping.fields), found.unused) == (["qty", "sku"], ["Date_Received"])


@pytest.mark.parametrize(("cells", "doubted"), [("2026-01-05", True), ("20260105", True), ("2026-01-05 09:00", False)])
def test_when_something_happened_by_its_day_alone_is_a_doubt(cells: str, doubted: bool) -> None:
    found = suggested(f"sku,qty,date\nMUG,4,{cells}\n")
    assert found.mapping.fields["at"].columns == ("date",)
    assert any("days without a time" in doubt for doubt in found.doubts) == doubted


def test_a_date_that_can_be_read_in_two_ways_is_a_doubt() -> None:
    assert "%m/%d/%Y or %d/%m/%Y" in suggested("sku,expiry\nA,01/02/2027\n").doubts[0]
    found = suggested("sku,expiry\nA,01/22/2027\n")
    assert found.doubts == []
    assert rows_of("sku,expiry\nA,01/22/2027\n", found.mapping) == [
        FeedRow(2, {"sku": "A", "expires_at": "2027-01-22T00:00:00+00:00"})
    ]


@pytest.mark.parametrize(("cells", "says"), [("1.000\nA;5", "1.000 is 1 or 1000"), ("1,000", "1,000 is 1000 or 1")])
def test_a_figure_that_can_be_read_in_two_ways_is_a_doubt(cells: str, says: str) -> None:
    assert says in suggested(f"sku;qty\nA;{cells}\n").doubts[0]
    assert suggested(f"sku;qty\nA;{cells}\nA;12,500\nA;1.234.567\n").doubts != []
    assert suggested("sku;qty\nA;1.234,00\nA;1.000\n").doubts == []


def test_an_encoding_that_was_found_out_is_a_doubt() -> None:
    raw = io.BytesIO("sku;lot\nMüller;Größe\n".encode("cp1252"))
    assert "the file is taken to be in cp125" in suggest(Format(), raw).doubts[0]
    raw.seek(0)
    assert suggest(Format(encoding="cp1252"), raw).doubts == []


def test_cells_that_do_not_fit_keep_a_column_out_and_are_told() -> None:
    found = suggested("sku,quantity,status\nA,6.88,1\n")
    assert [guess.field for guess in found.guesses] == ["sku"]
    assert [doubt.partition(":")[0] for doubt in found.doubts] == ["status", "quantity"]


def test_items_that_are_named_by_valid_barcodes_are_found_by_them() -> None:
    assert suggested("EAN;Menge\n4006381333931;3\n").mapping.item_by == "barcode"
    assert suggested("EAN;Menge\n4006381333932;3\n").mapping.item_by == "sku"


def test_json_lines_are_looked_at_too() -> None:
    found = suggested('{"item": {"sku": "A"}, "on_hand": 3}\n{"item": {"sku": "B"}}\n', Format("json_lines"))
    assert [(guess.field, guess.column) for guess in found.guesses] == [("sku", "item.sku"), ("qty", "on_hand")]


@pytest.mark.parametrize(
    ("text", "form", "reason"),
    [
        ("colour,size\nred,S\n", Format(), "no column looks like an item's number"),
        ("", Format(), "line 1: the file is empty"),
        ("[1]", Format("json_lines"), "line 1"),
        ("ISA*", Format("x12"), "say themselves what they mean"),
    ],
)
def test_what_cannot_be_suggested_says_why(text: str, form: Format, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        suggested(text, form)


@pytest.mark.parametrize(
    ("cells", "doubt"),
    [
        (("KAR", "ST"), "ME says in what is counted: KAR; say by the mapping's pack how many units each is"),
        (("ST", "Stk."), ""),
    ],
)
def test_what_is_counted_in_cartons_is_a_doubt(cells: tuple[str, str], doubt: str) -> None:
    raw = f"Material;Lagerort;Bestand;ME\nMUG;dc;5;{cells[0]}\nTEE;dc;7;{cells[1]}\n"
    found = suggest(Format(), io.BytesIO(raw.encode()))
    assert found.mapping.fields["location"].columns == ("Lagerort",)
    assert found.doubts == ([doubt] if doubt else [])
