"""A channel that keeps stock by location shows at each of its places what lies there, and never more than the ATP."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import accept
from tests.sync.channels import QUICK, Shelf
from tests.sync.stage import Stage
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.connections.places import Place, places, put_places
from truestock.core.available.listing import by_place
from truestock.core.network import Listing
from truestock.core.network import Place as Spot
from truestock.core.problems import Invalid, NotFound

BY_PLACE = msgspec.structs.replace(QUICK, by_place=True)
units = st.dictionaries(st.sampled_from((1, 2, 3, 4)), st.integers(0, 30), max_size=4)


@given(st.lists(units, min_size=1, max_size=3), st.integers(0, 60), st.integers(1, 3), st.booleans())
def test_places_show_what_lies_there_and_together_no_more(
    lying: list[dict[int, int]], shown: int, each: int, together: bool
) -> None:
    items = dict(enumerate(lying))
    listing = Listing(1, 1, tuple((n, each) for n in items), together)
    spots = [Spot(1, frozenset((1,))), Spot(2, frozenset((2, 3)))]
    found = by_place(listing, shown, spots, items)
    assert sum(found.values()) <= shown
    for spot in spots:
        for here in items.values():
            assert found[spot.id] * each <= sum(here.get(loc, 0) for loc in spot.locations)
    if len(items) == 1 and sum(found.values()) < shown:
        (here,) = items.values()
        assert all(
            found[s.id] == sum(here.get(loc, 0) for loc in s.locations) // each for s in spots if len(s.locations) == 1
        )


def test_each_place_is_sent_its_number_and_only_when_it_changes(stage: Stage) -> None:
    db = stage.shop.hub.db
    item = stage.shop.item(dc=10, store=4)
    name = stage.shop.listing("web", {item: 2})
    put_places(db, "web", {"online": ["dc"], "high-street": ["store", "far"]})
    stage.publish()
    shelf = Shelf(BY_PLACE)
    stage.keep(shelf)
    assert shelf.shown == {f"{name}@online": 5, f"{name}@high-street": 2}
    stage.shop.buy("web", {name: 1})
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {f"{name}@online": 4, f"{name}@high-street": 2}
    assert [line.place for line in shelf.calls[-1]] == ["online"]
    stage.shop.rule("buffer", 10, channel="web", item=item)
    stage.publish()
    stage.keep(shelf)
    assert sum(shelf.shown.values()) == 1


def test_a_transfer_between_places_is_sent_although_the_atp_stays(stage: Stage) -> None:
    item = stage.shop.item(dc=10, store=4)
    name = stage.shop.listing("web", {item: 1})
    put_places(stage.shop.hub.db, "web", {"online": ["dc"], "high-street": ["store"]})
    stage.publish()
    shelf = Shelf(BY_PLACE)
    stage.keep(shelf)
    stage.shop.count(item, "dc", 7)
    stage.shop.count(item, "store", 7)
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {f"{name}@online": 7, f"{name}@high-street": 7}


def test_a_place_that_is_left_out_shows_nothing(stage: Stage) -> None:
    db = stage.shop.hub.db
    item = stage.shop.item(dc=10, store=4)
    name = stage.shop.listing("web", {item: 1})
    put_places(db, "web", {"online": ["dc"], "high-street": ["store"]})
    stage.publish()
    shelf = Shelf(BY_PLACE)
    stage.keep(shelf)
    assert put_places(db, "web", {"online": ["dc", "store"]}) == [
        Place("online", ["dc", "store"]),
        Place("high-street", []),
    ]
    stage.publish()
    stage.keep(shelf)
    assert shelf.shown == {f"{name}@online": 14, f"{name}@high-street": 0}


def test_drift_is_found_place_by_place(stage: Stage) -> None:
    item = stage.shop.item(dc=10, store=4)
    name = stage.shop.listing("web", {item: 1})
    put_places(stage.shop.hub.db, "web", {"online": ["dc"], "high-street": ["store"]})
    stage.publish()
    shelf = Shelf(BY_PLACE)
    stage.keep(shelf)
    shelf.shown[f"{name}@high-street"] = 9
    stage.keep(shelf, inspect=True)
    stage.keep(shelf)
    assert shelf.shown == {f"{name}@online": 10, f"{name}@high-street": 4}


def test_what_cannot_be_meant_is_named(stage: Stage) -> None:
    db = stage.shop.hub.db
    accept(put_locations(db, [LocationDraft("nowhere", kind="store")]))
    with pytest.raises(Invalid, match="'dc' lies at 'a' and at 'b'"):
        put_places(db, "web", {"a": ["dc"], "b": ["dc"]})
    with pytest.raises(NotFound, match="nowhere"):
        put_places(db, "web", {"a": ["nowhere"]})
    assert places(db, "web") == []
