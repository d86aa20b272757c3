"""An order stands here as on its channel, whatever happened to it on either side, and in whatever order it was seen."""

from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from truestock.feeds.channel_orders.decide import Leg, Line, Taken, Todo, todo
from truestock.orders.standing import Standing, StandingLine

SKUS = ("A", "B")
lines = st.dictionaries(
    st.sampled_from(("1", "2", "3")),
    st.tuples(st.sampled_from(SKUS), st.integers(0, 5), st.lists(st.integers(1, 3), max_size=3)),
    max_size=3,
)


class Picture(NamedTuple):
    """The order as the channel shows it: by line its SKU, the units wanted, and what left parcel by parcel."""

    lines: Mapping[str, tuple[str, int, list[int]]]
    over: bool = False

    def as_lines(self) -> list[Line]:
        return [
            Line(line, sku, max(qty, sum(parcels)), sum(parcels)) for line, (sku, qty, parcels) in self.lines.items()
        ]

    def legs(self) -> list[Leg]:
        return [Leg(line, units, "", None, "", "") for line, (_, _, parcels) in self.lines.items() for units in parcels]


pictures = st.builds(Picture, lines, st.booleans())


class Hub:
    """Carries out what is decided, as the orders room would: no more is released or shipped than is open."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.orders: dict[int, Standing] = {}

    def see(
        self, picture: Picture, known: frozenset[str] = frozenset(SKUS), ignored: frozenset[str] = frozenset()
    ) -> Todo:
        for _ in range(4):
            found = todo(picture.as_lines(), picture.legs(), self.taken, self.orders, known, ignored, over=picture.over)
            self.carry_out(found)
            if found.settled:
                break
        return found

    def carry_out(self, what: Todo) -> None:
        self.taken = [t._replace(released=what.released.get((t.k, t.n), t.released)) for t in self.taken]
        for k, n, units in what.release:
            self._move(k, n, open_=-units)
        for leaving in what.ship:
            self._move(leaving.k, leaving.n, open_=-leaving.qty, shipped=leaving.qty)
        if what.grown:
            k = max(self.orders, default=0) + 1
            self.taken += [Taken(k, n, grown.line, grown.qty, 0) for n, grown in enumerate(what.grown)]
            stands = {n: StandingLine(n, g.sku, g.qty, g.qty, 0, False) for n, g in enumerate(what.grown)}
            self.orders[k] = Standing("open", stands)

    def give_up(self, units: int) -> None:
        """Somebody here cancels some of what is open."""
        for k, order in self.orders.items():
            for n, line in order.lines.items():
                given = min(units, line.open)
                self._move(k, n, open_=-given)
                units -= given

    def ship(self, units: int) -> None:
        """Somebody here ships some of what is open."""
        for k, order in self.orders.items():
            for n, line in order.lines.items():
                left = min(units, line.open)
                self._move(k, n, open_=-left, shipped=left)
                units -= left

    def _move(self, k: int, n: int, *, open_: int, shipped: int = 0) -> None:
        line = self.orders[k].lines[n]
        moved = line._replace(open=line.open + open_, shipped=line.shipped + shipped)
        assert moved.open >= 0
        self.orders[k].lines[n] = moved

    def units(self, sku: str) -> tuple[int, int]:
        """Open and shipped."""
        found = [line for order in self.orders.values() for line in order.lines.values() if line.sku == sku]
        return sum(line.open for line in found), sum(line.shipped for line in found)


def expected(picture: Picture, sku: str) -> tuple[int, int]:
    """Open and shipped by the channel's picture."""
    mine = [(qty, sum(parcels)) for s, qty, parcels in picture.lines.values() if s == sku]
    shipped = sum(s for _, s in mine)
    return sum(0 if picture.over else max(0, qty - s) for qty, s in mine), shipped


def grows(before: Picture, after: Picture) -> Picture:
    """What has left does not come back, and a line keeps its SKU."""
    lines = dict(after.lines)
    for line, (sku, _, parcels) in before.lines.items():
        _, qty, now = lines.get(line, (sku, 0, []))
        lines[line] = (sku, qty, [*parcels, *now])
    return Picture(lines, after.over)


@given(st.lists(pictures, min_size=1, max_size=5))
def test_whatever_was_seen_before_it_stands_as_it_was_seen_last(seen: list[Picture]) -> None:
    hub, now = Hub(), Picture({})
    for picture in seen:
        now = grows(now, picture)
        assert hub.see(now).settled
    for sku in SKUS:
        assert hub.units(sku) == expected(now, sku)


@given(st.lists(pictures, min_size=1, max_size=4))
def test_what_is_ignored_asks_nothing_until_it_is_heeded_again(seen: list[Picture]) -> None:
    hub, now = Hub(), Picture({})
    for picture in seen:
        now = grows(now, picture)
        found = hub.see(now, known=frozenset("A"), ignored=frozenset("B"))
        assert found.settled
        assert found.waiting == []
        assert set(found.ignored) <= {"B"}
    assert hub.units("A") == expected(now, "A")
    assert hub.units("B") == (0, 0)
    assert set(hub.see(now, known=frozenset("A")).waiting) == set(found.ignored)
    assert hub.see(now).settled
    for sku in SKUS:
        assert hub.units(sku) == expected(now, sku)


@given(pictures)
def test_what_is_known_is_taken_whether_it_is_ignored_or_not(picture: Picture) -> None:
    one, other = Hub(), Hub()
    assert one.see(picture, ignored=frozenset(SKUS)) == other.see(picture)
    assert one.taken == other.taken


@given(pictures)
def test_seen_twice_is_seen_once(picture: Picture) -> None:
    hub = Hub()
    hub.see(picture)
    before = list(hub.taken)
    found = todo(picture.as_lines(), picture.legs(), hub.taken, hub.orders, frozenset(SKUS), over=picture.over)
    assert found.settled
    assert hub.taken == before


@given(pictures, st.integers(1, 8))
def test_what_was_given_up_here_is_not_taken_again(picture: Picture, units: int) -> None:
    hub = Hub()
    hub.see(picture)
    hub.give_up(units)
    before = {sku: hub.units(sku) for sku in SKUS}
    assert hub.see(picture).settled
    assert {sku: hub.units(sku) for sku in SKUS} == before


@given(pictures, st.integers(1, 8))
def test_what_was_shipped_here_is_not_shipped_again_once_the_channel_knows(picture: Picture, units: int) -> None:
    hub = Hub()
    hub.see(picture)
    hub.ship(units)
    before = {sku: hub.units(sku) for sku in SKUS}
    assert hub.see(picture).settled
    assert {sku: hub.units(sku) for sku in SKUS} == before
    told = Picture(
        {
            line: (sku, max(qty, sum(parcels)), [hub_shipped(hub, line)] if hub_shipped(hub, line) else [])
            for line, (sku, qty, parcels) in picture.lines.items()
        },
        picture.over,
    )
    assert hub.see(told).settled
    assert {sku: hub.units(sku) for sku in SKUS} == before


def hub_shipped(hub: Hub, line: str) -> int:
    return sum(hub.orders[t.k].lines[t.n].shipped for t in hub.taken if t.line == line)


def test_an_echo_of_a_cancellation_of_ours_releases_nothing_more() -> None:
    hub = Hub()
    hub.see(Picture({"1": ("A", 3, [])}))
    hub.give_up(1)
    found = hub.see(Picture({"1": ("A", 2, [])}))
    assert found.settled
    assert hub.units("A") == (2, 0)
    assert hub.taken[0].released == 1


def test_what_left_although_it_was_given_up_is_taken_and_shipped() -> None:
    hub = Hub()
    hub.see(Picture({"1": ("A", 2, [])}))
    hub.give_up(2)
    assert hub.see(Picture({"1": ("A", 2, [2])})).settled
    assert hub.units("A") == (0, 2)


def test_a_line_that_means_nothing_waits_and_holds_up_nothing() -> None:
    hub = Hub()
    picture = Picture({"1": ("A", 2, []), "2": ("X", 1, [])})
    found = hub.see(picture)
    assert (found.waiting, found.settled) == (["X"], False)
    assert hub.units("A") == (2, 0)
    assert hub.see(picture, frozenset((*SKUS, "X"))).settled
    assert hub.units("X") == (1, 0)
    assert [t.line for t in hub.taken] == ["1", "2"]


def test_units_leave_by_the_newest_parcels() -> None:
    hub = Hub()
    hub.see(Picture({"1": ("A", 3, [])}))
    hub.ship(1)
    legs = [Leg("1", 1, "ours", None, "", ""), Leg("1", 2, "theirs", None, "", "")]
    found = todo([Line("1", "A", 3, 3)], legs, hub.taken, hub.orders, frozenset(SKUS), over=False)
    assert [(leaving.qty, leaving.leg.place) for leaving in found.ship] == [(2, "theirs")]


def test_what_left_before_the_hub_took_over_is_not_its_own() -> None:
    found = todo([Line("1", "A", 3, 2, 2)], [Leg("1", 2, "", None, "", "")], [], {}, frozenset(SKUS), over=False)
    assert [(grown.line, grown.qty) for grown in found.grown] == [("1", 1)]
    assert found.ship == []
