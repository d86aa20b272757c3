"""sources: a supplier's file to the shop, typed from beginning to end."""

import os
from pathlib import Path

import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.store.database import Database


@pytest.fixture
def drop(db: Database, tmp_path: Path) -> Path:
    """A supplier's folder with a file in it, and a web shop that sells what lies at the supplier."""
    put_locations(db, [LocationDraft("acme", kind="supplier", tier="virtual")])
    put_channels(db, [ChannelDraft("web", locations=("acme",))])
    folder = tmp_path / "drop"
    folder.mkdir()
    path = folder / "stock.csv"
    path.write_text("Artikel,title,price,Bestand\nTEA,Green tea,3.50,12\nMUG,Mug,free,3\n")
    os.utime(path, (path.stat().st_mtime - 60, path.stat().st_mtime - 60))
    return folder


def add(typed: Cli | Answer, folder: Path, *more: str) -> object:
    (folder / "columns.txt").write_text("name,field,header\nacme,sku,Artikel\n")
    typed("import", "column-mappings", folder / "columns.txt")
    settings = [f"address={folder}", "name=*.csv", "mapping=acme", "stock_column=Bestand", "complete=renamed", *more]
    words = [word for text in settings for word in ("--set", text)]
    return typed("sources", "add", "acme", "--channel", "web", "--location", "acme", *words)


def test_a_source_is_added_tried_read_shown_and_removed(cli: Cli, answer: Answer, drop: Path) -> None:
    add(cli, drop, "currency=EUR")
    tried = cli("--json", "sources", "test", "acme")
    assert tried.exit_code == 1
    assert '"created": 1' in tried.stdout
    done = cli("sources", "run", "acme")
    assert done.exit_code == 1
    assert "stock.csv" in done.stdout
    assert "free" in done.stdout
    assert answer("atp", "TEA", "web")["atp"] == 12
    assert answer("sources", "list")[0]["last_file"]["stock"]["changed"] == 1
    shown = answer("sources", "show", "acme")
    assert shown["source"]["settings"]["address"] == str(drop)
    assert [file["report"]["file"] for file in shown["files"]] == ["stock.csv"]
    assert "well" in cli("sources", "list").stdout
    assert "stock.csv" in cli("sources", "show", "acme").stdout
    assert "There is no new file." in cli("sources", "run", "acme").stdout
    assert "stock.csv" in cli("sources", "run", "acme", "--again").stdout
    assert answer("sources", "pause", "acme")["paused"] is True
    assert "paused" in cli("sources", "list").stdout
    assert "is resumed" in cli("sources", "resume", "acme").stdout
    assert answer("sources", "remove", "acme")["code"] == "acme"
    assert answer("sources", "list") == []


def test_a_source_is_read_at_set_times(cli: Cli, answer: Answer, fault: Answer, drop: Path) -> None:
    add(cli, drop)
    assert fault("schedule", "add", "import")["field"] == "source"
    assert fault("schedule", "add", "import", "web", "--source", "acme")["field"] == "channel"
    assert fault("schedule", "add", "reset", "web", "--source", "acme")["field"] == "source"
    assert fault("schedule", "add", "import", "--source", "nobody")["type"] == "not-found"
    made = answer("schedule", "add", "import", "--source", "acme", "--cron", "*/15 * * * *")
    assert (made["what"], made["channel"], made["source"]) == ("import", None, "acme")
    job = answer("schedule", "run", made["id"])["job"]
    assert answer("jobs", "show", job)["source"] == "acme"
    assert "schedule" in fault("sources", "remove", "acme")["detail"]
    assert "import of acme" in cli("schedule", "remove", made["id"]).stdout
    assert answer("jobs", "cancel", job)["state"] == "cancelled"
    assert answer("jobs", "run", "import", "--source", "acme")["job"] > job


def test_settings_are_listed_and_what_is_wrong_with_one_is_named(cli: Cli, answer: Answer, fault: Answer) -> None:
    said = cli("sources", "add").stdout
    assert "absolute path of a folder of this machine" in said
    assert "The account's password" in said
    assert set(answer("sources", "add")) == {"settings", "secrets"}
    assert fault("sources", "add", "acme")["field"] == "channel"
    wrong = fault("sources", "add", "acme", "--channel", "web", "--set", "address=drop")
    assert (wrong["field"], "absolute path" in wrong["detail"]) == ("settings", True)
    assert fault("sources", "add", "acme", "--channel", "web", "--set", "address=/drop")["type"] == "not-found"
    assert fault("sources", "run", "nobody")["type"] == "not-found"
