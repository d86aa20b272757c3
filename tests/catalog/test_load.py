"""Loading the catalog from CSV: good rows go in, every bad line is named, bombs are refused."""

from io import BytesIO

import pytest

from tests.catalog.conftest import epoch
from truestock.catalog.changes import How
from truestock.catalog.items import ItemDraft, list_items, put_items, read_items
from truestock.catalog.listings import read_listings
from truestock.catalog.load import NOUNS, Report, load_csv
from truestock.catalog.load import run as loading
from truestock.catalog.lots import list_lots
from truestock.catalog.policies import list_policies
from truestock.core.problems import Invalid
from truestock.store.database import Database


def loaded(db: Database, noun: str, text: str | bytes, all_or_nothing: bool = False, dry_run: bool = False) -> Report:
    source = BytesIO(text.encode() if isinstance(text, str) else text)
    return load_csv(db, noun, source, all_or_nothing, dry_run)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.created, report.changed, report.unchanged, report.refused


ITEMS = "sku,name,cost,lot_tracked\nX,Lamp,12.50,no\nY,Milk,0.9,yes\n\nZ,,,\n"


def test_a_file_makes_changes_and_leaves_alone(db: Database) -> None:
    assert counts(loaded(db, "items", ITEMS)) == (3, 0, 0, 0)
    assert counts(loaded(db, "items", ITEMS.replace("Lamp", "Big lamp"))) == (0, 1, 2, 0)
    items = read_items(db, ["X", "Y"])
    assert (items["X"].name, items["Y"].lot_tracked) == ("Big lamp", True)


def test_every_bad_line_is_named_and_the_good_ones_go_in(db: Database) -> None:
    text = (
        "sku;name;weight_g;lot_tracked\n"
        "X;Lamp;100;maybe\n"
        'Y;"Milk\nfresh";90;no\n'
        ";no sku;1;no\n"
        "Z;ok;1.5;no\n"
        "X;again;1;no\n"
        "W;ok;7;no;surplus\n"
        "V;fine;8;yes\n"
    )
    report = loaded(db, "items", text)
    assert counts(report) == (1, 0, 0, 6)
    assert [(p.line, p.field, p.value) for p in report.problems] == [
        (2, "lot_tracked", "maybe"),
        (5, "sku", ""),
        (6, "weight_g", "1.5"),
        (7, "sku", "X"),
        (8, "line", ""),
        (3, "name", "Milk\nfresh"),
    ]
    assert "line 2 is about the same" in report.problems[3].reason
    assert report.lines == 7


def test_all_or_nothing_checks_the_whole_file_before_the_first_write(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "CHUNK", 2)
    bad = ITEMS + "Q,,minus,\n"
    report = loaded(db, "items", bad, all_or_nothing=True)
    assert (report.refused, report.written, report.problems[0].line) == (1, False, 6)
    assert list_items(db).rows == ()
    report = loaded(db, "items", ITEMS, all_or_nothing=True)
    assert (counts(report), report.written) == ((3, 0, 0, 0), True)


def test_a_dry_run_counts_and_writes_nothing(db: Database) -> None:
    report = loaded(db, "items", ITEMS, dry_run=True)
    assert (counts(report), report.dry_run, report.written) == ((3, 0, 0, 0), True, False)
    assert list_items(db).rows == ()


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("sku,catgory", "did you mean 'category'"),
        ("name", "'sku' is missing"),
        ("sku,sku", "twice"),
        ("sku,qwxz", "the columns are sku, name"),
        ("", "'sku' is missing"),
        (",".join(["sku"] * 200), "200 columns"),
    ],
)
def test_a_wrong_header_is_refused_with_what_was_meant(db: Database, header: str, says: str) -> None:
    report = loaded(db, "items", header + "\nA,B\n")
    assert (report.stopped, report.lines) == (1, 0)
    assert says in report.problems[0].reason


@pytest.mark.parametrize(
    ("body", "line", "says"),
    [
        (b"A\nB\x00\n", 3, "NUL"),
        (b"A\nB\nM\xfcller\n", 4, "not UTF-8"),
        (b'A\nB\n"open\nC\n' + b"D\n" * 90_000, 4, "quote left open"),
        (b"A\n" + b"x" * 1_100_000 + b"\n", 3, "bytes"),
        (b"A\n" + b"x" * 20_000 + b"\n", 3, "characters"),
    ],
)
def test_a_bomb_stops_the_file_and_what_came_before_stays(db: Database, body: bytes, line: int, says: str) -> None:
    report = loaded(db, "items", b"sku\n" + body)
    assert report.stopped == line
    assert says in report.problems[-1].reason
    assert "A" in read_items(db, ["A"])


@pytest.mark.parametrize("start", ["sku\n".encode("utf-16"), b"PK\x03\x04"])
def test_a_file_that_is_no_text_is_refused(db: Database, start: bytes) -> None:
    report = loaded(db, "items", start)
    assert (report.stopped, "CSV UTF-8" in report.problems[0].reason) == (1, True)


def test_headers_may_be_capitals_with_a_mark_and_blanks(db: Database) -> None:
    assert counts(loaded(db, "items", "\ufeffSKU,Lot tracked\r\nA, yes \r\n")) == (1, 0, 0, 0)
    assert read_items(db, ["A"])["A"].lot_tracked


def test_lines_of_a_kit_or_listing_make_one_of_them(shop: Database) -> None:
    put_items(shop, [ItemDraft("K"), ItemDraft("K2")])
    kits = loaded(shop, "kits", "sku,item,units\nK,A,2\nK,B,1\nK2,A,1\nK2,ghost,1\nK,C,1\n")
    assert counts(kits) == (1, 0, 0, 2)
    assert [(p.line, p.field) for p in kits.problems] == [(6, "sku"), (4, "item")]
    assert "must follow one another" in kits.problems[0].reason
    listings = loaded(
        shop, "listings", "channel,sku,item,units,title,together\nweb,P,K,1,Set,yes\nweb,P,C,2,,\nretail,P,A,,,\n"
    )
    assert counts(listings) == (2, 0, 0, 0)
    stored = read_listings(shop, [("web", "P")])["web", "P"]
    assert [(c.item, c.units) for c in stored.components] == [("C", 2), ("K", 1)]
    assert (stored.title, stored.together) == ("Set", True)


FILES = {
    "items": "sku,category\nT,toys\nN,\n",
    "barcodes": "gtin,item,units\n4006381333931,A,6\n",
    "kits": "sku,item,units\nN,A,2\n",
    "channels": "code,group,rank\nshop,retail,3\n",
    "locations": "code,kind,lat,lng,cut_off,ships\nwest,dc,48.1,11.6,14:30,no\n",
    "bins": "location,code,zone\nwest,A-1,pick\n",
    "channel_locations": "channel,location,ord\nshop,west,2\n",
    "listings": "channel,sku,item\nshop,S-1,N\n",
    "policies": "kind,value,channel,item,ends_at\nbuffer,3,shop,,2027-01-01\nprotection,9,shop,A,\n",
    "lots": "item,code,expires_at\nL,x,2027-05-01\n",
    "content_rules": "channel,field,required,allowed,at_most\nshop,Size,yes,S|M|L,\nshop,title,,,80\n",
    "column_mappings": "name,field,header\nacme,sku,Artikel\n",
    "item_aliases": "source,alias,item\nerp,MAT-1,A\n",
    "location_aliases": "source,alias,location\nerp,0001,dc\n",
}


def test_every_noun_loads_and_loading_again_changes_only_protections(shop: Database) -> None:
    assert list(FILES) == list(NOUNS)
    for noun, text in FILES.items():
        report = loaded(shop, noun, text)
        assert (report.refused, report.changed + report.unchanged) == (0, 0), report
    before = epoch(shop)
    for noun, text in FILES.items():
        report = loaded(shop, noun, text)
        assert (report.created, report.refused, report.changed) == (0, 0, int(noun == "policies")), report
    assert epoch(shop) == before + 1
    assert [str(lot.expires_at) for lot in list_lots(shop, "L").rows] == ["2027-05-01 00:00:00+00:00"]
    assert {rule.kind for rule in list_policies(shop, channel="shop").rows} == {"buffer", "protection"}


def test_lines_that_end_as_on_an_old_mac_are_told(db: Database) -> None:
    report = loaded(db, "items", "sku,name\rX,Lamp\r")
    assert (report.stopped, report.created) == (1, 0)
    assert "old Mac" in report.problems[0].reason


def test_an_unknown_noun_is_refused(db: Database) -> None:
    with pytest.raises(Invalid, match="items, barcodes"):
        loaded(db, "products", "")


def test_a_hopeless_file_costs_no_memory_and_progress_is_told(db: Database) -> None:
    told: list[int] = []
    text = (
        "sku,weight_g\n" + "".join(f"S{n},heavy\n" for n in range(1_500)) + "".join(f"T{n},1\n" for n in range(2_100))
    )
    report = load_csv(db, "items", BytesIO(text.encode()), progress=told.append)
    assert (report.refused, len(report.problems), report.created) == (1_500, 1_000, 2_100)
    assert told[-1] == 3_600
    assert told == sorted(told)


def test_ten_thousand_items_load_in_a_moment(db: Database) -> None:
    text = "sku,name,category\n" + "".join(f"S{n},Item {n},c{n % 50}\n" for n in range(10_000))
    assert counts(loaded(db, "items", text)) == (10_000, 0, 0, 0)
    assert counts(loaded(db, "items", text)) == (0, 0, 10_000, 0)
    assert len(put_items(db, [ItemDraft(f"S{n}") for n in range(5_000)], How("change"))) == 5_000
