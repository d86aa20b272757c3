"""Orders of an interleaving: what each was granted, and what has become of every unit of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.proof.hub_side import HubSide, Line, summed
from tests.proof.naive import SELLABLE, Naive
from truestock.orders.actions import Confirm, RejectPick, Release, ReleaseLine, Ship, ShipLine

DRAWS_ON = {"retail": ("store", "dc"), "web": ("dc", "store", "far"), "market": ("fba", "dc"), "b2b": ("dc", "vendor")}


@dataclass
class Sold:
    """An order or cart that was granted, with the units of each line that are or were its own."""

    channel: str
    ref: str
    id: str
    lines: list[tuple[str, int]]
    held: bool
    lost: bool = False  # a cart that was displaced: what is left of it goes when its time is up
    shipped: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    released: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    leaving: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # shipped in truth, and not told yet

    def outstanding(self, n: int) -> int:
        """Units of a line that the hub still owes its buyer, if it has kept its word."""
        return self.lines[n][1] - self.shipped[n] - self.released[n]


class OrdersSide:
    """Places orders and acts on them, each answer held against the model."""

    def __init__(self, hub: HubSide, naive: Naive) -> None:
        self.hub = hub
        self.naive = naive
        self.sold: list[Sold] = []
        self.places: dict[Any, int] = {}
        self.owed: dict[Line, int] = {}

    def reserved(self, sku: str, loc: str) -> int:
        return sum(units for (_, _, item, place), units in self.places.items() if (item, place) == (sku, loc))

    def atp(self, channel: str, sku: str, *, sold: bool) -> int:
        """What a channel may be promised: what lies free where it draws from, less what is owed already."""
        free = (max(0, self.naive.on_hand((sku, loc, SELLABLE)) - self.reserved(sku, loc)) for loc in DRAWS_ON[channel])
        owed = sum(units for (_, _, item), units in self.owed.items() if item == sku)
        return sum(free) - (0 if sold else owed)

    def place(self, channel: str, sku: str, qty: int, mode: Any, *, held: bool) -> None:
        """One order; all channels share the dc, so that what is owed to one is owed before any other buys."""
        sold, atp = mode == "sold", self.atp(channel, sku, sold=mode == "sold")
        answer = self.hub.shop.buy(channel, {sku: qty}, mode=mode, hold=3_600 if held else None)
        expected = min(qty, max(0, atp)) if mode != "all_or_nothing" or qty <= atp else 0
        assert answer.lines[0].granted == expected, f"{channel} may be promised {atp} of {sku}: {answer}"
        assert answer.granted is (sold or expected > 0)
        if answer.granted:
            self.sold.append(Sold(channel, answer.ref, answer.id, [(sku, qty if sold else expected)], held))

    def confirm(self, order: Sold) -> bool:
        """Whether the cart was still whole."""
        (answer,) = self.hub.shop.try_do(Confirm(order.channel, order.ref))
        if getattr(answer, "type", None) == "hold-displaced":
            order.lost = True
            return False
        order.held = False
        assert getattr(answer, "units", None) == order.outstanding(0), answer
        return True

    def release(self, order: Sold, qty: int) -> None:
        self.hub.shop.do(Release(order.channel, order.ref, [ReleaseLine(0, qty)]))
        order.released[0] += qty

    def ship(self, order: Sold, qty: int, loc: str, at: Any, key: str) -> None:
        line = ShipLine(0, qty, loc)
        action = Ship(order.channel, order.ref, [line], shipped_at=at)
        assert self.hub.shop.do(action, key=f"{self.hub.name}:{key}").units == qty

    def reject(self, order: Sold, loc: str, qty: int | None) -> int:
        """Units that are not sellable any more."""
        reason: Any = "not_found" if qty is None else "damaged"
        return self.hub.shop.do(RejectPick(order.channel, order.ref, 0, reason, loc, qty=qty)).units

    def read(self) -> None:
        """Where units are promised now is the hub's choice; how many, and to whom, is not."""
        self.places, self.owed = self.hub.promises(), self.hub.owed()

    def prove(self) -> None:
        """Every unit that was granted has left, was given back, is promised, or is owed and reported so."""
        by_line = summed(self.places, lambda place: place[:3])
        for order in self.sold:
            key = (order.id, 0, order.lines[0][0])
            kept = by_line.pop(key, 0) + self.owed.get(key, 0)
            assert kept <= order.outstanding(0), f"{order} has {kept}"
            assert kept == order.outstanding(0) or order.held, f"{order} has {kept}"
            short, sku = self.owed.get(key, 0), key[2]
            assert not short or self.atp(order.channel, sku, sold=True) <= 0, f"{order} is owed beside free units"
        displaced = {line: units for line, units in by_line.items() if units}
        assert not displaced, f"promised to nobody: {displaced}"
