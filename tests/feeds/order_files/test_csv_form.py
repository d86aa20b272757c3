"""The plain CSV form: good rows become orders, bad rows are named with what would mend them."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.replay.events import LatLng, Line, OrderEvent
from truestock.feeds.order_files.csv_form import read_csv
from truestock.feeds.order_files.order_file import BadRow, OrderFileError

HEADER = "at,channel,order_ref,sku,qty,kind,lat,lng\n"
GOOD = "2026-03-02T10:00:00Z,web,A1,MUG,2,,,\n"
AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def reading(folder: Path, content: str | bytes) -> tuple[list[OrderEvent], list[BadRow]]:
    path = folder / "orders.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = read_csv(path)
    return list(file), file.report.bad_rows


def test_rows_with_one_reference_are_one_order_and_orders_come_in_order_of_time(tmp_path: Path) -> None:
    rows = (
        "2026-03-02T12:00:00+01:00,pos,7,JAR,1,,,\n"
        "2026-03-02T10:00:00Z,web,A1,MUG,2,order,52.26,-1.16\n"
        "2026-03-02T10:00:05Z,web,A1,JAR,1,,,\n"
        "2026-03-02T10:00:05Z,web,A1,MUG,3,,,\n"
        "2026-03-03T09:00:00Z,web,A1,MUG,1,RETURN,,\n"
    )
    events, bad = reading(tmp_path, HEADER + rows)
    assert not bad
    assert events == [
        OrderEvent(AT, "web", "A1", "order", (Line("MUG", 5), Line("JAR", 1)), LatLng(52.26, -1.16)),
        OrderEvent(AT + timedelta(hours=1), "pos", "7", "order", (Line("JAR", 1),)),
        OrderEvent(AT + timedelta(hours=23), "web", "A1", "return", (Line("MUG", 1),)),
    ]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("yesterday,web,A1,MUG,1,,,", "at", "'yesterday' is not a time"),
        ("0001-01-01T00:00:00+14:00,web,A1,MUG,1,,,", "at", "is not a time"),
        (",web,A1,MUG,1,,,", "at", "empty"),
        ("2026-03-02,,A1,MUG,1,,,", "channel", "empty"),
        ("2026-03-02,web,A1,MUG,-3,,,", "qty", "-3 is negative"),
        ("2026-03-02,web,A1,MUG,0,,,", "qty", "zero"),
        ("2026-03-02,web,A1,MUG,1e308,,,", "qty", "'1e308' is not a whole number"),
        ("2026-03-02,web,A1,MUG,1.5,,,", "qty", "'1.5' is not a whole number"),
        ("2026-03-02,web,A1,MUG,1_000,,,", "qty", "'1_000' is not a whole number"),
        ("2026-03-02,web,A1,MUG,nan,,,", "qty", "'nan' is not a whole number"),
        ("2026-03-02,web,A1,MUG,5012345678900,,,", "qty", "5012345678900 is more than 1,000,000,000"),
        ("2026-03-02,web,A1,MUG", "qty", "empty"),
        ("2026-03-02,web,A1,MU\0G,1,,,", "sku", "holds a character that cannot be printed"),
        ("2026-03-02,web,A1," + "M" * 201 + ",1,,,", "sku", "201 characters"),
        ("2026-03-02,web,A1,MUG,1,gift,,", "kind", "'gift' is unknown"),
        ("2026-03-02,web,A1,MUG,1,,52.2,", "lng", "empty while its partner is not"),
        ("2026-03-02,web,A1,MUG,1,,91,0", "lat", "'91' is not a number of degrees"),
        ("2026-03-02,web,A1,MUG,1,,inf,0", "lat", "'inf' is not a number of degrees"),
        ("2026-03-02,web,A1,MUG,1,,,,,", "row", "10 fields where the header has 8"),
        ('2026-03-02,web,A1,"MUG"x,1,,,', "row", "',' expected after '\"'"),
    ],
)
def test_a_bad_row_is_named_with_its_line_field_reason_and_fix_and_the_good_ones_go_on(
    tmp_path: Path, row: str, field: str, reason: str
) -> None:
    events, bad = reading(tmp_path, f"{HEADER}{GOOD}{row}\n{GOOD.replace('A1', 'A2')}")
    assert [event.ref for event in events] == ["A1", "A2"]
    assert [(one.line, one.field) for one in bad] == [(3, field)]
    assert reason in bad[0].reason
    assert bad[0].fix
    assert str(bad[0]).startswith(f"line 3, {field}: ")


def test_a_quote_that_never_closes_is_reported_where_it_opens(tmp_path: Path) -> None:
    events, bad = reading(tmp_path, f'{HEADER}{GOOD}2026-03-02,web,A2,"MUG,1,,,\n{GOOD}')
    assert len(events) == 1
    assert (bad[0].line, bad[0].field) == (3, "row")


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    _, bad = reading(tmp_path, f'{HEADER}2026-03-02,web,A2,"M\nUG",1,,,\n\n2026-03-02,web,A3,MUG,0,,,\n')
    assert [(one.line, one.field) for one in bad] == [(2, "sku"), (5, "qty")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings_of_common_spreadsheets_are_understood(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    content = (HEADER + GOOD.replace("MUG", "CAFÉ")).replace(",", delimiter).replace("\n", "\r\n")
    events, bad = reading(tmp_path, content.encode(encoding))
    assert not bad
    assert events[0].lines == (Line("CAFÉ", 2),)


def test_a_decimal_comma_is_understood_where_the_delimiter_is_another(tmp_path: Path) -> None:
    events, _ = reading(tmp_path, "Order Ref;AT;Channel;SKU;Qty;lat;lng\nA1;2026-03-02;web;MUG;1;52,26;-1,16\n")
    assert events[0].place == LatLng(52.26, -1.16)


def test_times_without_an_offset_are_in_the_given_zone(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + GOOD.replace("Z", ""))
    (event,) = read_csv(path, timezone(timedelta(hours=5, minutes=30)))
    assert event.at == AT - timedelta(hours=5, minutes=30)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("at,channel,sku\n", "line 1: no column order_ref, qty"),
        ("at,channel,order_ref,sku,qty,qty\n", "line 1: column qty stands there twice"),
    ],
)
def test_a_file_without_its_columns_is_refused_as_a_whole(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(OrderFileError, match=said):
        reading(tmp_path, content)


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(OrderFileError, match=r"nowhere\.csv cannot be read"):
        list(read_csv(tmp_path / "nowhere.csv"))


def test_each_reading_starts_afresh_with_its_own_report(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + GOOD + GOOD.replace("2,", "0,"))
    file = read_csv(path)
    assert list(file) == list(file)
    assert (file.report.rows, file.report.orders, file.report.bad_rows_count) == (2, 1, 1)


def test_of_endless_bad_rows_the_first_thousand_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + GOOD.replace(",2,", ",0,") * 1500)
    file = read_csv(path)
    assert not list(file)
    assert (len(file.report.bad_rows), file.report.bad_rows_count) == (1000, 1500)


@given(st.binary(max_size=300))
def test_whatever_bytes_follow_the_header_nothing_but_reports_comes_of_it(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes
) -> None:
    events, bad = reading(tmp_path_factory.getbasetemp(), HEADER.encode() + GOOD.encode() + junk)
    assert len(events) + len(bad) >= 1
