"""Sources as people keep them: what is wrong with one is named, secrets stay sealed, and one in use is not removed."""

from typing import Any

import msgspec
import pytest

from tests.connectors.counterparts.sftp import HOST_KEY, public
from tests.feeds.file_sources.conftest import SEAL, Supplier
from truestock.connections.rotation import reseal
from truestock.connections.seal import Seal
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.feeds.file_sources.reading import SourceReader, Unreached
from truestock.feeds.file_sources.settings import AtUrl, InFolder, OnServer, SourceSettings, Where, where_of
from truestock.feeds.file_sources.sources import (
    VAULT,
    NewSource,
    pause,
    put_source,
    read_source,
    remove_source,
    sources,
)
from truestock.store.jobs.queue import list_jobs
from truestock.sync.schedules.due import queue_due
from truestock.sync.schedules.schedules import NewSchedule, add_schedule, run_once


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("/srv/acme", InFolder("/srv/acme")),
        ("sftp://files.example/out/going", OnServer("files.example", 22, "/out/going")),
        ("sftp://files.example:2222", OnServer("files.example", 2222, "/")),
        ("sftp://files.example/~/out", OnServer("files.example", 22, "out")),
        ("https://files.example/a%20b.csv?x=1", AtUrl("https://files.example/a%20b.csv?x=1")),
    ],
)
def test_an_address_says_where_files_lie(address: str, meant: Where) -> None:
    assert where_of(address) == meant


@pytest.mark.parametrize(
    "address",
    [
        "",
        "drop",
        "ftp://files.example/",
        "sftp://",
        "sftp://u@files.example/",
        "sftp://h:x/",
        "/srv/a\nb",
        "sftp://h/?q",
    ],
)
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address: "):
        where_of(address)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"address": address}, SourceSettings)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": "in/*.csv"}, "name: "),
        ({"done_folder": "../x"}, "done_folder: "),
        ({"mapping": "acme", "format": "shopify"}, "mapping: only plain files"),
        ({"encoding": "klingon"}, "encoding: there is none"),
        ({"marker": "done"}, "marker"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert({"address": "/srv/acme", **given}, SourceSettings)


SFTP = {"address": "sftp://files.example/", "user": "hub", "host_key": public(HOST_KEY)}


@pytest.mark.parametrize(
    ("given", "secrets", "location", "kind", "field"),
    [
        ({}, {}, "nowhere", NotFound, "location"),
        ({}, {}, "dc", Invalid, "location"),
        ({}, {"password": "x"}, None, Invalid, "secrets"),
        ({"mapping": "unknown"}, {}, None, NotFound, "mapping"),
        (SFTP, {}, None, Invalid, "settings"),
        (SFTP, {"header": "X: y"}, None, Invalid, "secrets"),
        ({**SFTP, "host_key": ""}, {"password": "x"}, None, Invalid, "settings"),
        ({"address": "https://files.example/a.csv"}, {"password": "x"}, None, Invalid, "settings"),
        ({"address": "https://files.example/a.csv"}, {"header": "nothing"}, None, Invalid, "settings"),
        ({"address": "https://files.example/a.csv"}, {"header": "A: b\r\nC: d"}, None, Invalid, "settings"),
    ],
)
def test_what_is_wrong_with_a_source_is_named_and_nothing_is_kept(
    shared: Supplier,
    given: dict[str, str],
    secrets: dict[str, str],
    location: str | None,
    kind: type[Invalid | NotFound],
    field: str,
) -> None:
    with pytest.raises(kind) as refused:
        shared.source(secrets, location, "other", **given)
    assert refused.value.field == field
    assert [source.code for source in sources(shared.db)] == ["acme"]


def test_a_channel_that_is_not_there_is_named(shared: Supplier) -> None:
    settings = msgspec.convert({"address": "/srv/acme"}, SourceSettings)
    with pytest.raises(NotFound) as refused:
        put_source(shared.db, SEAL, "other", NewSource("nowhere", settings), on_lan=False)
    assert refused.value.field == "channel"


def test_secrets_are_sealed_anew_with_the_others(supplier: Supplier) -> None:
    url = "http://127.0.0.1:1025/a.csv"
    supplier.source({"password": "sesame-open"}, address=url, user="hub")
    assert b"sesame" not in bytes(supplier.shop.read("SELECT secrets FROM file_source")[0][0])
    newest = Seal(b"n" * 32, [b"k" * 32])
    assert reseal(supplier.db, [VAULT], newest).resealed == 1
    with pytest.raises(Unreached, match="cannot be opened with this key; give them anew"):
        supplier.read()
    supplier.reader = SourceReader(supplier.db, lambda: newest, supplier.shop.hub.call, on_lan=True)
    with pytest.raises(Unreached, match="is not reached"):
        supplier.read()


def test_a_source_is_changed_paused_and_removed(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    supplier.read()
    assert supplier.source(location=None, format="plain", currency="USD").settings.currency == "USD"
    assert supplier.now.location is None
    assert pause(supplier.db, "acme", paused=True).paused
    with pytest.raises(Invalid, match="paused already"):
        pause(supplier.db, "acme", paused=True)
    assert not pause(supplier.db, "acme", paused=False).paused
    assert remove_source(supplier.db, "acme").last_file is not None
    assert supplier.shop.read("SELECT count(*) FROM file_read") == [(0,)]
    assert supplier.lies("TEA") == 12
    for gone in (remove_source, read_source):
        with pytest.raises(NotFound):
            gone(supplier.db, "acme")


def test_a_source_that_is_due_is_queued_once_and_not_removed(supplier: Supplier) -> None:
    kinds = supplier.shop.hub.jobs.kinds
    made = add_schedule(supplier.db, kinds, NewSchedule("import", "0 6 * * *", source="acme"))
    with supplier.db.transaction() as conn:
        conn.execute("DELETE FROM schedule WHERE id <> %s", [made.id])
        conn.execute("UPDATE schedule SET next_run = now() - interval '3 days'")
    assert queue_due(supplier.db, kinds) == 1
    assert queue_due(supplier.db, kinds) == 0
    assert [(job.kind, job.source, job.state) for job in list_jobs(supplier.db).rows] == [("import", "acme", "waiting")]
    with pytest.raises(Conflict, match=f"schedule {made.id} names it"):
        remove_source(supplier.db, "acme")


def test_each_source_has_jobs_of_its_own(supplier: Supplier) -> None:
    supplier.source(code="other")
    kinds = supplier.shop.hub.jobs.kinds
    for code in ("acme", "other"):
        run_once(supplier.db, kinds, "import", None, code)
        with pytest.raises(Conflict, match="waits already"):
            run_once(supplier.db, kinds, "import", None, code)
