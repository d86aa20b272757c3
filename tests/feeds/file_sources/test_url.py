"""A file at a URL: fetched where it may be, once for each content, and never past what its server or the guard says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.feeds.file_sources.conftest import SEAL, Supplier, text
from tests.sync.webhooks.certificates import tls_for
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.connections.outside.pinned import Lookup
from truestock.core.problems import Invalid
from truestock.feeds.file_sources.doors.url import UrlDoor
from truestock.feeds.file_sources.reading import SourceReader, Unreached
from truestock.store.jobs.kinds import Interrupted

TEA = text("TEA,Green tea,3.50,12")


def answer(body: str = TEA, status: str = "200 OK", **headers: str) -> bytes:
    """What a server sends."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


@pytest.fixture
def site() -> Iterator[Receiver]:
    """A supplier's server; what it answers is said by the test."""
    found = Receiver([answer()])
    with answering(found):
        yield found


def at(supplier: Supplier, site: Receiver, secrets: dict[str, str] | None = None, **settings: Any) -> None:
    supplier.source(secrets, address=f"http://127.0.0.1:{site.port}/out/stock.csv?key=7", **settings)


def unreached(supplier: Supplier) -> str:
    """Why the look came to nothing, which is kept too."""
    with pytest.raises(Unreached) as refused:
        supplier.read()
    assert supplier.now.trouble == refused.value.detail
    assert supplier.movements() == [(0,)]
    return refused.value.detail


def test_a_file_is_fetched_and_read_and_what_its_server_said_of_it_is_given_back(
    supplier: Supplier, site: Receiver
) -> None:
    written = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    site.answers = [answer(etag='"v1"', last_modified=written), answer("", "304 Not Modified")]
    at(supplier, site)
    looked = supplier.look()
    assert looked.place == f"http://127.0.0.1:{site.port}/out/stock.csv"
    (report,) = looked.files
    assert (report.file, report.created, supplier.lies("TEA")) == ("stock.csv", 1, 12)
    assert report.stock is not None
    assert format_datetime(report.stock.as_of, usegmt=True) == written
    assert supplier.read() == []
    first, second = site.seen
    assert first.target == "/out/stock.csv?key=7"
    assert first.headers["host"] == f"127.0.0.1:{site.port}"
    assert "if-none-match" not in first.headers
    assert (second.headers["if-none-match"], second.headers["if-modified-since"]) == ('"v1"', written)


def test_the_same_content_without_a_date_says_nothing_new(supplier: Supplier, site: Receiver) -> None:
    at(supplier, site)
    supplier.read()
    before = supplier.movements()
    assert [report.same for report in supplier.read()] == [True]
    assert supplier.movements() == before
    site.answers = [answer(text("TEA,Green tea,3.50,11"))]
    assert [report.same for report in supplier.read()] == [False]
    assert supplier.lies("TEA") == 11


def test_a_content_that_was_not_taken_in_to_its_end_leaves_nothing_known(supplier: Supplier, site: Receiver) -> None:
    """Half of another file is in; the one before it, come again, has to undo that."""
    other = text(*(f"S{n},Thing {n},1,1" for n in range(1100)), "TEA,Black tea,3.50,12")
    site.answers = [answer(etag='"v1"'), answer(other), answer(etag='"v1"')]
    at(supplier, site)
    supplier.read()
    with pytest.raises(Interrupted):
        supplier.reader.read("acme", lambda: supplier.shop.read("SELECT count(*) FROM item") != [(1,)])
    assert [report.same for report in supplier.read()] == [False]
    assert "if-none-match" not in site.seen[2].headers


def test_asked_to_it_is_fetched_again_whatever_is_known_of_it(supplier: Supplier, site: Receiver) -> None:
    site.answers = [answer(etag='"v1"')]
    at(supplier, site)
    supplier.read()
    assert [report.same for report in supplier.read(again=True)] == [False]
    assert "if-none-match" not in site.seen[1].headers


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (answer("", "302 Found", location="http://10.0.0.1/secret"), "sends on to http://10.0.0.1/secret"),
        (answer("", "301 Moved"), "sends on to nowhere"),
        (answer("", "401 Who"), "does not let us in (401): check user, password and header"),
        (answer("", "404 Gone"), "there is no file at http://127.0.0.1:"),
        (answer("", "503 Later"), "answers 503 instead of a file"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nsku,title,price,qty\nTEA,Tea,1,5\n", "is not reached"),
        ("break", "is not reached"),
        ("hang", "is not reached"),
    ],
)
def test_what_is_no_file_is_said_and_nothing_is_followed(
    shared: Supplier, site: Receiver, said: bytes | str, says: str
) -> None:
    site.answers = [said]
    at(shared, site, timeout_s=0.5)
    why = unreached(shared)
    assert says in why
    assert "key=7" not in why
    assert len(site.seen) == 1


def test_a_fetch_that_lasts_is_ended_with_the_process(shared: Supplier, site: Receiver) -> None:
    site.answers = ["drip"]
    at(shared, site)
    with pytest.raises(Interrupted):
        shared.reader.read("acme", lambda: bool(site.seen))
    assert shared.now.trouble == ""


@pytest.mark.parametrize("said", ["flood", answer(text(*["TEA,Green tea,3.50,12"] * 60_000))])
def test_a_body_above_the_bound_is_not_read(shared: Supplier, site: Receiver, said: bytes | str) -> None:
    site.answers = [said]
    at(shared, site, file_max_mb=1)
    (report,) = shared.read()
    assert "over 1 MB; split it" in report.fault
    assert "over 1 MB" in shared.now.trouble
    assert shared.shop.read("SELECT count(*) FROM item") == [(0,)]


def test_a_body_above_the_bound_without_a_length_is_not_read(shared: Supplier, site: Receiver) -> None:
    piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    site.answers = [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + piece * 20 + b"0\r\n\r\n"]
    at(shared, site, file_max_mb=1)
    assert "over 1 MB; split it" in shared.read()[0].fault


def test_a_packed_answer_is_refused(shared: Supplier, site: Receiver) -> None:
    site.answers = [answer(content_encoding="gzip")]
    at(shared, site)
    assert "ask its operator to send it plain" in shared.read()[0].fault


def test_secrets_let_us_in_and_are_never_shown(supplier: Supplier, site: Receiver) -> None:
    at(supplier, site, {"password": "sesame-open"}, user="hub")
    supplier.read()
    at(supplier, site, {"header": "X-Api-Key: 2f7c-4411-sesame"})
    site.answers = [answer("", "302 Found", location="/in?key=2f7c-4411-sesame")]
    with pytest.raises(Unreached) as refused:
        supplier.read()
    assert site.seen[0].headers["authorization"] == "Basic aHViOnNlc2FtZS1vcGVu"
    assert site.seen[1].headers["x-api-key"] == "2f7c-4411-sesame"
    assert "sesame" not in refused.value.detail + supplier.now.trouble


def test_without_leave_nothing_reaches_the_own_network(
    shared: Supplier, site: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(shared, site)
    monkeypatch.setattr(shared, "reader", SourceReader(shared.db, lambda: SEAL, shared.shop.hub.call, on_lan=False))
    assert "TRUESTOCK_SOURCES_ON_LAN" in unreached(shared)
    assert site.seen == []


def leads_to(*addresses: str) -> Lookup:
    """A name server that says these addresses."""
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("::ffff:127.0.0.1",), ("169.254.169.254",)]
)
def test_a_name_that_leads_to_a_private_address_is_not_called(
    shared: Supplier, site: Receiver, addresses: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    found_at(monkeypatch, leads_to(*addresses))
    shared.source(address=f"https://files.example:{site.port}/stock.csv")
    monkeypatch.setattr(shared, "reader", SourceReader(shared.db, lambda: SEAL, shared.shop.hub.call, on_lan=False))
    assert "not called" in unreached(shared)
    assert site.seen == []


def test_over_tls_the_name_has_to_be_proven_at_the_address_that_was_judged(
    supplier: Supplier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, client = tls_for("files.example", tmp_path)
    found_at(monkeypatch, leads_to("127.0.0.1"), tls=client)
    site = Receiver([answer()], tls=own)
    with answering(site):
        supplier.source(address=f"https://bank.example:{site.port}/stock.csv")
        assert "CERTIFICATE_VERIFY_FAILED" in unreached(supplier)
        supplier.source(address=f"https://files.example:{site.port}/stock.csv")
        assert [report.fault for report in supplier.read()] == [""]
    assert site.seen[0].sni == "files.example"


def found_at(monkeypatch: pytest.MonkeyPatch, lookup: Lookup, **more: Any) -> None:
    """Doors of this test look names up like this."""

    def made(*given: Any, **named: Any) -> UrlDoor:
        return UrlDoor(*given, **{**named, **more, "lookup": lookup})

    monkeypatch.setattr("truestock.feeds.file_sources.sources.UrlDoor", made)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://93.184.216.34/a.csv", "needs https"),
        ("https://u:p@files.example/a.csv", "give user and the secret password instead"),
        ("https://files.example:25/a.csv", "port 25 is closed to files"),
        ("https://169.254.169.254/a.csv", "files never go to"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_at_once(shared: Supplier, address: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        shared.source(address=address)
    assert refused.value.field == "settings"
    assert refused.value.detail.startswith("address: ")
    assert says in refused.value.detail


def test_what_one_server_said_of_its_file_is_not_asked_of_another(supplier: Supplier, site: Receiver) -> None:
    site.answers = [answer(etag='"v1"')]
    at(supplier, site)
    supplier.read()
    supplier.source(address=f"http://127.0.0.1:{site.port}/new/stock.csv")
    supplier.read()
    assert [call.target for call in site.seen] == ["/out/stock.csv?key=7", "/new/stock.csv"]
    assert "if-none-match" not in site.seen[1].headers


def test_what_is_said_of_a_file_while_its_address_is_changed_holds_for_the_old_one(
    supplier: Supplier, site: Receiver
) -> None:
    site.answers = [answer(etag='"v1"')]
    at(supplier, site)
    commit = supplier.shop.hub.call

    async def moving(*given: Any) -> list[Any]:
        """Somebody changes the source while its file is booked."""
        supplier.source(address=f"http://127.0.0.1:{site.port}/new/stock.csv")
        return await commit(*given)

    SourceReader(supplier.db, lambda: SEAL, moving, on_lan=True).read("acme")
    supplier.read()
    assert site.seen[1].target == "/new/stock.csv"
    assert "if-none-match" not in site.seen[1].headers


def test_a_file_is_called_by_a_name_that_can_be_kept(supplier: Supplier, site: Receiver) -> None:
    site.answers = [answer()]
    supplier.source(address=f"http://127.0.0.1:{site.port}/out/a%00.csv")
    assert [report.file for report in supplier.read()] == ["a_.csv"]
