"""Events and worlds refuse what no replay could mean, and a world can be derived from orders."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.replay.worlds import DARK, DC, MUG, START, event
from truestock.core.replay.demand import apportion, derive_world
from truestock.core.replay.events import Channel, Line, OrderEvent, World


@pytest.mark.parametrize("lines", [(), (Line("MUG", 0),), (Line("MUG", -1),), (Line("MUG", 1), Line("MUG", 2))])
def test_an_order_needs_different_items_with_positive_quantities(lines: tuple[Line, ...]) -> None:
    with pytest.raises(ValueError, match="positive quantity"):
        OrderEvent(START, "web", "1", "order", lines)


def test_an_order_needs_a_time_with_a_zone() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        OrderEvent(datetime(2026, 1, 1), "web", "1", "order", (Line("MUG", 1),))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("locations", "opening"),
    [(("ELSEWHERE",), {}), ((), {}), (("DC",), {("MUG", "DC"): -1}), (("DC",), {("CUP", "DC"): 1})],
)
def test_a_world_knows_all_its_locations_and_items(
    locations: tuple[str, ...], opening: dict[tuple[str, str], int]
) -> None:
    with pytest.raises(ValueError, match=r"locations|opening"):
        World((MUG,), (DC,), (Channel("web", "Web", locations),), opening)


def test_a_derived_world_covers_a_part_of_the_demand_at_its_locations() -> None:
    events = [event("web", 0, MUG=60), event("shop", 1, MUG=30, JAR=10), event("web", 2, kind="return", MUG=50)]
    world = derive_world(events, cover=0.9, locations=(DC, DARK), stocked_at={"JAR": ["DARK"]})
    assert world.opening == {("MUG", "DC"): 54, ("MUG", "DARK"): 27, ("JAR", "DARK"): 9}
    assert [(channel.code, channel.rank) for channel in world.channels] == [("web", 1), ("shop", 2)]
    assert [item.sku for item in world.items] == ["JAR", "MUG"]


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 100), min_size=1, max_size=9))
def test_apportioned_units_add_up_and_are_within_one_of_their_share(units: int, weights: list[float]) -> None:
    shares = apportion(units, weights)
    assert sum(shares) == units
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - units * weight / sum(weights)) < 1 + 1e-6
