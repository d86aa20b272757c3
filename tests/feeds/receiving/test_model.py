"""Whatever comes, moves, varies and is sold in whatever order: the ledger is what a naive model says, bins included."""

from collections import Counter
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import accept
from tests.feeds.receiving.clerk import Clerk
from truestock.catalog.locations import BinDraft, put_bins
from truestock.feeds.receiving.values import Decided, TillLine
from truestock.ledger.values import Booked, Rebin

BINS = {"P1": "pick", "P2": "pick", "S1": "staging", "I1": "inspection"}
units = st.integers(1, 9)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["receive", "ordered", "put_away", "approved", "passed", "failed"]), units),
        st.tuples(
            st.sampled_from(["sale", "back", "lost", "found", "damaged", "send", "arrive", "gone", "rebin"]), units
        ),
    ),
    min_size=4,
    max_size=16,
)


class Naive:
    """Units by (location, status), how many wait for approval, and what is on its way."""

    def __init__(self, lands: str) -> None:
        self.lands = lands
        self.units: Counter[tuple[str, str]] = Counter()
        self.unapproved = 0
        self.sent: dict[str, int] = {}

    def move(self, qty: int, *path: tuple[str, str] | None) -> None:
        """Units from one place to another; None is outside."""
        for place, sign in zip(path, (-1, 1), strict=True):
            if place is not None:
                self.units[place] += sign * qty

    def come(self, qty: int, ordered: int) -> None:
        """What the rules say: a tenth more than ordered is taken as it comes, the rest is to be approved."""
        over = max(0, qty - ordered - ordered // 10) if ordered else 0
        self.unapproved += qty if self.lands == "approval" else over
        status = "receiving" if self.lands == "approval" else self.lands
        self.move(qty - over, None, ("dc", status))
        self.move(over, None, ("dc", "receiving"))


@given(st.sampled_from(["sellable", "receiving", "inspection", "approval"]), STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ledger_is_what_a_naive_model_says(clerk: Clerk, lands: str, steps: list[tuple[str, int]]) -> None:
    accept(put_bins(clerk.shop.hub.db, [BinDraft("dc", code, zone) for code, zone in BINS.items()]))
    sku, model, numbers = clerk.shop.item(), Naive(lands), count()
    clerk.rule(location="dc", item=sku, lands=lands, over_percent=10)
    for step, qty in steps:
        step_of(clerk, model, sku, step, qty, next(numbers))
        found: Counter[tuple[str, str]] = Counter()
        for (loc, _, status, _), (on_hand, _) in clerk.shop.cells(sku).items():
            found[loc, status] += on_hand
        assert dict(found) == {place: units for place, units in model.units.items() if units}, (step, qty)
    in_bins = clerk.shop.read(
        "SELECT coalesce(sum(b.qty), 0)::int FROM bin_stock b JOIN item i ON i.id = b.item WHERE i.sku = %s", sku
    )
    there = sum(units for (loc, _), units in model.units.items() if loc == "dc")
    assert in_bins[0][0] <= max(0, there)


def step_of(clerk: Clerk, model: Naive, sku: str, step: str, qty: int, n: int) -> None:
    """Do one thing in both."""
    dc = ("dc", "sellable")
    match step:
        case "receive" | "ordered":
            ordered = 5 if step == "ordered" else 0
            clerk.line(sku, qty, document=clerk.order({sku: ordered}) if ordered else None)
            model.come(qty, ordered)
        case "put_away":
            free = model.units["dc", "receiving"] - model.unapproved
            answer = clerk.put_away(sku, qty, bin="P1" if n % 2 else None)
            assert isinstance(answer, Decided) is (qty <= free)
            if qty <= free:
                model.move(qty, ("dc", "receiving"), dc)
        case "approved":
            answer = clerk.decide(sku, "approved", qty)
            assert isinstance(answer, Decided) is (qty <= model.unapproved)
            if qty <= model.unapproved:
                model.unapproved -= qty
                then = "sellable" if model.lands == "approval" else model.lands
                model.move(qty, ("dc", "receiving"), ("dc", then))
        case "passed" | "failed":
            said = {"goes_to": "damaged", "reason": "broken"} if step == "failed" else {}
            answer = clerk.decide(sku, step, qty, **said)
            enough = qty <= model.units["dc", "inspection"]
            assert isinstance(answer, Decided) is enough
            if enough:
                model.move(qty, ("dc", "inspection"), ("dc", "damaged") if said else dc)
        case "sale" | "back":
            clerk.ring_up([TillLine(qty, sku, returned=step == "back")], location="dc")
            model.move(qty, None if step == "back" else dc, dc if step == "back" else None)
        case "lost" | "found" | "damaged":
            clerk.vary(sku, step, qty)
            model.move(qty, None if step == "found" else dc, {"found": dc, "damaged": ("dc", "damaged")}.get(step))
        case "send":
            model.sent[clerk.send({sku: qty})] = qty
            model.move(qty, dc, ("store", "in_transit"))
        case "arrive" | "gone" if model.sent:
            ref, left = model.sent.popitem()
            if step == "arrive":
                clerk.line(sku, min(qty, left), location="store", document=ref)
                model.move(min(qty, left), ("store", "in_transit"), ("store", "sellable"))
                left -= min(qty, left)
                if left:
                    model.sent[ref] = left
            else:
                clerk.lose(ref)
                model.move(left, ("store", "in_transit"), None)
        case "rebin":
            moved = Rebin(sku=sku, location="dc", qty=qty, to_bin="P2", from_bin="P1" if n % 2 else None)
            assert isinstance(clerk.shop.try_book(moved)[0], Booked)
