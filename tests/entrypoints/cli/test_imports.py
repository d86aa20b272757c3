"""import: files go in, bad lines are named, totals are signed off, and nothing is booked twice."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from truestock.catalog.load import NOUNS
from truestock.entrypoints.cli.imports import catalog
from truestock.store.database import Database

File = Callable[[str, str], Path]
ITEMS = "sku,name,lot_tracked\nLAMP,Desk lamp,no\nMILK,Milk,yes\n"
LOCATIONS = "code,kind\ndc,dc\nnorth,store\n"


@pytest.fixture
def company(cli: Cli, file: File) -> None:
    """Two items, one of them lot-tracked, and two locations."""
    for noun, text in (("items", ITEMS), ("locations", LOCATIONS)):
        assert cli("import", noun, file(f"{noun}.csv", text)).exit_code == 0


def stock_rows(url: str) -> list[tuple[str, str, str, int, int]]:
    with Database(url) as db, db.transaction() as conn:
        return conn.execute(
            "SELECT i.sku, p.code, coalesce(l.code, ''), s.status, s.on_hand FROM stock s JOIN item i ON i.id = s.item"
            " JOIN location p ON p.id = s.loc LEFT JOIN lot l ON l.item = s.item AND l.id = s.lot ORDER BY 1, 2, 3, 4"
        ).fetchall()


def test_every_noun_of_the_catalog_has_a_command() -> None:
    assert list(catalog.NOUNS) == list(NOUNS)


def test_good_lines_go_in_and_bad_ones_are_told_with_their_line(cli: Cli, file: File, tmp_path: Path) -> None:
    items = file("items.csv", "sku,weight_g\nA,5\n=B,heavy\nC,7\n")
    result = cli("import", "items", items, "--report", tmp_path / "bad.csv")
    assert result.exit_code == 1
    assert "'heavy' is not a whole number" in result.stdout
    with (tmp_path / "bad.csv").open(encoding="utf-8", newline="") as report:
        assert [row[:4] for row in csv.reader(report)][1:] == [["items.csv", "3", "weight_g", "heavy"]]


def test_the_report_of_a_load_is_stable(answer: Answer, file: File) -> None:
    done = answer("import", "items", file("items.csv", ITEMS))
    assert done == {
        "ok": True,
        "files": [
            {
                "file": done["files"][0]["file"],
                "noun": "items",
                "dry_run": False,
                "written": True,
                "lines": 2,
                "created": 2,
                "changed": 0,
                "unchanged": 0,
                "refused": 0,
                "stopped": None,
                "problems": [],
            }
        ],
    }


def test_all_or_nothing_holds_over_all_files(cli: Cli, answer: Answer, file: File) -> None:
    good, bad = file("good.csv", ITEMS), file("bad.csv", "sku,weight_g\nX,heavy\n")
    result = cli("import", "items", good, bad, "--all-or-nothing")
    assert (result.exit_code, "Nothing was written" in result.stdout) == (1, True)
    assert answer("import", "items", good, "--dry-run")["files"][0]["created"] == 2
    assert answer("import", "items", good, "--all-or-nothing")["files"][0]["written"]


@pytest.mark.usefixtures("company")
def test_stock_comes_from_several_systems_each_with_its_totals(answer: Answer, file: File, database_url: str) -> None:
    erp = file("erp.csv", "Article;Plant;Batch;Quantity;Expiry;Colour\nLAMP;dc;;7;;red\nMILK;dc;b1;5;2027-03-01;\n")
    third = file("3pl.csv", "sku,qty,status\nLAMP,4,\nLAMP,1,Damaged\nMILK,0,\n")
    words = ("import", "stock", erp, third, "--source", "erp", "--source", "3pl", "--location", "north")
    for mode, dry_run in (("--dry-run", True), ("--yes", False)):
        first, second = answer(*words, mode)["files"]
        assert (first["source"], first["booked"], first["booked_units"], first["ignored"]) == ("erp", 2, 12, ["colour"])
        assert (second["source"], second["booked_units"], second["empty"], second["dry_run"]) == ("3pl", 5, 1, dry_run)
        assert first["units_at"] == {"dc": 12}
    assert stock_rows(database_url) == [
        ("LAMP", "dc", "", 0, 7),
        ("LAMP", "north", "", 0, 4),
        ("LAMP", "north", "", 4, 1),
        ("MILK", "dc", "b1", 0, 5),
    ]


@pytest.mark.usefixtures("company")
def test_the_same_file_under_another_name_is_recognised(answer: Answer, file: File, database_url: str) -> None:
    text = "sku,location,qty\nLAMP,dc,7\n"
    answer("import", "stock", file("monday.csv", text), "--source", "erp", "--yes")
    (again,) = answer("import", "stock", file("tuesday.csv", text), "--source", "erp", "--yes")["files"]
    assert (again["booked"], again["known"], again["known_units"], again["refused"]) == (0, 1, 7, 0)
    assert stock_rows(database_url) == [("LAMP", "dc", "", 0, 7)]


@pytest.mark.usefixtures("company")
def test_a_cell_with_entries_is_refused_and_the_check_says_what_the_booking_will(
    cli: Cli, answer: Answer, file: File
) -> None:
    answer("import", "stock", file("a.csv", "sku,location,qty\nLAMP,dc,7\n"), "--source", "erp", "--yes")
    more = file("b.csv", "sku,location,qty,lot\nLAMP,dc,9,\nLAMP,north,2,\nLAMP,north,3,\nLAMP,dc,1,x\nghost,dc,1,\n")
    checked = cli("import", "stock", more, "--source", "erp", "--dry-run", "--json").stdout
    booked = cli("import", "stock", more, "--source", "erp", "--yes", "--json").stdout
    for told in (checked, booked):
        assert [told.count(f'"line": {n}') for n in (2, 3, 4, 5, 6)] == [1, 0, 1, 1, 1]
        assert '"refused": 4' in told
        assert '"booked_units": 2' in told
    assert "line 3 of b.csv is about the same cell" in checked


@pytest.mark.usefixtures("company")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("LAMP,dc,-1", "qty is -1"),
        ("LAMP,dc,1.000", "whole number"),
        ("LAMP,,1", "location is missing"),
        ("LAMP,dc,1,rotten", "status 'rotten' is unknown"),
        ("LAMP,dc,1,,2027-01-01", "name the lot"),
        ("LAMP,dc,1,,,more", "cells more than the header"),
        (",dc,1", "sku is empty"),
    ],
)
def test_a_bad_line_says_what_is_wrong(cli: Cli, file: File, line: str, says: str) -> None:
    path = file("s.csv", f"sku,location,qty,status,expires_at\n{line}\nLAMP,north,1\n")
    result = cli("import", "stock", path, "--source", "erp", "--all-or-nothing", "--yes")
    assert (result.exit_code, says in result.stdout, "Nothing was booked" in result.stdout) == (1, True, True)


@pytest.mark.usefixtures("company")
def test_nothing_is_booked_before_somebody_said_yes(cli: Cli, fault: Answer, file: File, database_url: str) -> None:
    path = file("s.csv", "sku,location,qty\nLAMP,dc,1\n")
    assert cli("import", "stock", path, "--source", "erp", input="n\n").exit_code == 1
    assert fault("import", "stock", path, "--source", "erp")["type"] == "usage"
    assert stock_rows(database_url) == []
    assert cli("import", "stock", path, "--source", "erp", input="y\n").exit_code == 0
    assert stock_rows(database_url) == [("LAMP", "dc", "", 0, 1)]


@pytest.mark.usefixtures("company")
def test_a_column_may_have_any_name_in_the_file(answer: Answer, fault: Answer, file: File, database_url: str) -> None:
    path = file("s.csv", "MATNR,sku,LGORT,LABST\nLAMP,other,dc,3\n")
    named = ("--column", "sku=MATNR", "--column", "location=LGORT", "--column", "qty=LABST")
    (report,) = answer("import", "stock", path, "--source", "sap", *named, "--yes")["files"]
    assert report["ignored"] == ["sku (another column is meant)"]
    assert stock_rows(database_url) == [("LAMP", "dc", "", 0, 3)]
    assert (
        "there is no column" in fault("import", "stock", path, "--source", "sap", "--column", "x=y", "--yes")["detail"]
    )
    assert fault("import", "stock", path, "--source", "a", "--source", "b", "--yes")["field"] == "source"


@pytest.mark.usefixtures("company")
def test_an_import_that_was_cut_off_goes_on_where_it_was(answer: Answer, file: File, database_url: str) -> None:
    text = "sku,location,qty\nLAMP,dc,7\nLAMP,north,2\n"
    whole = file("s.csv", text)
    answer("import", "stock", whole, "--source", "erp", "--yes")
    with Database(database_url) as db, db.transaction() as conn:
        # As if the second line had never been booked.
        conn.execute("DELETE FROM request WHERE key LIKE '%:3'")
        conn.execute("DELETE FROM entry WHERE loc = 2")
        conn.execute("DELETE FROM stock WHERE loc = 2")
    (report,) = answer("import", "stock", whole, "--source", "erp", "--yes")["files"]
    assert (report["known"], report["booked"]) == (1, 1)
    assert stock_rows(database_url) == [("LAMP", "dc", "", 0, 7), ("LAMP", "north", "", 0, 2)]
