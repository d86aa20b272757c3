"""Whether and from where an order is promised, in the three modes; one running balance serves a whole batch."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from truestock.core.available.listing import needs_places
from truestock.core.book import Buyer, ItemBook, Short
from truestock.core.book.view import View, view_of
from truestock.core.decide.sourcing import Need, promise_units, source, split, whole_location
from truestock.core.network import Listing
from truestock.core.words import Kind

Mode = Literal["all_or_nothing", "partial", "sold"]
Books = Mapping[int, ItemBook]


class Line(NamedTuple):
    """`qty` units of a listing."""

    listing: Listing
    qty: int


class Request(NamedTuple):
    """An order or, with `expires_at`, a cart hold."""

    order_id: str
    channel: int
    lines: tuple[Line, ...]
    mode: Mode = "all_or_nothing"
    priority: int = 0
    placed_at: datetime | None = None
    expires_at: datetime | None = None


class LineAnswer(NamedTuple):
    """In listing units: what was asked, what is promised, what the channel could have been promised at most."""

    asked: int
    granted: int
    available: int

    @property
    def short_by(self) -> int:
        """Units asked beyond what is promised or could be."""
        return max(0, self.asked - max(self.granted, self.available))


class Decision(NamedTuple):
    """`granted` is false for a refusal, after which the books are as they were."""

    granted: bool
    lines: tuple[LineAnswer, ...]


def reserve(books: Books, request: Request) -> Decision:
    """Promise an order's lines on the running balance of the books."""
    if request.mode == "sold":
        return _sold(books, request)
    if len(request.lines) == 1 and len(request.lines[0].listing.components) == 1:
        return _simple(books, request)
    return _compound(books, request)


def _simple(books: Books, request: Request) -> Decision:
    """One line of one item: nearly every order."""
    line = request.lines[0]
    ((item, units),) = line.listing.components
    book = books[item]
    view = view_of(book, request.channel)
    available = max(0, view.atp()) // units
    granted = line.qty if line.qty <= available else available if request.mode == "partial" else 0
    if granted:
        promise_units(book, view, _buyer(request, 0), granted * units, Kind.RESERVE)
    return Decision(granted > 0, (LineAnswer(line.qty, granted, available),))


def _compound(books: Books, request: Request) -> Decision:
    """Lines that share items share one budget an item: at most the ATP at the order's start."""
    budget: dict[int, int] = {}
    together = _Together(books, request.channel)
    answers = [_feasible(books, request, n, budget, together) for n in range(len(request.lines))]
    refused = all(a.granted == 0 for a in answers)
    if request.mode == "all_or_nothing":
        refused = any(a.granted < a.asked for a in answers)
    if refused:
        return Decision(False, tuple(LineAnswer(a.asked, 0, a.available) for a in answers))
    # Listings sold together first: only they care where.
    for n, plan in together.plans:
        for loc, count in plan:
            for item, units in request.lines[n].listing.components:
                view = view_of(books[item], request.channel)
                own = min(count * units, view.own.get(loc, 0))
                need = Need(books[item], view, own, count * units - own)
                source(need, _buyer(request, n), Kind.RESERVE, loc)
    _source_plain(books, request, answers)
    return Decision(True, tuple(answers))


def _feasible(books: Books, request: Request, n: int, budget: dict[int, int], together: "_Together") -> LineAnswer:
    line = request.lines[n]
    components = line.listing.components
    available = min(
        budget.setdefault(item, max(0, view_of(books[item], request.channel).atp())) // units
        for item, units in components
    )
    places = together.places(line.listing) if needs_places(line.listing) else []
    if needs_places(line.listing):
        available = min(available, sum(count for _, count in places))
    granted = line.qty if line.qty <= available else available if request.mode == "partial" else 0
    for item, units in components:
        budget[item] -= granted * units
    if places and granted:
        together.take(n, line.listing, places, granted)
    return LineAnswer(line.qty, granted, available)


class _Together:
    """Where listings whose components must lie together find them, less what earlier lines took there."""

    def __init__(self, books: Books, channel: int) -> None:
        self.plans: list[tuple[int, list[tuple[int, int]]]] = []
        self._books = books
        self._channel = channel
        self._taken: dict[tuple[int, int], int] = {}

    def places(self, listing: Listing) -> list[tuple[int, int]]:
        """(location, listing units), in the channel's order."""
        views = [(item, view_of(self._books[item], self._channel), units) for item, units in listing.components]
        found = []
        for loc, _ in views[0][1].places():
            count = min((view.units_at(loc) - self._taken.get((item, loc), 0)) // units for item, view, units in views)
            if count > 0:
                found.append((loc, count))
        return found

    def take(self, line: int, listing: Listing, places: list[tuple[int, int]], granted: int) -> None:
        """Plan a line: at one location if it fills it, else along the order."""
        plan = []
        for loc, count in [place for place in places if place[1] >= granted][:1] or places:
            units_here = min(granted, count)
            plan.append((loc, units_here))
            for item, units in listing.components:
                self._taken[item, loc] = self._taken.get((item, loc), 0) + units_here * units
            granted -= units_here
            if not granted:
                break
        self.plans.append((line, plan))


def _source_plain(books: Books, request: Request, answers: list[LineAnswer]) -> None:
    """All other lines, aggregated to find one place for the whole order."""
    total: dict[int, int] = {}
    plain: list[tuple[int, int, int]] = []
    for n, (line, answer) in enumerate(zip(request.lines, answers, strict=True)):
        if answer.granted and not needs_places(line.listing):
            for item, units in line.listing.components:
                total[item] = total.get(item, 0) + answer.granted * units
                plain.append((n, item, answer.granted * units))
    needs = [split(books[item], view_of(books[item], request.channel), qty) for item, qty in total.items()]
    whole = whole_location(needs) if needs else None
    for n, item, qty in plain:
        book = books[item]
        source(split(book, view_of(book, request.channel), qty), _buyer(request, n), Kind.RESERVE, whole)


def _sold(books: Books, request: Request) -> Decision:
    """The channel has taken the money: promise what there is, owe the rest."""
    answers = []
    for n, line in enumerate(request.lines):
        backed = line.qty
        for item, units in line.listing.components:
            promised = promise_sold(books[item], _buyer(request, n), line.qty * units, Kind.RESERVE)
            backed = min(backed, promised // units)
            if promised < line.qty * units:
                since = min(request.placed_at or books[item].now, books[item].now)
                owed = line.qty * units - promised
                books[item].owe(Short(request.order_id, n, request.channel, request.priority, since, owed), Kind.SHORT)
        answers.append(LineAnswer(line.qty, backed, backed))
    return Decision(True, tuple(answers))


def promise_sold(book: ItemBook, buyer: Buyer, qty: int, kind: Kind) -> int:
    """Promise up to `qty` units by the rules of an order already sold; returns how many."""
    view: View = view_of(book, buyer.channel, open_handed=True)
    take = max(0, min(qty, view.atp()))
    if take:
        promise_units(book, view, buyer, take, kind)
    return take


def _buyer(request: Request, line: int) -> Buyer:
    return Buyer(request.order_id, line, request.channel, request.priority, request.expires_at)
