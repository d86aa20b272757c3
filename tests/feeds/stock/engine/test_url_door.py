"""A feed's file at a URL is sent only where it is not the one that was taken last; no other is missed."""

from collections.abc import Iterator
from email.utils import format_datetime

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.core.problems import Conflict
from truestock.feeds.file_sources.settings import SourceSettings
from truestock.feeds.stock.engine.doors import Doors
from truestock.feeds.stock.engine.feeds import read_feed
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run

SAME = b"HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n"
WRITTEN = format_datetime(ago(hours=1), usegmt=True)
BY_TAG = ("if-none-match", "if-modified-since")


def answer(text: str, etag: str = "", written: str = WRITTEN) -> bytes:
    """What a server sends: a file of lines, and what it says of it."""
    body = "\n".join(",".join(line.split()) for line in text.split("|"))
    tags = [f'etag: "{etag}"', f"last-modified: {written}"] if etag else []
    return "\r\n".join(["HTTP/1.1 200 OK", f"content-length: {len(body)}", *tags, "", body]).encode()


@pytest.fixture
def site() -> Iterator[Receiver]:
    """A server; what it answers is said by the test."""
    found = Receiver([SAME])
    with answering(found):
        yield found


def door(site: Receiver) -> SourceSettings:
    return SourceSettings(address=f"http://127.0.0.1:{site.port}/stock.csv")


def look(feeds: Feeds, code: str) -> list[Run]:
    hub = feeds.shop.hub
    return Doors(hub.db, hub.rules, hub.seal, on_lan=True).look(code)


def asked(site: Receiver) -> tuple[str | None, ...]:
    """What the server was told last that is known of its file."""
    return tuple(site.seen[-1].headers.get(name) for name in BY_TAG)


def test_a_file_that_was_taken_is_not_sent_again(feeds: Feeds, site: Receiver) -> None:
    sku, erp = feeds.shop.item(dc=10), feeds.add("on_hand", door=door(site))
    site.answers = [
        answer(f"sku location qty | {sku} dc 7", "v1"),
        SAME,
        answer(f"sku location qty | {sku} dc 6", "v2"),
    ]
    assert [run.state for run in look(feeds, erp)] == ["done"]
    assert asked(site) == (None, None)
    assert look(feeds, erp) == []
    assert asked(site) == ('"v1"', WRITTEN)
    assert read_feed(feeds.shop.hub.db, erp).trouble == ""
    assert [run.report.booked for run in look(feeds, erp)] == [1]
    site.answers = [SAME]
    assert look(feeds, erp) == []
    assert asked(site) == ('"v2"', WRITTEN)
    assert feeds.shop.shelf(sku) == {"dc": (6, 0)}


def test_a_file_that_asks_is_refused_or_cannot_be_read_is_sent_again(feeds: Feeds, site: Receiver) -> None:
    shop = feeds.shop
    sku, rest = shop.item(store=10), shop.item(store=10)
    full = feeds.add("on_hand", door=door(site), complete=True, locations=("store",))
    whole = feeds.add("on_hand", door=door(site), all_or_nothing=True)
    broken = feeds.add("on_hand", door=door(site))
    for code, text, states in (
        (full, f"sku location qty | {sku} store 10", ["asks"]),
        (whole, f"sku location qty | {rest} store 10 | {sku} nowhere 10", ["refused"]),
        (broken, f'sku location qty | "{sku} store 10', []),
    ):
        site.answers = [answer(text, "v1")]
        assert [run.state for run in look(feeds, code)] == states
        look(feeds, code)
        assert asked(site) == (None, None)


def test_a_file_is_sent_again_once_its_run_is_undone_or_the_feed_is_described_anew(
    feeds: Feeds, site: Receiver
) -> None:
    sku, erp = feeds.shop.item(dc=10), feeds.add("delta", door=door(site))
    site.answers = [answer(f"sku location qty | {sku} dc 3", "v1")]
    (run,) = look(feeds, erp)
    Mending(feeds.shop.hub.db, feeds.shop.hub.rules).undo(run.id, "maria", "", preview=False)
    assert len(look(feeds, erp)) == 1
    assert asked(site) == (None, None)
    look(feeds, erp)
    assert asked(site) == ('"v1"', WRITTEN)
    feeds.put(erp, "delta", door=door(site))
    assert look(feeds, erp) == []
    assert asked(site) == (None, None)
    assert feeds.shop.shelf(sku) == {"dc": (13, 0)}


def test_nothing_is_said_to_be_known_of_a_file_of_which_its_server_says_nothing(feeds: Feeds, site: Receiver) -> None:
    sku, pos = feeds.shop.item(dc=10), feeds.add("delta", door=door(site))
    rows = f"sku location qty | {sku} dc 3"
    site.answers = [answer(rows, "v1"), answer(f"{rows} | {sku} dc 4"), answer(rows, "v1")]
    for _ in range(3):
        look(feeds, pos)
    assert asked(site) == (None, None)


def test_figures_that_were_written_anew_are_stated_anew_though_they_are_the_same(feeds: Feeds, site: Receiver) -> None:
    sku, erp = feeds.shop.item(dc=10), feeds.add("on_hand", door=door(site))
    rows, anew = f"sku location qty | {sku} dc 7", format_datetime(ago(minutes=1), usegmt=True)
    same_anew = SAME.replace(b"\r\n\r\n", f"\r\nlast-modified: {anew}\r\n\r\n".encode())
    site.answers = [answer(rows, "v1"), same_anew, answer(rows, "v1", anew)]
    assert [run.report.booked for run in look(feeds, erp)] == [1]
    (again,) = look(feeds, erp)
    assert format_datetime(again.as_of, usegmt=True) == anew
    site.answers = [same_anew]
    assert look(feeds, erp) == []
    assert asked(site) == ('"v1"', anew)


def test_a_server_that_is_reached_again_is_no_trouble_though_its_file_is_the_same(feeds: Feeds, site: Receiver) -> None:
    sku, erp = feeds.shop.item(dc=10), feeds.add("on_hand", door=door(site))
    site.answers = [answer(f"sku location qty | {sku} dc 7", "v1"), answer("").replace(b"200 OK", b"503 Busy"), SAME]
    look(feeds, erp)
    with pytest.raises(Conflict, match="answers 503"):
        look(feeds, erp)
    assert "answers 503" in read_feed(feeds.shop.hub.db, erp).trouble
    look(feeds, erp)
    assert read_feed(feeds.shop.hub.db, erp).trouble == ""
