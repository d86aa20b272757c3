"""What a book is read from the tables as."""

from datetime import UTC, datetime

import pytest

from tests.factories import Shop
from truestock.core.book import ItemBook, Kept
from truestock.core.words import Status
from truestock.ledger import queries
from truestock.ledger.values import Receive
from truestock.ledger.work.books import read_books

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def read(shop: Shop, *skus: str, sellable_only: bool = False, missing: tuple[str, ...] = ()) -> dict[str, ItemBook]:
    snapshot = shop.hub.rules.snapshot()
    ids = snapshot.item_ids(skus)
    rules = snapshot.items(ids.values())
    with shop.hub.db.transaction() as conn:
        reads = read_books(conn, list(rules.values()), sellable_only=sellable_only)
        assert reads is not None
        books = reads.build(NOW, [ids[sku] for sku in missing])
    return {book.rules.sku: book for book in books.values()}


@pytest.mark.parametrize("sellable_only", [False, True])
def test_rows_are_read_by_their_key_and_those_that_cannot_be_sold_if_they_are_wanted(
    shop: Shop, sellable_only: bool
) -> None:
    sku = shop.item(store=3, dc=5)
    shop.ring(sku, "dc", 2, to="web")
    shop.book(Receive(sku=sku, location="dc", qty=4, status="damaged"))
    shop.buy("retail", {sku: 1})
    book = read(shop, sku, sellable_only=sellable_only)[sku]
    rows = shop.read(
        "SELECT loc, lot, status, owner, on_hand, reserved FROM stock s JOIN item i ON i.id = s.item WHERE i.sku = %s "
        "ORDER BY loc, lot, status, owner",
        sku,
    )
    assert list(book.stock) == [row for row in rows if row[2] == Status.SELLABLE or not sellable_only]
    assert len(rows) == 4
    ((version,),) = shop.read("SELECT version FROM head h JOIN item i ON i.id = h.item WHERE i.sku = %s", sku)
    assert book.version == version


def test_the_first_hold_is_the_items_own(shop: Shop) -> None:
    held, plain = ([shop.item(dc=9) for _ in range(12)] for _ in range(2))
    for sku in held:
        shop.buy("web", {sku: 1}, hold=600)
        shop.buy("web", {sku: 1}, hold=300)
    firsts = dict(shop.read("SELECT i.sku, min(h.expires_at) FROM hold h JOIN item i ON i.id = h.item GROUP BY i.sku"))
    books = read(shop, *held, *plain)
    assert {sku: book.earliest_hold for sku, book in books.items()} == {sku: firsts.get(sku) for sku in held + plain}
    assert len(firsts) >= len(held)


def test_the_first_hold_is_found_by_its_item_even_by_a_plan_made_while_there_are_few(shop: Shop) -> None:
    with shop.hub.db.transaction() as conn:
        for setting in ("enable_seqscan = off", "plan_cache_mode = force_generic_plan"):
            conn.execute(f"SET LOCAL {setting}".encode())
        wanted = {"parts": "{1}", "items": "{1}", "sellable_only": True}
        plan = "\n".join(row[0] for row in conn.execute(f"EXPLAIN {queries.books}", wanted, prepare=True).fetchall())
    assert "hold_pkey" in plan
    assert "hold_expiry" not in plan


def test_what_is_owed_is_read_of_the_items_that_owe(shop: Shop) -> None:
    owing, plain = shop.item(dc=2), shop.item(dc=2)
    shop.buy("web", {owing: 5}, mode="sold")
    books = read(shop, owing, plain)
    assert {sku: book.owed() for sku, book in books.items() if book.shorts} == {owing: {2: 3}}


def test_what_is_kept_is_read_by_channel(shop: Shop) -> None:
    sku, plain = shop.item(dc=9), shop.item(dc=9)
    shop.rule("protection", 4, channel="retail", item=sku)
    shop.rule("protection", 2, channel="web", item=sku)
    shop.buy("web", {sku: 1})
    books = read(shop, sku, plain)
    assert {channel: (k.target, k.used) for channel, k in books[sku].kept.items()} == {1: (4, 0), 2: (2, 1)}
    assert all(isinstance(k, Kept) for k in books[sku].kept.values())
    assert not books[plain].kept


def test_an_item_that_another_process_holds_has_no_book(shop: Shop) -> None:
    one, other = shop.item(dc=1), shop.item(dc=1)
    assert list(read(shop, one, other, missing=(one,))) == [other]
