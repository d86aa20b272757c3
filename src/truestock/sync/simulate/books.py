"""The hub's ledger in memory: books of items, opened, decided on and closed by what serves real orders.

Ids are numbers from 1 up, in the order of the scene; an item is listed on every channel as itself."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from truestock.core.available.listing import published
from truestock.core.book import NONE, ClosedBook, ItemBook, Kept, Promise, Stock, close
from truestock.core.book.view import view_of
from truestock.core.decide import facts
from truestock.core.decide.promises import release
from truestock.core.decide.reserve import Decision, Line, Mode, Request, reserve
from truestock.core.identity import part_of
from truestock.core.network import Channel, ItemRules, Listing, Location, Network, TermsKept
from truestock.core.network.policy import Policy
from truestock.core.replay.simulate.scene import Scene
from truestock.core.words import NO_LOT, POOL, Kind, Place, Status

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Numbers(NamedTuple):
    """What each channel may promise of an item, and what it is told."""

    atps: list[int]
    published: list[int]


class Promised(NamedTuple):
    """Units promised to a line of an order, and the promise that holds them."""

    item: int
    location: str
    units: int
    line: int
    n: int
    owner: int


class Books:
    """One company's stock. After each decision, `numbers` of the items it touched are new."""

    def __init__(self, scene: Scene) -> None:
        stage = scene.stage
        self._scene = scene
        self._places = [location.code for location in stage.locations]
        self._place_ids = {code: n for n, code in enumerate(self._places, 1)}
        self._channel_ids = {channel.code: n for n, channel in enumerate(stage.channels, 1)}
        self._network = self._made_network()
        self._books: dict[int, tuple[ItemRules, ClosedBook]] = {}
        self._orders = 0
        ids = {"": None, **{sku: n + 1 for sku, n in scene.items.items()}}
        self._policies = tuple(self._policy(n, ids) for n in range(len(scene.world.policies)))
        self._named = {policy.item for policy in self._policies}
        self._shared = TermsKept()

    def open(self, item: int, now: datetime) -> Numbers:
        """Make the book of an item; its numbers before the first order."""
        return self._closed(self._made_book(item, now))

    def sell(
        self, channel: int, lines: Sequence[tuple[int, int]], mode: Mode, now: datetime, placed_at: datetime
    ) -> tuple[Decision, list[Promised], list[Numbers]]:
        """Reserve an order's lines (item, units); the numbers are by line.

        Units owed are given up at once: the customer is told that the order is cancelled."""
        books = [self._opened(item, now) for item, _ in lines]
        self._orders += 1
        order_id = f"{self._orders:032x}"
        asked = tuple([Line(self._listing(item), units) for item, units in lines])
        decision = reserve(
            {book.item: book for book in books}, Request(order_id, channel + 1, asked, mode, placed_at=placed_at)
        )
        promised: list[Promised] = []
        for n, (book, (item, units)) in enumerate(zip(books, lines, strict=True)):
            for fresh in book.fresh:
                location = self._places[fresh.row.loc - 1]
                promised.append(Promised(item, location, fresh.qty, fresh.buyer.line, fresh.n, fresh.row.owner))
            if mode == "sold" and decision.lines[n].granted < units:
                release(book, order_id, n, units - decision.lines[n].granted)
        return decision, promised, [self._closed(book) for book in books]

    def cancel(self, channel: int, promised: Iterable[Promised], now: datetime) -> list[tuple[int, Numbers]]:
        """Release promises; the numbers of their items."""
        changed: dict[int, Numbers] = {}
        for held in promised:
            book = self._opened(held.item, now)
            key = ("", held.line, held.n)
            place = self._place_ids[held.location]
            book.promises[key] = Promise(
                *key, channel + 1, 0, place, NO_LOT, held.owner, held.units, now - timedelta(microseconds=1)
            )
            release(book, "", held.line, held.units)
            changed[held.item] = self._closed(book)
        return list(changed.items())

    def receive(self, item: int, location: str, units: int, now: datetime) -> Numbers:
        """Book a parcel in that came back."""
        book = self._opened(item, now)
        loc = self._place_ids[location]
        facts.apply(book, facts.Change(item + 1, loc, units, Kind.RETURN, Place.CUSTOMER, now, NO_LOT))
        return self._closed(book)

    def _opened(self, item: int, now: datetime) -> ItemBook:
        rules, closed = self._books[item + 1]
        return closed.open(rules, now)

    def _closed(self, book: ItemBook) -> Numbers:
        atps, told = [], []
        listing = self._listing(book.item - 1)
        for channel in self._network.channels:
            atp = view_of(book, channel).atp()
            atps.append(atp)
            if book.terms.sell_out_at:
                at = Listing(0, channel, listing.components)
                told.append(published(at, atp, {book.item: atp}, {book.item: book.terms}))
            else:
                told.append(max(0, atp))
        self._books[book.item] = book.rules, close(book)
        return Numbers(atps, told)

    def _listing(self, item: int) -> Listing:
        return Listing(0, 0, ((item + 1, 1),))

    def _made_network(self) -> Network:
        stage, ids = self._scene.stage, self._place_ids
        locations = {
            ids[place.code]: Location(ids[place.code], place.code, place.kind, place.tier, place.rank)
            for place in stage.locations
        }
        channels = {
            n: Channel(n, channel.code, rank=channel.rank, locations=tuple(ids[code] for code in channel.locations))
            for n, channel in enumerate(stage.channels, 1)
        }
        return Network(1, locations, channels)

    def _policy(self, n: int, items: dict[str, int | None]) -> Policy:
        rule = self._scene.world.policies[n]
        return Policy(
            n + 1,
            rule.kind,
            rule.value,
            EPOCH,
            rule.unit,
            channel=self._channel_ids.get(rule.channel) if rule.channel else None,
            item=items[rule.sku],
            loc=self._place_ids[rule.location] if rule.location else None,
        )

    def _made_book(self, item: int, now: datetime) -> ItemBook:
        scene, sku, own = self._scene, self._scene.stage.items[item].sku, item + 1
        opening = {code: scene.stage.opening.get((sku, code), 0) for code in self._places}
        cells: dict[tuple[int, int], int] = {(self._place_ids[code], POOL): u for code, u in opening.items() if u}
        for ring in scene.world.ring_fences:
            units = int(opening[ring.location] * ring.percent / 100)
            if ring.sku in ("", sku) and units and ring.channel in self._channel_ids:
                place, owner = self._place_ids[ring.location], self._channel_ids[ring.channel]
                cells[place, POOL] -= units
                cells[place, owner] = cells.get((place, owner), 0) + units
        kept: dict[int, int] = {}
        for rule in scene.world.protection:
            if rule.sku in ("", sku) and rule.channel in self._channel_ids:
                ways = scene.stage.channels[self._channel_ids[rule.channel] - 1].locations
                units = int(sum(opening[code] for code in ways) * rule.percent / 100)
                kept[self._channel_ids[rule.channel]] = units
        shared = TermsKept() if own in self._named else self._shared
        rules = ItemRules(own, part_of(own), sku, self._network, self._policies, kept=shared)
        stock = Stock.of((loc, NO_LOT, Status.SELLABLE, owner, u, 0) for (loc, owner), u in cells.items())
        return ItemBook(
            rules, 0, now, stock, kept={n: Kept(n, units, 0) for n, units in kept.items()} if kept else NONE
        )
