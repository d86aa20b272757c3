"""ATP of SKUs on their channels, now: which items a SKU leads to, and what their books give."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from truestock.availability.bulk import Bulk, read_bulk
from truestock.availability.present import AtHand, prepare, read_book, read_books
from truestock.availability.values import Answer, Available, PlaceUnits, Unknown, item_terms
from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.available.listing import listing_atp, needs_places, places_of, published, together
from truestock.core.book import ItemBook
from truestock.core.book.view import AtpTerms, View, view_of
from truestock.core.network import Channel, ItemRules, Listing
from truestock.store.database import Connection

Places = Mapping[int, Mapping[int, int]]


class Reader:
    """One per connection, which it makes its own; any number of readers share a rule book."""

    def __init__(self, conn: Connection, rules: RuleBook) -> None:
        self.conn = prepare(conn)
        self.rules = rules
        self._at_hand = AtHand()

    def available(self, channel: str, sku: str) -> Answer:
        """What the channel may promise of its SKU, or of an item by the item's own."""
        return self.rules.read(lambda snapshot: self._available(snapshot, channel, sku))

    def many(self, wanted: Sequence[tuple[str, str]]) -> list[Answer]:
        """The same for any number of (channel, SKU), from one snapshot; one answer each, in their order."""
        return self.rules.read(lambda snapshot: self._many(snapshot, wanted))

    def places(self, channel: str, sku: str) -> list[PlaceUnits] | Unknown:
        """What lies where the channel draws, after safety, in its order; at no place more than its ATP.

        This is what click and collect asks: a store with `pickup` can hand over that many."""
        return self.rules.read(lambda snapshot: self._places(snapshot, channel, sku))

    def _available(self, snapshot: Snapshot, code: str, sku: str) -> Answer:
        found = resolve(snapshot, code, sku)
        if isinstance(found, Unknown):
            return found
        return book_answer(*found, self._books(snapshot, found[1]))

    def _many(self, snapshot: Snapshot, wanted: Sequence[tuple[str, str]]) -> list[Answer]:
        found = resolve_many(snapshot, wanted)
        resolved = [one for one in found if not isinstance(one, Unknown)]
        rules = items_of(snapshot, [listing for _, listing in resolved])
        bulk = read_bulk(self.conn, snapshot.network, rules.values(), [channel.id for channel, _ in resolved])
        return [one if isinstance(one, Unknown) else bulk_answer(bulk, *one, rules) for one in found]

    def _places(self, snapshot: Snapshot, code: str, sku: str) -> list[PlaceUnits] | Unknown:
        found = resolve(snapshot, code, sku)
        if isinstance(found, Unknown):
            return found
        channel, listing = found
        views = views_of(channel, self._books(snapshot, listing))
        here = together(listing, {item: places_of(view) for item, view in views.items()})
        at_most = min(max(0, views[item].terms().atp) // units for item, units in listing.components)
        places = [snapshot.network.locations[loc] for loc in channel.locations]
        return [PlaceUnits(p.code, p.pickup, min(at_most, here.get(p.id, 0))) for p in places]

    def _books(self, snapshot: Snapshot, listing: Listing) -> dict[int, ItemBook]:
        items = items_of(snapshot, [listing])
        if len(items) > 1:
            return read_books(self.conn, items.values(), snapshot.epoch)
        ((item, rules),) = items.items()
        return {item: read_book(self.conn, rules, snapshot.epoch, self._at_hand)}


def resolve(snapshot: Snapshot, code: str, sku: str) -> tuple[Channel, Listing] | Unknown:
    """What a SKU stands for on a channel. Raises RulesChanged."""
    channel = snapshot.channel(code)
    if channel is None:
        return Unknown(code, sku, "channel")
    key = (channel.id, sku)
    listing = snapshot.listing(*key) or snapshot.listings([key]).get(key)
    return Unknown(code, sku, "sku") if listing is None else (channel, listing)


def resolve_many(snapshot: Snapshot, wanted: Iterable[tuple[str, str]]) -> list[tuple[Channel, Listing] | Unknown]:
    """The same for many, loading what is missing in one set."""
    wanted = list(wanted)
    channels = {code: snapshot.channel(code) for code, _ in wanted}
    listings = snapshot.listings((c.id, sku) for code, sku in wanted if (c := channels[code]) is not None)
    found: list[tuple[Channel, Listing] | Unknown] = []
    for code, sku in wanted:
        channel = channels[code]
        listing = listings.get((channel.id, sku)) if channel is not None else None
        if channel is None or listing is None:
            found.append(Unknown(code, sku, "channel" if channel is None else "sku"))
        else:
            found.append((channel, listing))
    return found


def items_of(snapshot: Snapshot, listings: Iterable[Listing]) -> dict[int, ItemRules]:
    """The rules of every item that the listings take. Raises RulesChanged."""
    return snapshot.items(item for listing in listings for item, _ in listing.components)


def views_of(channel: Channel, books: Mapping[int, ItemBook]) -> dict[int, View]:
    """A channel's view of each book."""
    return {item: view_of(book, channel.id) for item, book in books.items()}


def book_answer(channel: Channel, listing: Listing, books: Mapping[int, ItemBook]) -> Available:
    """The answer for a listing from its items' books."""
    views = views_of(channel, books)
    return answer(
        channel,
        listing,
        {item: book.rules for item, book in books.items()},
        {item: book.version for item, book in books.items()},
        {item: view.terms() for item, view in views.items()},
        {item: places_of(view) for item, view in views.items()} if needs_places(listing) else {},
        max(book.now for book in books.values()),
    )


def bulk_answer(bulk: Bulk, channel: Channel, listing: Listing, rules: Mapping[int, ItemRules]) -> Available:
    """The answer for a listing from a read of many items."""
    items = [item for item, _ in listing.components]
    places = {item: bulk.places(item, channel.id) for item in items} if needs_places(listing) else {}
    terms = {item: bulk.atp(item, channel.id) for item in items}
    return answer(channel, listing, rules, bulk.versions, terms, places, bulk.as_of)


def answer(
    channel: Channel,
    listing: Listing,
    rules: Mapping[int, ItemRules],
    versions: Mapping[int, int],
    terms: Mapping[int, AtpTerms],
    places: Places,
    as_of: datetime,
) -> Available:
    """The answer for a listing from its items' terms; `places` only if it needs them."""
    atps = {item: terms[item].atp for item, _ in listing.components}
    atp = listing_atp(listing, atps, places)
    told = tuple(item_terms(rules[item].sku, units, versions[item], terms[item]) for item, units in listing.components)
    limiting = told[0] if len(told) == 1 else min(told, key=lambda t: t.atp // t.units)
    in_force = {item: rules[item].terms(as_of) for item in atps}
    epoch = rules[listing.components[0][0]].network.epoch
    return Available(
        channel.code,
        listing.sku,
        listing.id,
        atp,
        published(listing, atp, atps, in_force),
        limiting.own,
        limiting.pool,
        told,
        as_of,
        epoch,
    )
