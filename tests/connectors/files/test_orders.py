"""Order files: what a row means, what is not understood, how far files were read, and what becomes of them."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.files.channels import call, channel, files, put, workbook
from truestock.connectors.contract.answers import ChannelDown, Outcome
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.files.channel import FilesChannel
from truestock.connectors.files.folders.folder import Entry
from truestock.connectors.files.folders.ripe import Ripeness
from truestock.connectors.files.orders import intake
from truestock.connectors.files.orders.intake import Cursor, onward
from truestock.connectors.files.orders.reading import Read
from truestock.connectors.files.sheets.figures import NoFigure, amount, instant, units

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ALL = (
    "order=Order ID; line=Line; sku=Seller SKU; quantity=Qty; title=Product; price=Unit price; discount=Discount; "
    "tax=Tax; currency=Currency; shipping=Shipping; placed_at=Created; changed_at=Updated; state=Status; "
    "carrier=Carrier; tracking=Tracking; buyer_name=Recipient; postcode=Zip; country=Country"
)
HEADER = (
    "Order ID,Line,Seller SKU,Qty,Product,Unit price,Discount,Tax,Currency,Shipping,Created,Updated,Status,Carrier,"
    "Tracking,Recipient,Zip,Country,Something else\n"
)


def taking(root: Path, **given: Any) -> FilesChannel:
    return channel(root, **{"orders_name": "orders/*.csv", **given})


def read(found: FilesChannel, text: bytes | str, root: Path, name: str = "o.csv") -> Orders:
    put(root / "orders" / name, text, AT)
    return call(found.open_orders(""))


def pages(found: FilesChannel, cursor: str) -> tuple[list[SeenOrder], dict[str, str], str]:
    """All that there is, as the hub asks for it."""
    orders: list[SeenOrder] = []
    unread: dict[str, str] = {}
    while True:
        page = call(found.orders_since(cursor))
        orders += page.orders
        unread |= page.unread
        cursor = page.cursor
        if not page.more:
            return orders, unread, cursor


def test_a_row_is_a_line_and_what_it_says_of_the_order_is_the_orders(tmp_path: Path) -> None:
    found = taking(
        tmp_path,
        order_columns=ALL,
        order_states="open=To ship, Paid; pending=Unpaid",
        time_zone="Asia/Kolkata",
        time_format="%d/%m/%Y %H:%M",
    )
    text = HEADER + (
        '7001,1,001234,2,"Tea, green",1 250.50,100,5%,INR,₹ 40.00,22/11/2026 14:30,2026-11-22T09:14:03Z,To Ship,,,'
        "Asha,411001,IN,x\n"
        "7002,1,B,1,,,,,,,,,Unpaid,,,,,,\n"
        "7001,2,C,1,,10,,,,,,,paid,,,,,,\n"
    )
    page = read(found, text.replace("5%", "5.00"), tmp_path)
    assert page.unread == {}
    first, second = page.orders
    assert first.lines == [
        SeenLine("1", "001234", 2, Decimal("1250.5"), Decimal(100), Decimal(5), "Tea, green"),
        SeenLine("2", "C", 1, Decimal(10)),
    ]
    assert (first.placed_at, first.changed_at) == (AT, datetime(2026, 11, 22, 9, 14, 3, tzinfo=UTC))
    assert (first.currency, first.shipping, first.state) == ("INR", Decimal(40), "open")
    assert (first.buyer.name, first.buyer.postcode, first.buyer.country) == ("Asha", "411001", "IN")
    assert (second.state, second.changed_at, second.placed_at) == ("pending", AT, AT)


@pytest.mark.parametrize(
    ("states", "state", "quantities", "parcels"),
    [
        (["", ""], "open", [2, 2], {}),
        (["cancelled", "cancelled"], "cancelled", [0, 0], {}),
        (["open", "cancelled"], "open", [2, 0], {}),
        (["open", "pending"], "pending", [2, 2], {}),
        (["shipped", "open"], "open", [2, 2], {"row T1": {"A": 2}}),
        (["shipped", "shipped"], "closed", [2, 2], {"row T1": {"A": 2}, "row T2": {"B": 2}}),
        (["shipped", "cancelled"], "closed", [2, 0], {"row T1": {"A": 2}}),
        (["closed", "closed"], "closed", [2, 2], {}),
    ],
)
def test_the_state_of_an_order_is_that_of_its_rows(
    tmp_path: Path, states: list[str], state: str, quantities: list[int], parcels: dict[str, dict[str, int]]
) -> None:
    found = taking(tmp_path, order_columns="order; sku; quantity; state; tracking")
    rows = [f"1,{sku},2,{word},T{n}" for n, (sku, word) in enumerate(zip("AB", states, strict=True), 1)]
    (order,) = read(found, "\n".join(["order,sku,quantity,state,tracking", *rows]), tmp_path).orders
    assert (order.state, [line.qty for line in order.lines]) == (state, quantities)
    assert {parcel.id: parcel.lines for parcel in order.parcels} == parcels


def test_what_is_wrong_is_told_by_line_and_stops_no_other_order(tmp_path: Path) -> None:
    found = taking(tmp_path, order_columns="order; line; sku; quantity; price; state; placed_at")
    text = (
        "order,line,sku,quantity,price,state,placed_at\n"
        "good,1,A,1,,,\n"
        "half,1,A,1,,,\n"
        "half,2,B,two,,,\n"
        ",1,A,1,,,\n"
        "empty,1,A,,,,\n"
        "price,1,A,1,cheap,,\n"
        "state,1,A,1,,Lost,\n"
        "time,1,A,1,,,yesterday\n"
        "twice,1,A,1,,,\n"
        "twice,1,A,1,,,\n"
        "minus,1,A,-1,,,\n"
    )
    page = read(found, text, tmp_path)
    assert [order.id for order in page.orders] == ["good"]
    assert page.unread == {
        "half": "o.csv line 4: quantity: 'two' is not a whole number; write it such as 12",
        "o.csv line 5": "o.csv line 5: order: the row names no order; fill it in",
        "empty": "o.csv line 6: quantity: is empty; write a whole number such as 12",
        "price": "o.csv line 7: price: 'cheap' is no amount; write it such as 12.50, or set `decimal`",
        "state": "o.csv line 8: state: 'Lost' is not known; say in order_states what it means",
        "time": "o.csv line 9: placed_at: 'yesterday' is no time; write it as 2026-11-22T09:14:03Z, or set time_format",
        "twice": "o.csv line 10: line: two rows have the line '1'; give each its own",
        "minus": "o.csv line 12: quantity: -1 is not from 0 to 1,000,000,000",
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("order,sku\n1,A\n", r"line 1: column 'quantity' \(quantity\) is missing; the header has order, sku"),
        ("order,sku,quantity,Quantity,SKU\n1,A,1,1,B\n", ""),
        ("", "line 1: the file is empty"),
        ("order,sku,quantity\n1,A,1,2\n", "line 2: line 2 has more cells than the header"),
        (b"\xd0\xcf\x11\xe0old", "old workbook"),
        (b"PK\x03\x04 no workbook", "the workbook cannot be read"),
    ],
)
def test_a_file_that_is_no_table_stops_no_other_file(tmp_path: Path, content: bytes | str, says: str) -> None:
    found = taking(tmp_path, order_columns="order; sku; quantity")
    put(tmp_path / "orders/bad.csv", content, AT)
    put(tmp_path / "orders/good.csv", "order,sku,quantity\n2,B,1\n", AT + timedelta(seconds=1))
    orders, unread, _ = pages(found, found.cursor_at(AT))
    assert "2" in [order.id for order in orders]
    assert list(unread) == ["bad.csv"] * bool(says)
    assert re.search(says, unread.get("bad.csv", ""))


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    found = taking(tmp_path, order_columns="order; sku; quantity", file_max_mb=1)
    put(tmp_path / "orders/huge.csv", b"x" * (2**20 + 1), AT)
    put(tmp_path / "orders/ok.csv", "order,sku,quantity\n2,B,1\n", AT)
    orders, unread, _ = pages(found, found.cursor_at(AT))
    assert [order.id for order in orders] == ["2"]
    assert unread == {"huge.csv": "huge.csv line 1: the file has over 1 MB; split it"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_found_out(tmp_path: Path, encoding: str, delimiter: str) -> None:
    found = taking(tmp_path, order_columns="order; sku; quantity; city=Ort")
    text = "order,sku,quantity,Ort\r\n1,Größe-5,2,Düsseldorf überall\r\n".replace(",", delimiter)
    (order,) = read(found, text.encode(encoding), tmp_path).orders
    assert (order.lines[0].sku, order.buyer.city) == ("Größe-5", "Düsseldorf überall")


def test_a_workbooks_numbers_and_dates_are_read_as_they_are_meant(tmp_path: Path) -> None:
    found = taking(tmp_path, orders_name="orders/*.xlsx", order_columns=f"{ALL}")
    header: list[object] = list(HEADER.strip().split(","))
    created = datetime(2026, 11, 22, 14, 30)  # noqa: DTZ001  a workbook's times have no zone
    row: list[object] = [
        7001, "1", "001234", 2, "=1+1", 12.5, 0, 0.1, "eur", 4, created, created, "", "", "", "Ana", "01234", "ES", "",
    ]  # fmt: skip
    put(tmp_path / "orders/o.xlsx", workbook([header, row]), AT)
    page = call(found.open_orders(""))
    (order,) = page.orders
    assert (order.id, order.currency, order.buyer.postcode) == ("7001", "EUR", "01234")
    assert order.lines == [SeenLine("1", "001234", 2, Decimal("12.5"), Decimal(0), Decimal("0.1"), "=1+1")]
    assert order.placed_at == datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def test_lines_without_an_id_are_told_apart_by_their_sku(tmp_path: Path) -> None:
    found = taking(tmp_path, order_columns="order; sku; quantity")
    page = read(found, "order,sku,quantity\n1,A,1\n1,B,1\n1,A,3\n", tmp_path)
    assert [(line.id, line.qty) for line in page.orders[0].lines] == [("A", 1), ("B", 1), ("A#2", 3)]


def test_rows_that_explain_the_header_are_no_orders(tmp_path: Path) -> None:
    found = taking(tmp_path, order_columns="order; sku; quantity", explained_rows=1)
    page = read(found, "order,sku,quantity\nThe order's id,Your SKU,Units sold\n1,A,1\n", tmp_path)
    assert ([order.id for order in page.orders], page.unread) == (["1"], {})


class TestHowFarFilesAreRead:
    """Each file once, whatever order they come in, and again if it was written anew."""

    GIVEN: ClassVar = {"order_columns": "order; sku; quantity"}

    def drop(self, root: Path, name: str, *ids: str, at: datetime = AT) -> None:
        put(root / "orders" / name, "order,sku,quantity\n" + "".join(f"{one},A,1\n" for one in ids), at)

    def ids(self, found: FilesChannel, cursor: str) -> tuple[list[str], str]:
        orders, _, cursor = pages(found, cursor)
        return [order.id for order in orders], cursor

    def test_files_that_are_left_are_read_once(self, tmp_path: Path) -> None:
        found = taking(tmp_path, **self.GIVEN)
        self.drop(tmp_path, "long-ago.csv", "0", at=AT - timedelta(days=2))
        self.drop(tmp_path, "b.csv", "2")
        self.drop(tmp_path, "a.csv", "1")
        seen, cursor = self.ids(found, found.cursor_at(AT - timedelta(minutes=10)))
        assert seen == ["1", "2"]
        assert self.ids(found, cursor)[0] == []
        # One of the same second, one that comes to light late, and one that was written anew.
        self.drop(tmp_path, "c.csv", "3")
        self.drop(tmp_path, "late.csv", "4", at=AT - timedelta(minutes=5))
        self.drop(tmp_path, "a.csv", "1", "5", at=AT + timedelta(hours=3))
        seen, cursor = self.ids(taking(tmp_path, **self.GIVEN), cursor)
        assert seen == ["4", "3", "1", "5"]
        assert self.ids(found, cursor)[0] == []
        assert len(files(tmp_path / "orders")) == 5

    def test_all_that_lies_there_is_read_first(self, tmp_path: Path) -> None:
        found = taking(tmp_path, **self.GIVEN)
        self.drop(tmp_path, "old.csv", "0", at=AT - timedelta(days=200))
        self.drop(tmp_path, "new.csv", "1")
        page = call(found.open_orders(""))
        assert ([order.id for order in page.orders], page.more) == (["0"], True)
        page = call(found.open_orders(page.cursor))
        assert ([order.id for order in page.orders], page.more) == (["1"], False)

    def test_files_are_moved_once_their_orders_are_kept(self, tmp_path: Path) -> None:
        found = taking(tmp_path, **self.GIVEN, after_reading="move")
        self.drop(tmp_path, "a.csv", "1")
        self.drop(tmp_path, "old.csv", "0", at=AT - timedelta(days=200))
        put(tmp_path / "orders/bad.csv", "order,sku,quantity\n9,A,x\n", AT)
        page = call(found.orders_since(found.cursor_at(AT)))
        assert [order.id for order in page.orders] == ["0"]
        # A hub that was killed here has not kept the cursor, and reads the same again.
        assert len(files(tmp_path / "orders")) == 3
        seen, cursor = self.ids(taking(tmp_path, **self.GIVEN, after_reading="move"), found.cursor_at(AT))
        assert seen == ["0", "1"]
        assert self.ids(found, cursor)[0] == []
        assert files(tmp_path / "orders") == []
        assert [path.name for path in files(tmp_path / "done")] == ["a.csv", "old.csv"]
        assert [path.name for path in files(tmp_path / "failed")] == ["bad.csv"]
        self.drop(tmp_path, "a.csv", "6", at=AT - timedelta(days=9))
        assert self.ids(found, cursor)[0] == ["6"]

    def test_what_cannot_be_moved_is_told_and_read_once_all_the_same(self, tmp_path: Path) -> None:
        found = taking(tmp_path, **self.GIVEN, after_reading="move")
        (tmp_path / "done").write_text("no folder")
        self.drop(tmp_path, "a.csv", "1")
        seen, cursor = self.ids(found, found.cursor_at(AT))
        _, unread, cursor = pages(found, cursor)
        assert (seen, list(unread)) == (["1"], ["a.csv"])
        assert unread["a.csv"].startswith("a.csv was read, and cannot be moved: ")
        (tmp_path / "done").unlink()
        assert self.ids(found, cursor)[0] == []
        assert files(tmp_path / "orders") == []

    def test_a_large_file_comes_in_pages_and_is_read_once(self, tmp_path: Path) -> None:
        found = taking(tmp_path, **self.GIVEN)
        self.drop(tmp_path, "a.csv", *map(str, range(10_000)))
        began = time.process_time()
        seen, cursor = self.ids(found, found.cursor_at(AT))
        assert time.process_time() - began < 5
        assert seen == [str(n) for n in range(10_000)]
        assert self.ids(found, cursor)[0] == []

    def test_a_stop_inside_a_file_loses_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(intake, "PAGE", 2)
        seen, cursor, more = [], taking(tmp_path, **self.GIVEN).cursor_at(AT), True
        self.drop(tmp_path, "a.csv", *"12345")
        while more:
            page = call(taking(tmp_path, **self.GIVEN).orders_since(cursor))
            seen += [order.id for order in page.orders]
            cursor, more = page.cursor, page.more
        assert seen == list("12345")

    def test_a_file_that_grows_between_its_pages_is_read_anew(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(intake, "PAGE", 2)
        found = taking(tmp_path, **self.GIVEN)
        self.drop(tmp_path, "a.csv", *"123")
        page = call(found.orders_since(found.cursor_at(AT)))
        self.drop(tmp_path, "a.csv", *"1234", at=AT + timedelta(seconds=1))
        assert self.ids(found, page.cursor)[0] == list("1234")

    def test_orders_are_found_in_the_newest_files(self, tmp_path: Path) -> None:
        found = taking(tmp_path, **self.GIVEN, after_reading="move")
        self.drop(tmp_path, "a.csv", "1", "2", at=AT - timedelta(hours=1))
        _, cursor = self.ids(found, found.cursor_at(AT))
        self.ids(found, cursor)
        self.drop(tmp_path, "b.csv", "1")
        page = call(found.orders(["2", "1", "3"]))
        assert [(order.id, order.changed_at) for order in page.orders] == [("2", AT - timedelta(hours=1)), ("1", AT)]

    def test_a_foreign_cursor_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ChannelDown, match="none of this connector's"):
            call(taking(tmp_path, **self.GIVEN).orders_since("since=2026"))


class TestWholeFilesOnly:
    """What is still being written is not read."""

    GIVEN: ClassVar = {"order_columns": "order; sku; quantity"}
    TEXT = "order,sku,quantity\n1,A,1\n"

    def test_unfinished_names(self, tmp_path: Path) -> None:
        found = taking(tmp_path, orders_name="orders/*", **self.GIVEN)
        for name in ("a.csv.part", ".a.csv", "a.csv.filepart", "a.csv~"):
            put(tmp_path / "orders" / name, self.TEXT)
        assert call(found.open_orders("")).orders == []
        (tmp_path / "orders/a.csv.part").rename(tmp_path / "orders/a.csv")
        assert len(call(found.open_orders("")).orders) == 1

    def test_a_marker(self, tmp_path: Path) -> None:
        found = taking(tmp_path, complete="marker", **self.GIVEN)
        put(tmp_path / "orders/a.csv", self.TEXT)
        assert call(found.open_orders("")).orders == []
        put(tmp_path / "orders/a.csv.done", "")
        assert len(call(found.open_orders("")).orders) == 1

    def test_no_change_for_a_while(self) -> None:
        clock: Iterator[float] = iter([0.0, 29.0, 29.0, 58.0, 60.0])
        ripeness = Ripeness("stable", 30.0, "", lambda: next(clock))
        entry, grown = Entry("a.csv", 5, AT), Entry("a.csv", 9, AT)
        looks = [bool(ripeness.ripe([one], bool)) for one in (entry, entry, grown, grown, grown)]
        assert looks == [False, False, False, False, True]


def test_parcels_and_cancellations_are_files_with_the_same_name_for_every_try(tmp_path: Path) -> None:
    found = taking(
        tmp_path,
        parcel_name="told/{order}_{id}.csv",
        parcel_columns="order; line; quantity; carrier; tracking; shipped_at; parcel",
        cancel_name="told/cancel_{id}.csv",
        cancel_columns="order; line; quantity; whole; reason; cancellation",
    )
    parcel = Parcel("ts-81", {"b": 1, "a": 2}, datetime(2026, 11, 22, 10, tzinfo=UTC), carrier="UPS", tracking="1Z")
    for _ in range(2):
        assert call(found.ship("7/001", parcel)) == Outcome("applied")
        assert call(found.cancel("7/001", Cancelling("ts-82", {"a": 1}, False, "=damaged"))) == Outcome("applied")
    assert {path.name: path.read_text() for path in files(tmp_path / "told")} == {
        "7_001_ts-81.csv": "order,line,quantity,carrier,tracking,shipped_at,parcel\n"
        "7/001,a,2,UPS,1Z,2026-11-22T10:00:00Z,ts-81\n7/001,b,1,UPS,1Z,2026-11-22T10:00:00Z,ts-81\n",
        "cancel_ts-82.csv": "order,line,quantity,whole,reason,cancellation\n7/001,a,1,no,'=damaged,ts-82\n",
    }


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("12.50", "point", "12.5"), ("$1,234.50", "point", "1234.5"), ("1,00,000.25 INR", "point", "100000.25"),
        ("-3", "point", "-3"), ("1.234,50 €", "comma", "1234.5"), ("12,5", "comma", "12.5"), ("0", "comma", "0"),
        ("1 250.00", "point", "1250"), (".5", "point", "0.5"),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(cell: str, decimal: Any, value: str) -> None:
    assert amount(cell, decimal) == Decimal(value)


@pytest.mark.parametrize(("cell", "decimal"), [("12,50", "point"), ("1.5.2", "point"), ("x", "point"), ("1e9", "point"),
                                               ("12.50", "comma"), ("9" * 15, "point"), ("nan", "point")])  # fmt: skip
def test_what_is_no_amount_is_refused_rather_than_guessed(cell: str, decimal: Any) -> None:
    with pytest.raises(NoFigure):
        amount(cell, decimal)


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("12", "point", 12), ("12.0", "point", 12), ("1234.000", "point", 1_234), ("0.000", "point", 0),
        ("1.000", "comma", 1_000), ("1.234.000", "comma", 1_234_000), ("12,00", "comma", 12), ("7", "comma", 7),
    ],
)  # fmt: skip
def test_units_as_people_write_them(cell: str, decimal: Any, value: int) -> None:
    assert units(cell, decimal=decimal) == value


@pytest.mark.parametrize(
    ("cell", "decimal", "says"),
    [
        ("1.000", "point", "1.000 is 1 to some and 1,000 to others"), ("-12.000", "point", "-12 to some"),
        ("1,000", "point", "whole"), ("1.5", "point", "whole"), ("1.5", "comma", "whole"), ("12,50", "comma", "whole"),
    ],
)  # fmt: skip
def test_units_that_may_be_a_thousand_are_refused_rather_than_guessed(cell: str, decimal: Any, says: str) -> None:
    with pytest.raises(NoFigure, match=re.escape(says)):
        units(cell, least=-(10**6), decimal=decimal)


@given(st.text() | st.text("0123456789.,+-e "))
def test_cells_are_understood_or_refused(text: str) -> None:
    for read_cell in (
        units,
        lambda cell: units(cell, decimal="comma"),
        lambda cell: amount(cell, "point"),
        lambda cell: instant(cell, UTC, "%d.%m.%Y"),
    ):
        with suppress(NoFigure):
            read_cell(text)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 7_200)), max_size=30))
def test_a_cursor_names_each_file_that_may_come_again(read_files: list[tuple[str, int]]) -> None:
    cursor = Cursor()
    for name, second in sorted(read_files, key=lambda one: one[1]):
        entry = Entry(name, 1, AT + timedelta(seconds=second))
        cursor = onward(cursor, entry, Read([], {}))
        assert any(seen.is_of(entry) for seen in cursor.seen)
        assert all(seen.changed_at >= entry.changed_at - intake.LATE for seen in cursor.seen)
