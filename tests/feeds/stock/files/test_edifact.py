"""EDIFACT's report of stock is read like X12's, and held to its counts."""

import pytest

from tests.feeds.stock.files.reads import fault_of, rows_of
from truestock.feeds.stock.files import FeedFault, FeedRow, Format

FORM = Format("edifact", quantity="145")
BODY = (
    "UNH+1+INVRPT:D:96A:UN'BGM+35+R-1+9'DTM+137:202611210600:203'NAD+WH+DC::92'"
    "LIN+1++4012345678901:EN'PIA+1+SKU?+1:SA'DTM+361:20270630:102'RFF+BT:L-1'QTY+145:500:PCE'QTY+198:520:PCE'"
    "LIN+2'PIA+1+SKU-2:SA'LOC+18+A'QTY+145:1'LOC+18+B'QTY+145:2'UNT+17+1'"
)


def wrapped(body: str, messages: int = 1, una: str = "") -> str:
    return f"{una}UNB+UNOC:3+SUP:14+HUB:14+261121:0600+77'{body}UNZ+{messages}+77'"


@pytest.mark.parametrize("raw", [wrapped(BODY), wrapped(BODY, una="UNA:+.? '"), wrapped(BODY).replace("'", "'\r\n")])
def test_a_report_of_stock_is_read(raw: str) -> None:
    first, *others = rows_of(raw, form=FORM)
    assert isinstance(first, FeedRow)
    assert first.fields == {
        "sku": "SKU+1",
        "location": "DC",
        "lot": "L-1",
        "expires_at": "2027-06-30T00:00:00+00:00",
        "qty": "500",
        "at": "2026-11-21T06:00:00+00:00",
        "ref": "R-1",
    }
    assert [
        (row.fields["sku"], row.fields["location"], row.fields["qty"]) for row in others if isinstance(row, FeedRow)
    ] == [("SKU-2", "A", "1"), ("SKU-2", "B", "2")]


def test_the_sender_may_separate_by_other_signs() -> None:
    raw = wrapped(BODY).replace(":", "#").replace("+", "|").replace("?|", "!+").replace("'", "~")
    assert rows_of(f"UNA#|.! ~{raw}", form=FORM) == rows_of(wrapped(BODY), form=FORM)


@pytest.mark.parametrize(
    ("raw", "field", "reason"),
    [
        (wrapped(BODY.replace("UNT+17", "UNT+16")), "UNT", "16 segments"),
        (wrapped(BODY.replace("UNT+17+1", "UNT+17+2")), "UNT", "of '2'"),
        (wrapped(BODY, messages=2), "UNZ", "2 messages"),
        (wrapped(BODY).partition("UNZ")[0], "UNZ", "cut off"),
        (wrapped(BODY).partition("UNT")[0], "UNT", "was to stand before this"),
        (wrapped(BODY.replace("UNT+17+1'", "")), "UNT", "was to stand before this"),
        (wrapped(BODY.partition("UNT")[0] + BODY), "UNT", "was to stand before this"),
        (wrapped(BODY.partition("'")[2].partition("UNT")[0], 0), "UNT", "was to stand before this"),
        (wrapped(BODY.replace("INVRPT", "ORDERS")), "UNH", "says nothing of stock"),
        (wrapped("UNT+1+1'"), "UNT", "no UNH"),
        ("LIN+1'", "file", "begins with"),
        ("UNA:+", "file", "cannot be read"),
        (wrapped(BODY)[:-1], "file", "cannot be read"),
    ],
)
def test_what_does_not_agree_is_a_fault(raw: str, field: str, reason: str) -> None:
    faults = [answer for answer in rows_of(raw, form=FORM) if isinstance(answer, FeedFault)]
    assert (faults[0].field, faults[0].suggestion != "") == (field, True)
    assert reason in faults[0].reason


def test_several_interchanges_and_groups_in_a_file_are_read() -> None:
    grouped = wrapped(BODY).replace("UNH+", "UNG+INVRPT'UNH+").replace("UNZ+", "UNE+1+1'UNZ+")
    found = rows_of(wrapped(BODY) + grouped, form=FORM)
    skus = [answer.fields["sku"] for answer in found if isinstance(answer, FeedRow)]
    assert skus == ["SKU+1", "SKU-2", "SKU-2"] * 2
    assert len(found) == 6


def test_a_group_of_several_messages_is_counted_as_one() -> None:
    second = BODY.replace("UNH+1", "UNH+2").replace("UNT+17+1", "UNT+0017+2")
    found = rows_of(wrapped(f"UNG+INVRPT'{BODY}{second}UNE+2+1'"), form=FORM)
    assert [answer for answer in found if isinstance(answer, FeedFault)] == []
    assert len(found) == 6


def test_an_item_of_several_lots_is_a_row_for_each() -> None:
    lots = "LOC+18+A'RFF+BT:L1'DTM+361:20270101:102'QTY+145:1'RFF+BT:L2'DTM+361:20280101:102'QTY+145:2'"
    found = rows_of(wrapped(f"UNH+1+INVRPT:D:96A:UN'BGM+35+R-1+9'LIN+1'PIA+1+X:SA'{lots}UNT+12+1'"), form=FORM)
    rows = [answer.fields for answer in found if isinstance(answer, FeedRow)]
    assert [(row["lot"], row["expires_at"][:4], row["location"], row["qty"]) for row in rows] == [
        ("L1", "2027", "A", "1"),
        ("L2", "2028", "A", "2"),
    ]


@pytest.mark.parametrize("told", ["20261121060000EST:304", "2012010600:201"])
def test_a_time_in_another_form_is_told(told: str) -> None:
    assert fault_of(wrapped(BODY.replace("202611210600:203", told)), form=FORM).field == "at"


def test_which_quantity_is_meant_must_be_said() -> None:
    assert fault_of(wrapped(BODY), form=Format("edifact")).field == "qty"
