"""Plays days in a hub: what happens is booked, and every evening a source states everything, by a feed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from typing import Any, Final

from truestock.bootstrap import Hub
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.changes import Result
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.core.gtin import check_digit
from truestock.core.problems import Problem
from truestock.entrypoints.rehearsal.errors import Spoiled
from truestock.entrypoints.rehearsal.facts import DC, PLACES, STORES, Cell, Company, Fact
from truestock.feeds.stock.engine.engine import FeedEngine
from truestock.feeds.stock.engine.feeds import put_feed
from truestock.feeds.stock.engine.settings import NewFeed
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.ledger.expected import Expect, expect
from truestock.ledger.post import post
from truestock.ledger.values import AnyBooking, Booked, Opening, Post, Receive, Return, Sale
from truestock.orders.act import act
from truestock.orders.actions import Act, Done, Ship
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderLine, OrderResult
from truestock.reconciliation.discrepancies.lists import Discrepancy, list_discrepancies

ACTOR: Final = "rehearsal"
FEED: Final = "evening"
CHANNEL: Final = "web"
COST: Final = Decimal("2.50")
ROWS_MAX: Final = 1_000_000
At = tuple[datetime, Cell]


class RehearsalFailed(Exception):
    """What was played was not taken as it should be, so that no figure of it means anything."""


def stock_up(hub: Hub, company: Company, first: datetime) -> None:
    """Bring a company into a hub, with its opening stock the day before the first, and the source's feed."""
    kinds = {DC: "dc", **dict.fromkeys(STORES, "store")}
    _accepted(put_locations(hub.db, [LocationDraft(place, kind=kinds[place]) for place in PLACES]))
    _accepted(put_channels(hub.db, [ChannelDraft(CHANNEL, locations=(DC,))]))
    _accepted(put_items(hub.db, [ItemDraft(sku, cost=COST) for sku in company.skus]))
    _accepted(
        put_barcodes(
            hub.db, [BarcodeDraft(_gtin(n), sku, pack) for n, (sku, pack) in enumerate(company.packs.items(), 1)]
        )
    )
    at = first - timedelta(days=1)
    _book(
        hub,
        [
            Opening(sku=sku, location=place, qty=qty, effective_at=at)
            for (sku, place), qty in sorted(company.opening.items())
        ],
    )
    put_feed(hub.db, hub.seal(), FEED, NewFeed(meaning="on_hand", posture="book"), on_lan=False)


def play(
    hub: Hub, company: Company, days: Iterable[Spoiled], advance: Callable[[int], None]
) -> Iterator[dict[Cell, int]]:
    """Play the days one by one; each gives by how much the source and the ledger have to differ that evening.

    That is reckoned from what each was told, by sums of its own: nothing of it is read from the hub."""
    engine = FeedEngine(hub.db, hub.rules)
    there, here = dict(company.opening), dict(company.opening)
    late: dict[Cell, int] = {}
    for spoiled in days:
        evening = spoiled.day.evening
        _tell(hub, spoiled)
        _add(there, _sums(fact for fact in spoiled.day.facts if fact.at <= evening))
        _add(there, spoiled.there)
        _add(there, late)
        _add(here, _sums(fact for fact in spoiled.told if fact.at <= evening))
        engine.take(FEED, FeedFile(f"{spoiled.day.day}.csv", _file(there), evening), ACTOR)
        yield {cell: units - here[cell] for cell, units in there.items() if units != here[cell]}
        here = dict(there)
        _add(here, _sums(fact for fact in spoiled.told if fact.at > evening))
        _add(there, _sums(fact for fact in spoiled.day.facts if fact.at > evening))
        late = dict(spoiled.tomorrow)
        advance(1)


def discrepancies(hub: Hub) -> dict[At, Discrepancy]:
    """What was found, by the evening and the cell."""
    found: dict[At, Discrepancy] = {}
    for state in ("open", "review", "adjusted", "gone"):
        for row in list_discrepancies(hub.db, state, FEED, limit=ROWS_MAX).rows:
            found[row.as_of, (row.sku, row.location)] = row
    return found


def _tell(hub: Hub, spoiled: Spoiled) -> None:
    due = spoiled.day.evening
    if spoiled.expected:
        expectations = [
            Expect(sku=fact.sku, location=fact.place, qty=fact.units, due_at=due, ref=fact.ref)
            for fact in spoiled.expected
        ]
        expect(hub.db, hub.rules, expectations)
    _book(hub, [_booking(fact) for fact in spoiled.told if fact.what != "order"])
    ordered = sorted((fact for fact in spoiled.told if fact.what == "order"), key=lambda fact: fact.ref)
    _order(hub, {ref: list(facts) for ref, facts in groupby(ordered, key=lambda fact: fact.ref)})


def _booking(fact: Fact) -> AnyBooking:
    said: dict[str, Any] = {"sku": fact.sku, "location": fact.place, "effective_at": fact.at, "ref": fact.ref}
    match fact.what:
        case "delivery":
            return Receive(qty=fact.units, source="goods-in", **said)
        case "return":
            return Return(qty=fact.units, source="till", **said)
        case _:
            return Sale(qty=-fact.units, source="till", **said)


def _order(hub: Hub, orders: Mapping[str, Sequence[Fact]]) -> None:
    """Reserve each, and ship it at once."""
    asked = [
        NewOrder(CHANNEL, ref, [OrderLine(fact.sku, -fact.units) for fact in facts], "sold", None, 0, facts[0].at)
        for ref, facts in orders.items()
    ]
    taken = hub.run(reserve, [Reserve(order, ACTOR) for order in asked])
    shipped = hub.run(
        act, [Act(Ship(CHANNEL, ref, location=DC, shipped_at=facts[0].at), ACTOR) for ref, facts in orders.items()]
    )
    for answer in taken:
        if not isinstance(answer, OrderResult):
            raise RehearsalFailed(f"an order was not taken: {answer}")
    for answer in shipped:
        if not isinstance(answer, Done):
            raise RehearsalFailed(f"an order was not shipped: {answer}")


def _book(hub: Hub, bookings: Sequence[AnyBooking]) -> None:
    for answer in hub.run(post, [Post(booking, ACTOR) for booking in bookings]):
        if not isinstance(answer, Booked):
            raise RehearsalFailed(f"a fact was not booked: {answer}")


def _accepted(results: Sequence[Result]) -> None:
    for result in results:
        if isinstance(result, Problem):
            raise RehearsalFailed(result.detail)


def _file(there: Mapping[Cell, int]) -> BytesIO:
    lines = [f"{sku},{place},{units}" for (sku, place), units in sorted(there.items())]
    return BytesIO("\n".join(["sku,location,qty", *lines, ""]).encode())


def _sums(facts: Iterable[Fact]) -> dict[Cell, int]:
    sums: dict[Cell, int] = defaultdict(int)
    for fact in facts:
        sums[fact.cell] += fact.units
    return sums


def _add(to: dict[Cell, int], more: Mapping[Cell, int]) -> None:
    for cell, units in more.items():
        to[cell] += units


def _gtin(number: int) -> str:
    body = f"200{number:09d}"
    return f"{body}{check_digit(body)}"
