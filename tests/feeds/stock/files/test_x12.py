"""X12 documents about stock are read by what they say, held to their envelopes, answered, and written."""

import io
from datetime import UTC, date, datetime
from pathlib import Path
from unittest import SkipTest

import pytest
from pyx12.x12file import X12Reader  # type: ignore[import-untyped]  # it says no types

from tests.feeds.stock.files.reads import rows_of
from truestock.core.problems import Invalid
from truestock.feeds.stock.files import FeedFault, FeedRow, Format, lookups_of, mapped
from truestock.feeds.stock.files.edi import kept
from truestock.feeds.stock.files.edi.acknowledging import acknowledgement
from truestock.feeds.stock.files.edi.envelope import Interchange
from truestock.feeds.stock.files.edi.outgoing import (
    Address,
    Line,
    StockLine,
    expected_receipt,
    ship_order,
    stock_report,
)
from truestock.feeds.stock.files.edi.writing import Outgoing, Partners, x12
from truestock.feeds.stock.files.edi.x12 import examine
from truestock.feeds.stock.files.mapping import Mapping
from truestock.store.database import Database

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
PARTNERS = Partners("ZZ:WAREHOUSE", "ZZ:HUB")
SAMPLES = Path(__file__).parents[5] / "shared/data/x12"
BROKEN = {
    "ediengine_940_Failed_SE01.edi": "SE count",
    "ediengine_ControlNumbersMismatch.edi": "SE id=0002 does not match",
    "ediengine_NonEdi.edi": "begins with ISA",
    "ediengine_WrongGroupsAndTranCount.edi": "GE count of 2",
    "edifabric_CorruptIsa.txt": "begins with ISA",
    "edifabric_CorruptSt.txt": 'Segment identifier "T" is invalid',
    "edifabric_DuplicateGroup.txt": "not unique",
    "edifabric_DuplicateMessage.txt": "not unique",
    "edifabric_MixedTransactionsNoEnvelopes.txt": "begins with ISA",
}


def made(kind: str, *segments: str, functional: str = "RE") -> bytes:
    return x12(PARTNERS, 5, NOW, functional, "004010", [Outgoing(kind, [tuple(s.split("*")) for s in segments])])


def read(raw: bytes, quantity: str = "") -> list[FeedRow | FeedFault]:
    return rows_of(raw, form=Format("x12", quantity=quantity))


def told(raw: bytes) -> list[str]:
    """The segments of an answer, without its envelope."""
    (found,) = examine(io.BytesIO(raw))
    segments = acknowledgement(found, 77, NOW).decode().split("~\n")
    return [segment for segment in segments if segment.startswith("AK")]


def test_a_report_of_stock_has_the_quantity_that_the_feed_means() -> None:
    raw = made(
        "846",
        "BIA*00*SI*INV-1*20261121*0600",
        "N1*WH*North*92*DC001",
        "LIN*1*UP*012345678905*SK*SKU-1",
        "QTY*33*500*EA",
        "QTY*17*520*EA",
        "LIN*2*SK*SKU-2*LT*LOT-77",
        "DTM*036*20270630",
        "QTY*33*36*EA",
        "CTT*2",
    )
    one, two = read(raw, "33")
    assert isinstance(one, FeedRow)
    assert one.fields == {
        "sku": "SKU-1",
        "qty": "500",
        "location": "DC001",
        "at": "2026-11-21T06:00:00+00:00",
        "ref": "INV-1",
    }
    assert isinstance(two, FeedRow)
    assert (two.fields["lot"], two.fields["expires_at"][:10], two.fields["qty"]) == ("LOT-77", "2027-06-30", "36")
    on_hand, fault = read(raw, "17")
    assert isinstance(on_hand, FeedRow)
    assert isinstance(fault, FeedFault)
    assert (on_hand.fields["qty"], fault.field, fault.line) == ("520", "qty", 9)
    assert mapped(Format("x12", quantity="33"), [(9, dict(fault.raw))], Mapping())[0] == two
    assert all(isinstance(answer, FeedFault) and answer.field == "qty" for answer in read(raw))


@pytest.mark.parametrize(
    "body",
    [
        ("N1*WH**92*A", "QTY*33*1", "N1*WH**92*B", "QTY*33*2"),
        ("QTY*33*1", "N1*WH**92*A", "QTY*33*2", "N1*WH**92*B"),
        ("LM*ZZ", "LQ**A", "QTY*33*1", "LM*ZZ", "LQ**B", "QTY*33*2"),
    ],
)
def test_an_item_at_several_places_is_a_row_for_each(body: tuple[str, ...]) -> None:
    rows = read(made("846", "BIA*00*SI*R*20261121", "LIN**SK*X", *body), "33")
    assert [(row.fields["location"], row.fields["qty"]) for row in rows if isinstance(row, FeedRow)] == [
        ("A", "1"),
        ("B", "2"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        ("REF*LT*L1", "DTM*036*20270101", "QTY*33*1", "REF*LT*L2", "DTM*036*20280101", "QTY*33*2"),
        ("QTY*33*1", "REF*LT*L1", "DTM*036*20270101", "QTY*33*2", "DTM*036*20280101", "REF*LT*L2"),
        ("N1*WH**92*A", "REF*LT*L1", "DTM*036*20270101", "QTY*33*1", "DTM*036*20280101", "REF*LT*L2", "QTY*33*2"),
    ],
)
def test_an_item_of_several_lots_is_a_row_for_each(body: tuple[str, ...]) -> None:
    rows = read(made("846", "BIA*00*SI*R*20261121", "N1*WH**92*A", "LIN**SK*X", *body), "33")
    named = ("lot", "expires_at", "location", "qty")
    assert [tuple(row.fields[name][:4] for name in named) for row in rows if isinstance(row, FeedRow)] == [
        ("L1", "2027", "A", "1"),
        ("L2", "2028", "A", "2"),
    ]


def test_two_lots_with_one_quantity_are_told_and_left_out() -> None:
    raw = made("944", "W17*F*20261121*R-1", "W07*40*EA**SK*X", "N9*LT*L1", "N9*LT*L2", "W07*2*EA**SK*X***L1", "W14*42")
    row, fault = sorted(read(raw), key=lambda answer: isinstance(answer, FeedFault))
    assert isinstance(row, FeedRow)
    assert isinstance(fault, FeedFault)
    assert (row.fields["qty"], row.fields["lot"], fault.line) == ("2", "L1", 7)
    assert "lots L1 and L2 have one quantity together" in fault.reason


def test_what_was_ordered_and_not_shipped_is_no_row() -> None:
    shipped, *others = read(
        made("945", "W06*F*O-5*20261121*SH-1", "LX*1", "W12*CP*3*2*1*EA**SK*X", "LX*2", "W12*BO*3*0*3*EA**SK*Y",
             "N9*LT*L1", "W03*2")
    )  # fmt: skip
    assert (shipped.line, others) == (6, [])


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("DTM*036*20261122*0600*UT", "2026-11-22T06:00:00+00:00"),
        ("DTM*036*20261122*0600*ES", "2026-11-22T11:00:00+00:00"),
        ("DTM*036*20261122*0600", "2026-11-22T05:00:00+00:00"),
        ("DTM*036*20261122*06000050*LT", "2026-11-22T05:00:00+00:00"),
        ("G62*036*20261122*W*0600*UT", "2026-11-22T06:00:00+00:00"),
        ("DTM*036*20261122*0600*ET", "'20261122, 0600, ET' is no date"),
        ("DTM*036*50101", "'50101' is no date"),
        ("DTM*036*1122", "'1122' is no date"),
    ],
)
def test_dates_are_read_as_they_are_meant_or_told(segment: str, expected: str) -> None:
    raw = made("846", "BIA*00*SI*R*20261121", "LIN**SK*X", segment, "QTY*33*1")
    (answer,) = rows_of(raw, {"zone": "Europe/Berlin"}, Format("x12", quantity="33"))
    told = answer.fields["expires_at"] if isinstance(answer, FeedRow) else answer.reason
    assert told == expected


def test_receipts_shipments_and_adjustments_have_their_own_segments() -> None:
    (receipt,) = read(
        made("944", "W17*F*20261121*R-1*PO-7*S-1", "N1*WH**92*DC", "W07*40*EA**SK*X***LOT-1", "N9*LT*LOT-9", "W14*40")
    )
    assert receipt == FeedRow(
        6,
        {
            "sku": "X",
            "qty": "40",
            "location": "DC",
            "lot": "LOT-1",
            "at": "2026-11-21T00:00:00+00:00",
            "ref": "R-1",
            "order": "PO-7",
        },
    )
    first, second = read(
        made("945", "W06*F*O-5*20261121*SH-1", "LX*1", "MAN*GM*00340123450000000018", "W12*CC*3*2*1*EA**SK*X",
             "LX*2", "W12*CC*1*1**EA*000000000017", "W03*3")
    )  # fmt: skip
    assert isinstance(first, FeedRow)
    assert isinstance(second, FeedRow)
    assert [first.fields[name] for name in ("sku", "qty", "order", "ref", "reason")] == ["X", "2", "O-5", "SH-1", "CC"]
    assert second.fields["sku"] == "000000000017"
    (adjustment,) = read(made("947", "W15*20261121*A-1", "W19*07*-3*EA**SK*X***LOT-1"))
    assert isinstance(adjustment, FeedRow)
    assert [adjustment.fields[name] for name in ("qty", "reason", "lot", "ref")] == ["-3", "07", "LOT-1", "A-1"]


def test_cases_are_not_taken_for_units() -> None:
    (plain,) = read(made("944", "W17*F*20261121*R-1", "W07*40.000*EA**SK*X"))
    assert isinstance(plain, FeedRow)
    assert plain.fields["qty"] == "40"
    raw = made("944", "W17*F*20261121*R-1", "W07*40*CA**SK*X")
    (fault,) = read(raw)
    assert isinstance(fault, FeedFault)
    assert (fault.field, fault.reason) == ("qty", "unit says 'CA', and only EA, PC, PCE, UN, C62 are known")
    named = {"fields": {"sku": {"columns": ["item.SK"]}, "qty": {"columns": ["qty"]}}}
    assert rows_of(raw, named, Format("x12")) == [fault]
    (row,) = rows_of(raw, {"pack": {"column": "unit", "of": {"EA": 1, "CA": 12}}}, Format("x12"))
    assert isinstance(row, FeedRow)
    assert row.fields["qty"] == "480"


def test_a_set_whose_count_is_wrong_is_left_out_as_a_whole_and_rejected() -> None:
    raw = made("947", "W15*20261121*A-1", "W19*07*-3*EA**SK*X").replace(b"SE*4*", b"SE*9*")
    (fault,) = read(raw)
    assert isinstance(fault, FeedFault)
    assert fault.reason.startswith("the whole set is left out: at segment 6, SE: SE count of 9")
    assert (fault.field, fault.raw["rows"]) == ("SE", "1")
    assert told(raw) == ["AK1*RE*5", "AK2*947*0001", "AK5*R*4", "AK9*R*1*1*0"]


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        (b"SE*4*0001~", "at segment 6, SE: the set has no SE"),
        (b"GS*RE*WAREHOUSE*HUB*20261122*0914*5*X*004010~", "the set stands in no group"),
        (b"ST*947*0001~", "the envelopes do not fit into one another"),
        (b"GE*1*5~", "Unterminated Loop GS"),
        (b"IEA*1*000000005~", "(IEA=000000005) missing"),
    ],
)
def test_a_part_of_an_envelope_that_is_missing_is_told_and_no_row_is_lost_in_silence(cut: bytes, says: str) -> None:
    raw = made("947", "W15*20261121*A-1", "W19*07*-3*EA**SK*X")
    assert cut in raw
    answers = read(raw.replace(cut, b""))
    assert says in " ".join(answer.reason for answer in answers if isinstance(answer, FeedFault))


def test_a_set_that_begins_before_the_last_has_ended_rejects_that_one_alone() -> None:
    raw = made("947", "W15*20261121*A-1", "W19*07*-3*EA**SK*X", "ST*947*0002", "W15*20261121*A-2", "W19*07*1*EA**SK*Y")
    answers = read(raw.replace(b"SE*7*0001", b"SE*4*0002"))
    assert [answer.fields["sku"] for answer in answers if isinstance(answer, FeedRow)] == ["Y"]
    assert "the whole set is left out" in next(answer.reason for answer in answers if isinstance(answer, FeedFault))


def test_errors_inside_a_set_are_told_with_their_segment_and_the_rest_is_read() -> None:
    raw = made("947", "W15*20261121*A-1", "W19*07*many*EA**SK*X", "W19*07*2*EA**SK*Y", "W19*07**EA**SK*Z")
    answers = read(raw)
    assert [(a.line, a.field) for a in answers if isinstance(a, FeedFault)] == [(5, "qty"), (7, "qty")]
    assert [a.fields["sku"] for a in answers if isinstance(a, FeedRow)] == ["Y"]
    (bad,) = read(made("846", "BIA*00*SI*R*20261121", "LIN**SK*X", "QTY*33*much"), "33")
    assert (bad.line, getattr(bad, "field", "")) == (5, "qty")
    assert told(raw) == [
        "AK1*RE*5",
        "AK2*947*0001",
        *("AK3*W19*3**8", "AK4*2**6*many", "AK3*W19*5**8", "AK4*2**1"),
        "AK5*E*5",
        "AK9*E*1*1*1",
    ]


def test_totals_are_held_to_what_was_counted() -> None:
    fault = read(made("944", "W17*F*20261121*R-1", "W07*40*EA**SK*X", "W14*41"))[-1]
    assert isinstance(fault, FeedFault)
    assert "W1401 says 41 units, and there are 40" in fault.reason
    fault = read(made("846", "BIA*00*SI*R*20261121", "LIN**SK*X", "QTY*33*1", "CTT*2"), "33")[-1]
    assert isinstance(fault, FeedFault)
    assert "CTT01 says 2 items, and there are 1" in fault.reason


def test_what_says_nothing_of_stock_is_rejected_and_an_acknowledgement_is_not_answered() -> None:
    raw = made("850", "BEG*00*SA*PO-1**20261121")
    (fault,) = read(raw)
    assert isinstance(fault, FeedFault)
    assert "a 850 says nothing of stock" in fault.reason
    assert "AK5*R*1" in told(raw)
    (found,) = examine(io.BytesIO(raw))
    answer = acknowledgement(found, 8, NOW)
    assert read(answer) == []
    assert acknowledgement(examine(io.BytesIO(answer))[0], 9, NOW) == b""


def test_an_interchange_that_comes_twice_is_seen_and_so_is_its_number_for_another(db: Database) -> None:
    raw = made("947", "W15*20261121*A-1", "W19*07*-3*EA**SK*X")
    (found,), (other,) = examine(io.BytesIO(raw)), examine(io.BytesIO(raw.replace(b"-3", b"-4")))
    with db.transaction() as conn:
        assert kept.seen(conn, [found, found, other]) == ["new", "again", "reused"]
        kept.keep(conn, "a.edi", [found], NOW)
        kept.keep(conn, "b.edi", [other], NOW)
        assert kept.seen(conn, [found, other]) == ["again", "reused"]
        ((groups,),) = conn.execute("SELECT groups FROM interchange").fetchall()
    assert groups == [{"kind": "RE", "control": "5", "sets": [["947", "0001"]]}]
    first, second = (kept.acknowledge(db, "x12", [found], NOW) for _ in range(2))
    assert controls(first) != controls(second)


def test_an_interchange_whose_rows_were_taken_is_passed_over_in_whatever_file_it_comes(db: Database) -> None:
    raw = made("947", "W15*20261121*A-1", "W19*07*-3*EA**SK*X")
    form = Format("x12")
    kept.answer(db, "a.edi", io.BytesIO(raw), NOW)
    assert lookups_of(db, Mapping(), form, io.BytesIO(raw)).interchanges == frozenset()
    with db.transaction() as conn:
        kept.keep(conn, "a.edi", examine(io.BytesIO(raw)), NOW, taken_at=NOW)
    wrapped = raw.replace(b"\n", b"\r\n") + stock_report(PARTNERS, 9, NOW, "R", [StockLine("Y", 1)])
    fault, row = rows_of(
        wrapped, form=Format("x12", quantity="33"), lookups=lookups_of(db, Mapping(), form, io.BytesIO(wrapped))
    )
    assert isinstance(fault, FeedFault)
    assert "interchange 000000005 of ZZ:WAREHOUSE was taken in before" in fault.reason
    assert isinstance(row, FeedRow)
    assert lookups_of(db, Mapping(), form, io.BytesIO(b"no X12")).interchanges == frozenset()


def controls(raw: bytes) -> list[str]:
    return [found.control for found in examine(io.BytesIO(raw))]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (ship_order(PARTNERS, 1, NOW, "O-1", Address("DC", "North"), Address(name="Ada", city="Ulm", country="DE"),
                    [Line("X", 3, "04006381333931"), Line("Y", 1, lot="L-1")]), "940"),
        (expected_receipt(PARTNERS, 2, NOW, "PO-1", date(2026, 12, 1), Address("DC"), [Line("X", 30)]), "943"),
        (stock_report(PARTNERS, 3, NOW, "R-1", [StockLine("X", 5, 7, location="DC"), StockLine("Y", -2)]), "846"),
    ],
)  # fmt: skip
def test_what_we_write_is_read_without_an_error_by_another_reader(raw: bytes, kind: str) -> None:
    reader = X12Reader(io.StringIO(raw.decode()))
    names = [segment.get_seg_id() for segment in reader]
    reader.cleanup()
    assert reader.pop_errors() == []
    assert names[:3] + names[-3:] == ["ISA", "GS", "ST", "SE", "GE", "IEA"]
    (found,) = examine(io.BytesIO(raw))
    assert not found.troubles
    assert [one.kind for group in found.groups for one in group.sets] == [kind]


def test_our_report_of_stock_is_read_back_as_it_was_meant() -> None:
    raw = stock_report(PARTNERS, 3, NOW, "R-1", [StockLine("X", 5, 7, location="DC"), StockLine("Y", -2)])
    one, two = read(raw, "33")
    assert isinstance(one, FeedRow)
    assert isinstance(two, FeedRow)
    assert [one.fields[name] for name in ("sku", "qty", "location")] == ["X", "5", "DC"]
    assert (two.fields["sku"], two.fields["qty"]) == ("Y", "0")


def test_what_x12_cannot_say_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="LIN cannot say"):
        stock_report(PARTNERS, 3, NOW, "R-1", [StockLine("X*1", 5)])
    with pytest.raises(Invalid, match="sender is 'HUB'"):
        stock_report(Partners("HUB", "ZZ:B"), 3, NOW, "R-1", [StockLine("X", 5)])
    with pytest.raises(Invalid, match="at least 1"):
        expected_receipt(PARTNERS, 2, NOW, "PO-1", date(2026, 12, 1), Address("DC"), [Line("X", 0)])


def test_files_of_others_are_read_and_answered_whatever_is_wrong_with_them() -> None:
    missed = dict(BROKEN)
    for path in samples():
        raw = path.read_bytes()
        faults = [answer for answer in read(raw, "33") if isinstance(answer, FeedFault)]
        said = " ".join(fault.reason + fault.suggestion for fault in faults)
        if missed.get(path.name, "\0") in said:
            del missed[path.name]
        if not any(fault.ends for fault in faults):
            for found in examine(io.BytesIO(raw)):
                check_answer(acknowledgement(found, 1, NOW), found)
    assert not missed


def samples() -> list[Path]:
    found = sorted(path for path in SAMPLES.glob("*") if path.suffix in {".edi", ".txt"})
    if not found:
        raise SkipTest("../shared/data/x12 is not there")
    return found


def check_answer(answer: bytes, found: Interchange) -> None:
    """It is read without an error, and says of every set of theirs what became of it."""
    if not answer:
        return
    reader = X12Reader(io.StringIO(answer.decode()))
    names = [segment.get_seg_id() for segment in reader]
    assert reader.pop_errors() == []
    assert names.count("AK2") == sum(len(group.sets) for group in found.groups)


def test_the_sample_of_a_report_of_stock_is_read() -> None:
    (sample,) = [path for path in samples() if path.name == "made_846.edi"]
    rows = read(sample.read_bytes(), "33")
    assert [row.fields["qty"] for row in rows if isinstance(row, FeedRow)] == ["500", "0", "36"]
