"""EDIFACT's report of stock is read like X12's, and held to its counts."""

import io
from datetime import UTC, datetime

import pytest

from tests.feeds.stock.files.reads import fault_of, rows_of
from truestock.feeds.stock.files import FeedFault, FeedRow, Format, Mapping, lookups_of
from truestock.feeds.stock.files.edi import kept
from truestock.feeds.stock.files.edi.edifact.contrl import contrl
from truestock.feeds.stock.files.edi.edifact.examining import examine
from truestock.store.database import Database

FORM = Format("edifact", quantity="145")
NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
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


def answered(raw: str) -> list[str]:
    """The segments of the CONTRL for a file, without its envelope."""
    told = [contrl(found, 9, NOW).decode() for found in examine(io.BytesIO(raw.encode()))]
    return [segment for segment in "".join(told).split("'\n") if segment.startswith(("UCI", "UCM"))]


def test_a_contrl_says_of_each_message_whether_it_was_read() -> None:
    (found,) = examine(io.BytesIO(wrapped(BODY).encode()))
    assert contrl(found, 9, NOW).decode().split("'\n") == [
        "UNB+UNOC:3+HUB:14+SUP:14+261122:0914+9",
        "UNH+1+CONTRL:D:3:UN",
        "UCI+77+SUP:14+HUB:14+7",
        "UCM+1+INVRPT:D:96A:UN+7",
        "UNT+4+1",
        "UNZ+1+9",
        "",
    ]
    second = BODY.replace("UNH+1", "UNH+2").replace("UNT+17+1", "UNT+16+2")
    assert answered(wrapped(BODY + second, 2))[1:] == ["UCM+1+INVRPT:D:96A:UN+7", "UCM+2+INVRPT:D:96A:UN+4+29"]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (wrapped(BODY.replace("UNT+17+1", "UNT+17+2")), "UCM+1+INVRPT:D:96A:UN+4+28"),
        (wrapped(BODY.replace("UNT+17+1'", "")), "UCM+1+INVRPT:D:96A:UN+4+13"),
        (wrapped(BODY.replace("INVRPT", "ORDERS")), "UCM+1+ORDERS:D:96A:UN+4+14"),
        (wrapped(BODY, messages=2), "UCI+77+SUP:14+HUB:14+7+29"),
        (wrapped(BODY).replace("UNZ+1+77", "UNZ+1+78"), "UCI+77+SUP:14+HUB:14+7+28"),
        (wrapped(BODY).partition("UNZ")[0], "UCI+77+SUP:14+HUB:14+7+13"),
        (wrapped(BODY).partition("UNT")[0], "UCM+1+INVRPT:D:96A:UN+4+13"),
    ],
)
def test_what_is_wrong_is_told_by_its_code(raw: str, says: str) -> None:
    assert says in answered(raw)


def test_what_a_contrl_accepts_is_what_was_read_and_the_other_way_round() -> None:
    for raw in (wrapped(BODY), wrapped(BODY, 2), wrapped(BODY.replace("UNT+17", "UNT+16"))):
        taken = any(isinstance(row, FeedRow) for row in rows_of(raw, form=FORM))
        assert taken == ("UCM+1+INVRPT:D:96A:UN+7" in answered(raw))


def test_signs_that_cannot_be_written_back_are_left_out() -> None:
    (found,) = examine(io.BytesIO(wrapped(BODY).replace("HUB", "H\u0402UB+?").encode()))
    (again,) = examine(io.BytesIO(contrl(found, 9, NOW)))
    assert (again.sender, again.control, again.troubles) == (":H UB", "9", [])


def test_an_acknowledgement_is_not_answered() -> None:
    (found,) = examine(io.BytesIO(wrapped(BODY).encode()))
    (again,) = examine(io.BytesIO(contrl(found, 9, NOW)))
    assert (again.sender, again.troubles, again.groups[0].sets[0].rejected) == ("14:HUB", [], [])
    assert contrl(again, 10, NOW) == b""


def test_an_interchange_is_answered_kept_and_known_again_until_it_is_given_back(db: Database) -> None:
    raw = wrapped(BODY)
    file = raw.replace("+77'", "+76'") + raw

    def read() -> list[FeedRow | FeedFault]:
        lookups = lookups_of(db, Mapping(), FORM, io.BytesIO(file.encode()))
        return rows_of(file, form=FORM, lookups=lookups)

    ((first,), told) = kept.answer(db, "a.edi", io.BytesIO(raw.encode()), NOW)
    assert (first.sender, first.seen, first.accepted) == ("14:SUP", "new", ["INVRPT:D:96A:UN 1"])
    assert b"UCM+1+INVRPT:D:96A:UN+7'" in told
    assert len(read()) == 6
    with db.transaction() as conn:
        kept.keep(conn, "a.edi", examine(io.BytesIO(raw.encode())), NOW, taken_at=NOW)
    *others, fault = read()
    assert len(others) == 3
    assert isinstance(fault, FeedFault)
    assert fault.reason == "the interchange 77 of 14:SUP was taken in before"
    with db.transaction() as conn:
        kept.given_back(conn, [("14:SUP", "14:HUB", "77")])
    assert len(read()) == 6
