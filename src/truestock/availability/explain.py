"""Why a channel may promise what it may: reads the book, a bounded number of the entries, promises and orders behind
it, and has core build the tree. Works for now and for any instant of the past."""

from collections.abc import Mapping

import msgspec

from truestock.availability.as_of import Past
from truestock.availability.evidence import read_evidence
from truestock.availability.present import read_books
from truestock.availability.read import Reader, book_answer, items_of, resolve, views_of
from truestock.availability.values import Available, Unknown
from truestock.catalog.rules import Snapshot
from truestock.core.available.explain import Evidence, explain_item, explain_listing
from truestock.core.available.listing import needs_places
from truestock.core.available.node import Node
from truestock.core.book import ItemBook
from truestock.core.network import Channel, Listing


class Explanation(msgspec.Struct, frozen=True):
    """An answer and the tree whose root is its ATP; `axis` is empty for now."""

    answer: Available
    root: Node
    axis: str = ""


def explain(reader: Reader, channel: str, sku: str) -> Explanation | Unknown:
    """The number of now."""
    return reader.rules.read(lambda snapshot: _explain_now(reader, snapshot, channel, sku))


def explain_past(past: Past, channel: str, sku: str) -> Explanation | Unknown:
    """The number of a past instant; of promises it tells only the sums, for their history is in the entries."""
    found = resolve(past.rules, channel, sku)
    if isinstance(found, Unknown):
        return found
    books = past.books(found[1])
    evidence = read_evidence(past.conn, books, past.at, past.axis)
    return Explanation(book_answer(*found, books), _tree(*found, books, evidence), past.axis)


def _explain_now(reader: Reader, snapshot: Snapshot, code: str, sku: str) -> Explanation | Unknown:
    found = resolve(snapshot, code, sku)
    if isinstance(found, Unknown):
        return found
    channel, listing = found
    # One snapshot for the book and what lies behind it, so that the parts sum.
    with reader.conn.transaction():
        reader.conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        books = read_books(reader.conn, items_of(snapshot, [listing]).values(), snapshot.epoch)
        evidence = read_evidence(reader.conn, books)
    return Explanation(book_answer(channel, listing, books), _tree(channel, listing, books, evidence))


def _tree(channel: Channel, listing: Listing, books: Mapping[int, ItemBook], evidence: Mapping[int, Evidence]) -> Node:
    components = [(explain_item(books[item], channel.id, evidence[item]), units) for item, units in listing.components]
    places: dict[str, list[tuple[str, int, int]]] | None = None
    if needs_places(listing):
        views = views_of(channel, books)
        places = {
            books_location: [
                (books[item].rules.sku, views[item].units_at(loc), units) for item, units in listing.components
            ]
            for loc in channel.locations
            for books_location in [books[listing.components[0][0]].rules.network.locations[loc].code]
        }
    return explain_listing(f"ATP of {listing.sku} on {channel.code}", components, places)
