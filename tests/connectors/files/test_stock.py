"""Stock files: what stands in them, what became of them, and what reports of the other side are worth."""

import io
import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.files.channels import call, cells, channel, files, line, put
from truestock.connectors.contract.abilities import PushesStock, ReadsBack, ReadsOrders, Settles, TellsParcels
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Spot, Throttle
from truestock.connectors.files.sheets.reading import open_sheet
from truestock.connectors.files.sheets.writing import Style, written
from truestock.connectors.files.stock.memory import Memory
from truestock.connectors.files.stock.report import Reports
from truestock.connectors.files.stock.rows import Names

APPLIED = Outcome("applied")


def stock(root: Path) -> list[bytes]:
    return [path.read_bytes() for path in files(root / "stock")]


def test_a_push_is_one_file_of_the_rows_that_changed(tmp_path: Path) -> None:
    found = channel(tmp_path, file_every_s=45)
    pushed = call(found.push([line("TEA-1", 12), line("001234", 0)]))
    call(found.push([line("TEA-1", 11)]))
    assert pushed.outcomes == {Spot("TEA-1"): APPLIED, Spot("001234"): APPLIED}
    assert pushed.throttle == Throttle(retry_after_s=45)
    assert stock(tmp_path) == [b"sku,quantity\r\nTEA-1,12\r\n001234,0\r\n", b"sku,quantity\r\nTEA-1,11\r\n"]
    assert [path.suffix for path in files(tmp_path / "stock")] == [".csv", ".csv"]


def test_columns_places_and_the_form_of_csv_are_as_the_other_side_wants_them(tmp_path: Path) -> None:
    found = channel(
        tmp_path,
        stock_columns="place=Lager; sku=Artikel; quantity=Menge; rev; key; was",
        stock_name="stock/bestand_{time}.txt",
        delimiter="semicolon",
        encoding="cp1252",
        line_end="lf",
    )
    assert found.traits.by_place
    pushed = call(found.push([line("Größe-L", 3, 7, was=5, place="Köln"), line("茶", 1, place="Köln")]))
    assert stock(tmp_path) == ["Lager;Artikel;Menge;rev;key;was\nKöln;Größe-L;3;7;ts-Größe-L-7;5\n".encode("cp1252")]
    refused = pushed.outcomes[Spot("茶", "Köln")]
    assert (refused.kind, refused.reason) == ("rejected", "'茶' cannot be written in cp1252")


def test_a_workbook_keeps_texts_as_texts(tmp_path: Path) -> None:
    found = channel(tmp_path, stock_name="stock/s_{time}_{number}.xlsx")
    call(found.push([line("001234", 5), line("=1+1", 2), line("-A", 1), line("http://x.example", 0)]))
    (content,) = stock(tmp_path)
    assert cells(content) == [["sku", "quantity"], ["001234", 5], ["=1+1", 2], ["-A", 1], ["http://x.example", 0]]


def test_no_text_in_csv_runs_as_a_formula_unless_it_is_asked_for(tmp_path: Path) -> None:
    call(channel(tmp_path).push([line("=cmd|' /C calc'!A0", 1)]))
    call(channel(tmp_path, stock_name="stock/t{time}.csv", guard_formulas=False, header=False).push([line("-A", 1)]))
    assert stock(tmp_path) == [b"sku,quantity\r\n'=cmd|' /C calc'!A0,1\r\n", b"-A,1\r\n"]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1).map(str.strip)))
def test_what_is_written_is_read_as_it_was(texts: list[str]) -> None:
    texts = [text for text in texts if text and not text.startswith("'")]
    for name in ("a.csv", "a.xlsx") if len(texts) < 4 else ("a.csv",):
        content = written(name, ["sku"], [[text] for text in texts], Style())
        found = [row[0] for _, row in open_sheet(io.BytesIO(content)).rows]
        assert found == texts


def test_a_whole_file_has_every_row_ever_sent_even_if_the_last_one_was_taken_away(tmp_path: Path) -> None:
    whole = {"stock_mode": "whole", "stock_name": "stock/stock.csv"}
    call(channel(tmp_path, **whole).push([line("A", 1), line("B", 2)]))
    (tmp_path / "stock/stock.csv").unlink()
    call(channel(tmp_path, **whole).push([line("B", 3), line("C", 4)]))
    assert stock(tmp_path) == [b"sku,quantity\r\nA,1\r\nB,3\r\nC,4\r\n"]
    (tmp_path / "truestock.kept").write_text("rubbish")
    with pytest.raises(ChannelDown, match="delete it, and reset the channel"):
        call(channel(tmp_path, **whole).push([line("B", 3)]))


def test_ten_thousand_rows_take_no_time(tmp_path: Path) -> None:
    began = time.process_time()
    for name in ("stock/a{time}.csv", "stock/a{time}.xlsx"):
        call(channel(tmp_path, stock_name=name).push([line(f"SKU-{n}", n) for n in range(10_000)]))
    assert time.process_time() - began < 5
    assert len(stock(tmp_path)[0].splitlines()) == 10_001


def test_names_rise_even_when_the_clock_goes_back() -> None:
    names, now = Names(), datetime(2026, 11, 22, 10, tzinfo=UTC)
    found = ["{time}_{number}".format(**names.next(at)) for at in (now, now, now - timedelta(hours=1))]
    assert found == sorted(set(found))


class TestAcknowledged:
    """Rows are in force once the other side says so."""

    GIVEN: ClassVar = {"ack_name": "acks/{stem}.ack.csv", "ack_good": "OK, done"}

    def pushed(self, root: Path, **given: Any) -> tuple[Any, dict[Spot, str], Path]:
        found = channel(root, **{**self.GIVEN, **given})
        pushed = call(found.push([line(sku, 1) for sku in "ABC"]))
        assert {outcome.kind for outcome in pushed.outcomes.values()} == {"accepted"}
        (file,) = files(root / "stock")
        tickets = {spot: outcome.ticket for spot, outcome in pushed.outcomes.items()}
        return found, tickets, root / f"acks/{file.stem}.ack.csv"

    def test_each_row_as_it_is_named(self, tmp_path: Path) -> None:
        found, tickets, ack = self.pushed(tmp_path)
        assert found.traits.applied == "later"
        assert call(found.settle(tickets)) == {}
        put(ack, "sku;status;reason\nA;ok;\nB;Error;no such\tarticle\n")
        assert call(found.settle(tickets)) == {
            Spot("A"): APPLIED,
            Spot("B"): Outcome("rejected", "Error no such article"),
            Spot("C"): Outcome("later", "the acknowledgement does not name it"),
        }

    def test_where_only_refused_rows_are_named_all_others_are_in_force(self, tmp_path: Path) -> None:
        found, tickets, ack = self.pushed(tmp_path, ack_lists="refused", ack_columns="sku; reason=why")
        put(ack, "sku,why\nB,\n")
        assert call(found.settle(tickets)) == {
            Spot("A"): APPLIED,
            Spot("B"): Outcome("rejected", "the channel gave no reason"),
            Spot("C"): APPLIED,
        }

    def test_an_answer_that_is_not_whole_yet_is_not_read(self, tmp_path: Path) -> None:
        found, tickets, ack = self.pushed(tmp_path, complete="marker", marker="{name}.ready")
        put(ack, "sku,status,reason\nA,ok,\n")
        assert call(found.settle(tickets)) == {}
        put(ack.with_name(ack.name + ".ready"), "")
        assert call(found.settle(tickets))[Spot("A")] == APPLIED

    def test_without_an_answer_it_is_sent_again_in_the_end(self, tmp_path: Path) -> None:
        found, tickets, ack = self.pushed(tmp_path, ack_within_s=60)
        old = {spot: f"1000/{ticket.partition('/')[2]}" for spot, ticket in tickets.items()}
        outcome = call(found.settle(old))[Spot("A")]
        assert (outcome.kind, outcome.reason) == ("later", f"no acks/{ack.name} came within 60 s of the stock file")

    def test_an_answer_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        found, tickets, ack = self.pushed(tmp_path)
        put(ack, "article\nA\n")
        with pytest.raises(ChannelDown, match=r"column 'sku' \(sku\) is missing; the header has article"):
            call(found.settle(tickets))


class TestReports:
    """The other side drops reports of what it shows, some time after it has taken a file."""

    GIVEN: ClassVar = {"report_name": "reports/r_*.csv", "report_lag_s": 60}

    def setup_method(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def test_the_newest_one_counts(self, tmp_path: Path) -> None:
        found = channel(tmp_path, **self.GIVEN)
        with pytest.raises(ChannelDown, match=r"no whole report reports/r_\*\.csv yet"):
            call(found.read_back([Spot("A")]))
        put(tmp_path / "reports/r_2.csv", "sku,quantity\nA,2\n001,7\n", self.now - timedelta(hours=2))
        put(tmp_path / "reports/r_1.csv", "sku,quantity\nA,1\n", self.now - timedelta(hours=1))
        put(tmp_path / "reports/other.csv", "rubbish", self.now)
        assert call(found.read_back([Spot("A"), Spot("B")])).numbers == {Spot("A"): 1}
        by_name = channel(tmp_path, **self.GIVEN, report_newest="name")
        assert call(by_name.read_back([Spot("A"), Spot("001")])).numbers == {Spot("A"): 2, Spot("001"): 7}

    def test_what_was_sent_after_it_was_taken_is_not_looked_up_in_it(self, tmp_path: Path) -> None:
        found = channel(tmp_path, **self.GIVEN)
        call(found.push([line("A", 9)]))
        put(tmp_path / "reports/r_1.csv", "sku,quantity\nA,1\nB,4\n", self.now)
        assert call(found.read_back([Spot("A"), Spot("B")])).numbers == {Spot("A"): 9, Spot("B"): 4}
        put(tmp_path / "reports/r_2.csv", "sku,quantity\nA,8\n", self.now + timedelta(minutes=3))
        assert call(found.read_back([Spot("A")])).numbers == {Spot("A"): 8}

    @pytest.mark.parametrize("text", ["sku,quantity\nA,x\n", "sku,quantity\nA,1\nA,2\n", "sku\nA\n"])
    def test_one_that_cannot_be_used_is_told(self, tmp_path: Path, text: str) -> None:
        found = channel(tmp_path, **self.GIVEN)
        put(tmp_path / "reports/r_1.csv", text)
        with pytest.raises(ChannelDown, match=r"r_1\.csv cannot be"):
            call(found.read_back([Spot("A")]))

    def test_by_place(self, tmp_path: Path) -> None:
        columns = {"stock_columns": "sku; place; quantity", "report_columns": "sku; place; quantity"}
        found = channel(tmp_path, **self.GIVEN, **columns)
        put(tmp_path / "reports/r_1.csv", "sku,place,quantity\nA,p1,1\nA,p2,2\n", self.now)
        spots = [Spot("A", "p1"), Spot("A", "p2"), Spot("A", "p3")]
        assert call(found.read_back(spots)).numbers == {Spot("A", "p1"): 1, Spot("A", "p2"): 2}

    def test_differences_are_to_what_it_shows_and_wait_until_that_is_known(self, tmp_path: Path) -> None:
        found = channel(tmp_path, **self.GIVEN, stock_columns="sku; adjustment=change")
        assert found.traits.wire == "difference"
        pushed = call(found.push([line("A", 9, was=12), line("B", 1)]))
        assert stock(tmp_path) == [b"sku,change\r\nA,-3\r\n"]
        assert (pushed.outcomes[Spot("A")], pushed.outcomes[Spot("B")].kind) == (APPLIED, "stale")
        put(tmp_path / "reports/r_1.csv", "sku,quantity\nA,12\nB,4\n", self.now)
        with pytest.raises(ChannelDown, match="may be older than what was sent last: waiting"):
            call(found.read_back([Spot("B")]))
        put(tmp_path / "reports/r_2.csv", "sku,quantity\nA,9\nB,4\n", self.now + timedelta(minutes=3))
        assert call(found.read_back([Spot("A"), Spot("B")])).numbers == {Spot("A"): 9, Spot("B"): 4}

    def test_a_difference_in_doubt_waits_for_a_report_that_is_newer(self, tmp_path: Path) -> None:
        found = channel(tmp_path, **self.GIVEN, stock_columns="sku; adjustment")
        reports: Reports = found.read_back.__self__  # type: ignore[attr-defined]  # whose ability it is
        memory: Memory = reports._memory
        memory.began = self.now - timedelta(hours=2)
        put(tmp_path / "reports/r_1.csv", "sku,quantity\nA,12\n", self.now)
        assert call(found.read_back([Spot("A")])).numbers == {Spot("A"): 12}
        memory.doubt([Spot("A")], self.now, "stock/x.csv")
        with pytest.raises(ChannelDown, match="waiting for the next report"):
            call(found.read_back([Spot("A")]))
        put(tmp_path / "reports/r_2.csv", "sku,quantity\nA,12\n", self.now + timedelta(minutes=3))
        assert call(found.read_back([Spot("A")])).numbers == {Spot("A"): 12}


def test_a_channel_has_the_abilities_that_its_settings_speak_of(tmp_path: Path) -> None:
    def abilities(**given: Any) -> list[bool]:
        found = channel(tmp_path, **given)
        return [isinstance(found, one) for one in (PushesStock, Settles, ReadsBack, ReadsOrders, TellsParcels)]

    assert abilities() == [True, False, False, False, False]
    assert abilities(ack_name="acks/{name}") == [True, True, False, False, False]
    assert abilities(report_name="reports/*") == [True, False, True, False, False]
    told = {"orders_name": "orders/*.csv", "parcel_name": "told/{id}.csv"}
    assert abilities(stock_name="", **told) == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"folder": "relative"}, "folder: give the absolute path"),
        ({"stock_name": "../{time}.csv"}, "stock_name: .* is no path below the root"),
        ({"stock_name": "/stock/{time}.csv"}, "stock_name: .* is no path"),
        ({"stock_name": "stock/all.csv"}, r"stock_name: the name needs \{time\}"),
        ({"stock_name": "stock/{date}.csv"}, r"stock_name: only \{time\}, \{number\} may stand"),
        ({"stock_columns": "quantity"}, "stock_columns: 'sku' is missing; write it as sku=Header"),
        ({"stock_columns": "sku"}, "stock_columns: give quantity, or adjustment"),
        ({"stock_columns": "sku; qty"}, "stock_columns: 'qty' is no field; there are sku, quantity"),
        ({"stock_columns": "sku=A; quantity=A"}, "two fields have the header 'A'"),
        ({"stock_columns": "sku; adjustment"}, "stock_columns: adjustment takes the place of quantity, and needs"),
        ({"stock_columns": "sku; quantity; place", "report_name": "r/*"}, "report_columns: give place here and in"),
        ({"ack_name": "acks/{name}", "ack_columns": "sku; reason"}, "ack_columns: give status, or set ack_lists"),
        ({"encoding": "klingon"}, "encoding: there is no encoding 'klingon'"),
        ({"stock_name": ""}, "stock_name: give this or orders_name"),
        ({"parcel_name": "told/{id}.csv"}, "orders_name: parcels and cancellations are told of orders"),
        ({"orders_name": "o/*", "parcel_name": "told/p.csv"}, r"parcel_name: the name needs \{id\}"),
        ({"orders_name": "*/o.csv"}, r"orders_name: \* and \? may stand in the name alone"),
        ({"orders_name": "o/*", "order_states": "open=New"}, "order_columns: order_states is given"),
        ({"orders_name": "o/*", "order_states": "gone=Away"}, "order_states: 'gone' is none of pending"),
        ({"orders_name": "o/*", "time_zone": "Mars/Base"}, "time_zone: there is no zone 'Mars/Base'"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_by_name(tmp_path: Path, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        channel(tmp_path, **given)


def test_a_check_says_what_it_sees_and_what_is_missing(tmp_path: Path) -> None:
    found = channel(tmp_path, report_name="reports/*.csv", orders_name="orders/*.csv")
    put(tmp_path / "reports/r.csv", "sku,quantity\n", datetime(2026, 11, 22, 9, 14, tzinfo=UTC))
    put(tmp_path / "orders/o.csv", "")
    seen = f"folder {tmp_path}; newest report: reports/r.csv of 2026-11-22 09:14 UTC; 1 whole order files"
    assert call(found.check()) == seen.replace("reports/r.csv", "r.csv")
    (tmp_path / "stock").rmdir()
    with pytest.raises(ChannelDown, match=r"there is no folder .*stock: make it"):
        call(found.check())


def test_a_file_of_unknown_fate_raises_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(5, "Input/output error")

    found = channel(tmp_path)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(InDoubt, match="was written, and may be lost"):
        call(found.push([line("A", 1)]))
