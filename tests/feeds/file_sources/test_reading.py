"""A supplier's files in a folder: each is read once, whole or not at all, and its stock is counted at the supplier."""

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.clocks import PATIENCE_S
from tests.factories import ago
from tests.feeds.file_sources.conftest import SEAL, Supplier
from truestock.catalog.listings import read_listings
from truestock.catalog.listings.column_mappings import ColumnMappingDraft, put_column_mappings
from truestock.core.problems import Conflict, NotFound
from truestock.core.words import Kind
from truestock.feeds.file_sources.reading import SourceReader, Unreached
from truestock.feeds.file_sources.sources import pause
from truestock.ledger.values import Adjust
from truestock.store.jobs.kinds import Interrupted


def test_a_file_makes_items_listings_and_stock_at_the_supplier(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", "MUG,Mug,7,0")
    (report,) = supplier.read()
    assert (report.file, report.created, report.items_created, report.refused, report.fault) == ("a.csv", 2, 2, 0, "")
    assert report.stock is not None
    assert (report.stock.column, report.stock.figures, report.stock.changed) == ("qty", 2, 1)
    assert report.not_taken == []
    assert (supplier.lies("TEA"), supplier.lies("MUG")) == (12, 0)
    assert ("web", "TEA") in read_listings(supplier.db, [("web", "TEA")])
    assert supplier.now.trouble == ""
    assert supplier.now.last_file == report
    ((actor, source, ref),) = supplier.shop.read(
        "SELECT actor, source, ref FROM movement WHERE kind = %s", int(Kind.COUNT)
    )
    assert (actor, source, ref) == ("source acme", "acme", "a.csv")
    supplier.shop.proven()


def test_a_file_is_read_once(supplier: Supplier) -> None:
    path = supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    supplier.read()
    before = supplier.movements()
    assert supplier.read() == []
    os.utime(path)
    (report,) = supplier.read()
    assert (report.created, report.changed, report.unchanged) == (0, 0, 1)
    assert supplier.movements() == before
    assert supplier.read() == []


def test_the_same_content_in_another_file_is_passed_over_where_no_stock_is_counted(supplier: Supplier) -> None:
    supplier.source(location=None)
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", ago_s=60)
    (first,) = supplier.read()
    assert (first.stock, first.not_taken) == (None, ["qty"])
    supplier.drop("b.csv", "TEA,Green tea,3.50,12", ago_s=30)
    (second,) = supplier.read()
    assert (second.file, second.same, second.digest) == ("b.csv", True, first.digest)
    supplier.drop("c.csv", "TEA,Black tea,3.50,12", ago_s=20)
    supplier.drop("d.csv", "TEA,Green tea,3.50,12", ago_s=10)
    assert [(report.same, report.changed) for report in supplier.read()] == [(False, 1), (False, 1)]
    assert supplier.movements() == [(0,)]


def test_only_rows_that_differ_change_and_stock_only_by_the_difference(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", "MUG,Mug,7,5", ago_s=60)
    supplier.read()
    supplier.drop("b.csv", "TEA,Green tea,3.60,12", "MUG,Mug,7,4", ago_s=30)
    (report,) = supplier.read()
    assert (report.changed, report.unchanged) == (1, 1)
    assert report.stock is not None
    assert report.stock.changed == 1
    assert (supplier.lies("TEA"), supplier.lies("MUG")) == (12, 4)


def test_open_promises_stay_owed_from_what_lies_there(supplier: Supplier) -> None:
    shop = supplier.shop
    supplier.drop("a.csv", "TEA,Green tea,3.50,10", ago_s=60)
    supplier.read()
    listing = shop.listing("b2b", {"TEA": 1})
    shop.buy("b2b", {listing: 5})
    supplier.drop("b.csv", "TEA,Green tea,3.50,9", ago_s=30)
    supplier.read()
    assert shop.shelf("TEA")["acme"] == (9, 5)
    shop.proven()


def test_what_left_after_the_file_was_written_still_counts(supplier: Supplier) -> None:
    """10 lay there at six, 3 left at seven; the file of six, read at eight, makes it 7."""
    supplier.shop.item()
    supplier.drop("a.csv", "TEA,Green tea,3.50,10", ago_s=7200)
    supplier.read()
    supplier.shop.book(Adjust(sku="TEA", location="acme", qty=-3, reason="left", effective_at=ago(hours=1)))
    supplier.drop("b.csv", "TEA,Green tea,3.50,11", ago_s=5400)
    supplier.read()
    assert supplier.lies("TEA") == 8
    # Written anew with the same content it says that 11 lie there still.
    supplier.drop("c.csv", "TEA,Green tea,3.50,11", ago_s=60)
    (report,) = supplier.read()
    assert not report.same
    assert supplier.lies("TEA") == 11
    supplier.shop.proven()


def test_a_newer_count_stands_against_an_older_file(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,10", ago_s=600)
    supplier.read()
    supplier.shop.count("TEA", "acme", 4)
    supplier.drop("b.csv", "TEA,Green tea,3.50,9", ago_s=300)
    (report,) = supplier.read()
    assert report.stock is not None
    assert (report.stock.changed, report.stock.older) == (0, 1)
    assert supplier.lies("TEA") == 4


def test_of_what_a_file_does_not_name_nothing_is_said_unless_it_names_all(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,10", "MUG,Mug,7,5", ago_s=60)
    supplier.read()
    supplier.drop("b.csv", "TEA,Green tea,3.50,10", ago_s=50)
    supplier.read()
    assert supplier.lies("MUG") == 5
    supplier.source(whole_stock=True)
    supplier.drop("c.csv", "TEA,Green tea,3.50,ten", ago_s=40)
    (report,) = supplier.read()
    assert report.notes[0].reason.startswith("'ten' is not a whole number")
    assert (supplier.lies("TEA"), supplier.lies("MUG")) == (10, 5)
    supplier.drop("d.csv", "TEA,Green tea,3.50,9", ago_s=30)
    supplier.read()
    assert (supplier.lies("TEA"), supplier.lies("MUG")) == (9, 0)
    supplier.drop("e.csv", ago_s=20)
    supplier.read()
    assert supplier.lies("TEA") == 9


def test_packs_count_in_units_and_what_leads_to_no_one_item_is_named(supplier: Supplier) -> None:
    shop = supplier.shop
    item, other = shop.item(dc=1), shop.item(dc=1)
    pack, both = shop.listing("web", {item: 6}), shop.listing("web", {item: 1, other: 1})
    lots = shop.listing("web", {shop.item(lots=True): 1})
    supplier.drop("a.csv", f"{pack},Pack,9,4", f"{both},Both,9,4", f"{lots},Lots,9,4")
    (report,) = supplier.read()
    assert supplier.lies(item) == 24
    assert [(note.line, note.value) for note in report.notes] == [(3, both), (4, lots)]


def test_below_zero_nothing_lies_there_and_bad_rows_leave_the_good_ones_alone(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,-4", "MUG,Mug,free,5", "CUP,Cup,2,3.0", "POT,Pot,9,")
    (report,) = supplier.read()
    assert (report.refused, report.problems[0].line, report.problems[0].field) == (1, 3, "price")
    assert [supplier.lies(sku) for sku in ("TEA", "CUP", "POT")] == [0, 3, 0]


@pytest.mark.parametrize(
    ("header", "rows", "settings", "says"),
    [
        ("sku,title", ["TEA,Green tea"], {}, "no stock column that is known; set stock_column"),
        ("sku,qty,available", ["TEA,1,2"], {}, "several stock columns (qty, available)"),
        ("sku,qty", ["TEA,1"], {"stock_column": "Bestand"}, "no column 'Bestand'; it has sku, qty"),
        ("title,qty", ["Green tea,1"], {}, "column 'sku' is missing"),
        ("sku,qty", ["TEA,1", 'MUG,"5'], {}, "is a quote left open?"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_changes_nothing(
    supplier: Supplier, header: str, rows: list[str], settings: dict[str, Any], says: str
) -> None:
    supplier.source(**settings)
    supplier.drop("a.csv", *rows, header=header)
    (report,) = supplier.read()
    assert says in report.fault
    assert says in supplier.now.trouble
    assert supplier.shop.read("SELECT count(*) FROM item") == [(0,)]
    assert supplier.read() == []
    assert says in supplier.now.trouble
    supplier.drop("b.csv", "TEA,Green tea,3,1", header="sku,title,price,Bestand" if settings else "sku,title,price,qty")
    assert [found.fault for found in supplier.read()] == [""]
    assert says in supplier.now.trouble
    (supplier.folder / "a.csv").unlink()
    supplier.read()
    assert supplier.now.trouble == ""


def test_a_file_that_could_not_be_read_is_tried_again_when_the_source_is_changed_or_somebody_asks(
    supplier: Supplier,
) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", header="Artikel,title,price,qty")
    assert supplier.read()[0].fault
    put_column_mappings(supplier.db, [ColumnMappingDraft("acme", "sku", "Artikel")])
    assert supplier.read() == []
    supplier.source(mapping="acme")
    assert [report.fault for report in supplier.read()] == [""]
    assert supplier.lies("TEA") == 12
    supplier.shop.book(Adjust(sku="TEA", location="acme", qty=1, reason="by hand", effective_at=ago(hours=2)))
    assert [report.file for report in supplier.read(again=True)] == ["a.csv"]
    assert supplier.read() == []


def test_a_named_column_is_the_stock_and_its_case_does_not_matter(supplier: Supplier) -> None:
    supplier.source(stock_column="bestand")
    supplier.drop("a.csv", "TEA,7,99", header="sku,Bestand,qty")
    (report,) = supplier.read()
    assert (supplier.lies("TEA"), report.not_taken) == (7, ["qty"])


def test_files_are_moved_when_they_were_read_and_a_name_that_is_taken_is_kept(supplier: Supplier) -> None:
    supplier.source(after_reading="move", name="stock*.csv")
    for turn in range(2):
        supplier.drop("stock.csv", f"TEA,Green tea,3.50,{turn}", ago_s=60 - turn)
        supplier.drop("stock2.csv", "TEA", header="title", ago_s=50 - turn)
        supplier.drop("other.csv", "TEA", header="title")
        assert [report.file for report in supplier.read()] == ["stock.csv", "stock2.csv"]
    assert {path.relative_to(supplier.folder).as_posix() for path in supplier.folder.rglob("*.csv")} == {
        *("done/stock.csv", "done/stock.1.csv", "failed/stock2.csv", "failed/stock2.1.csv", "other.csv")
    }


def test_what_was_read_and_could_not_be_moved_is_moved_by_the_next_look(supplier: Supplier) -> None:
    supplier.source(after_reading="move", name="*.csv")
    supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    (supplier.folder / "done").write_text("no folder")
    with pytest.raises(Unreached, match="done"):
        supplier.read()
    assert "done" in supplier.now.trouble
    before = supplier.movements()
    (supplier.folder / "done").unlink()
    assert supplier.read() == []
    assert [path.name for path in (supplier.folder / "done").iterdir()] == ["a.csv"]
    assert (supplier.movements(), supplier.now.trouble) == (before, "")


def test_a_file_that_is_being_written_is_left_alone(supplier: Supplier) -> None:
    supplier.source(complete="stable", stable_s=0.3)
    supplier.drop("whole.csv", "TEA,Green tea,3.50,12")
    growing = supplier.folder / "growing.csv"
    seen: list[bool] = []

    def grow() -> bool:
        """Asked before every step of the look."""
        seen.append(True)
        with growing.open("a") as out:
            out.write("sku,qty\n")
        return False

    assert [report.file for report in supplier.reader.read("acme", grow).files] == ["whole.csv"]
    assert len(seen) > 1
    growing.unlink()
    supplier.source(complete="stable", stable_s=120)
    started = time.monotonic()
    assert supplier.read() == []
    assert time.monotonic() - started < PATIENCE_S, "nothing was new, so nothing is waited for"


def test_a_marker_says_that_a_file_is_whole(supplier: Supplier) -> None:
    supplier.source(complete="marker")
    supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    assert supplier.read() == []
    assert supplier.reader.test("acme").files == []
    (supplier.folder / "a.csv.done").touch()
    assert [report.file for report in supplier.read()] == ["a.csv"]


def test_a_stopped_look_is_gone_on_from(supplier: Supplier) -> None:
    supplier.drop("a.csv", *(f"S{n},Thing {n},1,5" for n in range(1500)), ago_s=60)
    supplier.drop("b.csv", "TEA,Green tea,3.50,12", ago_s=30)
    with pytest.raises(Interrupted):
        supplier.reader.read("acme", lambda: supplier.shop.read("SELECT count(*) FROM item") != [(0,)])
    assert supplier.now.last_file is None
    first, second = supplier.read()
    assert (first.file, first.lines, first.created, second.file) == ("a.csv", 1500, 500, "b.csv")
    assert (supplier.lies("S1"), supplier.lies("S1499"), supplier.lies("TEA")) == (5, 5, 12)


def test_a_trial_says_what_would_be_and_writes_nothing(supplier: Supplier) -> None:
    supplier.source(after_reading="move", complete="stable", stable_s=600)
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", "MUG,Mug,7,0")
    found = supplier.reader.test("acme")
    assert (found.place, found.files[0].created) == (f"folder {supplier.folder}", 2)
    assert found.files[0].stock is not None
    assert (found.files[0].stock.figures, found.files[0].stock.changed) == (2, 1)
    assert supplier.shop.read("SELECT count(*) FROM item") == [(0,)]
    assert (supplier.folder / "a.csv").exists()
    assert (supplier.now.looked_at, supplier.now.last_file) == (None, None)


def test_a_place_that_is_not_there_is_said_and_a_paused_source_is_left_alone(supplier: Supplier) -> None:
    supplier.folder.rmdir()
    with pytest.raises(Unreached, match="make it, or mend the settings"):
        supplier.read()
    assert "make it, or mend the settings" in supplier.now.trouble
    assert supplier.now.trouble_since is not None
    supplier.folder.mkdir()
    supplier.read()
    assert (supplier.now.trouble, supplier.now.trouble_since is None) == ("", True)
    pause(supplier.db, "acme", paused=True)
    with pytest.raises(Conflict, match="paused"):
        supplier.read()
    with pytest.raises(NotFound):
        supplier.reader.read("nobody")


def test_two_do_not_read_a_source_at_once(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    refused: list[str] = []

    def meanwhile() -> bool:
        if not refused:
            try:
                supplier.read()
            except Conflict as conflict:
                refused.append(conflict.detail)
        return False

    assert len(supplier.reader.read("acme", meanwhile).files) == 1
    assert "is being read just now" in refused[0]


def test_of_old_files_only_what_lies_there_is_remembered_and_briefly(supplier: Supplier) -> None:
    lain = supplier.drop("lain.csv", "TEA,Green tea,free,12")
    supplier.read()
    with supplier.db.transaction() as conn:
        conn.execute(
            "INSERT INTO file_read SELECT 1, 'old' || n, 1, now(), '', '', '', true, '{\"file\": \"old\"}', %s "
            "FROM generate_series(1, 150) n",
            [datetime(2026, 1, 2, tzinfo=UTC)],
        )
        conn.execute("UPDATE file_read SET read_at = %s WHERE path = 'lain.csv'", [datetime(2026, 1, 1, tzinfo=UTC)])
    supplier.drop("new.csv", "TEA,Green tea,free,12")
    supplier.read()
    assert supplier.shop.read("SELECT count(*) FROM file_read") == [(101,)]
    rows = supplier.shop.read("SELECT path FROM file_read WHERE report ? 'problems'")
    assert rows == [("new.csv",)]
    assert lain.exists()
    assert supplier.read() == []


SHOPIFY = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price"
FORMS = [
    ("shopify", SHOPIFY, ["tea,Tea,Size,S,TEA-S,4,3", "tea,,,M,TEA-M,5,4"]),
    ("woocommerce", "Type,SKU,Name,In stock?,Stock,Regular price", ["simple,TEA-S,S,1,4,3", "simple,TEA-M,M,1,5,4"]),
    ("magento", "sku,product_type,name,price,qty,is_in_stock", ["TEA-S,simple,S,3,4,1", "TEA-M,simple,M,4,5,1"]),
]


@pytest.mark.parametrize(("form", "header", "rows"), FORMS)
def test_a_supplier_may_send_a_shops_own_form(supplier: Supplier, form: str, header: str, rows: list[str]) -> None:
    supplier.source(format=form)
    supplier.drop("a.csv", *rows, header=header)
    (report,) = supplier.read()
    assert (report.fault, report.refused, supplier.lies("TEA-S"), supplier.lies("TEA-M")) == ("", 0, 4, 5)


def test_a_file_that_is_written_anew_while_it_is_read_is_not_moved_unread(supplier: Supplier) -> None:
    supplier.source(after_reading="move")
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", ago_s=60)
    commit = supplier.shop.hub.call

    async def late(*given: Any) -> list[Any]:
        """The supplier is quicker than the booking."""
        answers = await commit(*given)
        supplier.drop("a.csv", "TEA,Green tea,3.50,7", ago_s=30)
        return answers

    SourceReader(supplier.db, lambda: SEAL, late, on_lan=True).read("acme")
    assert (supplier.folder / "a.csv").exists()
    supplier.read()
    assert supplier.lies("TEA") == 7
    assert [path.name for path in (supplier.folder / "done").iterdir()] == ["a.csv"]


def test_a_file_that_cannot_be_moved_keeps_no_other_from_being_read(supplier: Supplier) -> None:
    supplier.source(after_reading="move")
    (supplier.folder / "done").symlink_to(supplier.folder)
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", ago_s=60)
    supplier.drop("b.csv", "TEA,Green tea,3.50,7", ago_s=30)
    with pytest.raises(Unreached, match="done"):
        supplier.read()
    assert supplier.lies("TEA") == 7
    assert "done" in supplier.now.trouble


def test_an_item_that_one_of_its_lines_leaves_unclear_stays_as_it_is(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12", ago_s=60)
    supplier.read()
    pack = supplier.shop.listing("web", {"TEA": 6})
    supplier.drop("b.csv", "TEA,Green tea,3.50,ask us", f"{pack},Pack,20,1", ago_s=30)
    (report,) = supplier.read()
    assert supplier.lies("TEA") == 12
    assert [(note.line, note.value) for note in report.notes] == [(2, "ask us"), (3, pack)]


def test_a_listing_of_an_item_and_of_lots_is_not_taken_for_one_of_the_item(supplier: Supplier) -> None:
    shop = supplier.shop
    item = shop.item(dc=1)
    mixed = shop.listing("web", {item: 1, shop.item(lots=True): 1})
    supplier.drop("a.csv", f"{mixed},Both,9,4")
    (report,) = supplier.read()
    assert (supplier.lies(item), [note.value for note in report.notes]) == (0, [mixed])


def test_a_file_without_a_time_is_as_of_now(supplier: Supplier) -> None:
    for qty in (12, 7):
        os.utime(supplier.drop(f"{qty}.csv", f"TEA,Green tea,3.50,{qty}"), (0, 0))
        (report,) = supplier.read()
        assert report.stock is not None
        assert datetime.now(UTC) - report.stock.as_of < timedelta(minutes=5)
        assert supplier.lies("TEA") == qty


def test_what_is_said_of_a_file_that_is_none_is_short(supplier: Supplier) -> None:
    supplier.source(stock_column="Bestand")
    supplier.drop("a.csv", header="<html>" + "x" * 100_000)
    (report,) = supplier.read()
    assert 0 < len(report.fault) <= 1000


def test_a_file_that_comes_late_adds_nothing_to_what_a_newer_one_said(supplier: Supplier) -> None:
    """The newer one found all as it should be, so that no count of it tells."""
    supplier.drop("a.csv", "TEA,Green tea,3.50,5", "MUG,Mug,7,5", ago_s=600)
    supplier.drop("c.csv", "TEA,Green tea,3.50,5", ago_s=60)
    supplier.read()
    supplier.drop("b.csv", "TEA,Green tea,3.50,10", "MUG,Mug,7,4", "CUP,Cup,2,3", ago_s=300)
    (report,) = supplier.read()
    assert [supplier.lies(sku) for sku in ("TEA", "MUG", "CUP")] == [5, 4, 3]
    assert report.stock is not None
    assert (report.stock.changed, report.stock.older) == (2, 1)
    assert report.notes[0].reason.startswith("a newer file was counted already")
    supplier.drop("d.csv", "TEA,Green tea,3.50,10", ago_s=30)
    supplier.read()
    assert supplier.lies("TEA") == 10
