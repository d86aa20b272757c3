"""What a channel lists is read a page at a time, again after a while, and kept as the last whole reading had it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from tests.clocks import ByHand
from tests.feeds.channel_orders.till import OFTEN, Till, sold
from truestock.connections.keeper import Maker
from truestock.connections.outside.breaker import MOST_S
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.contract.listed import Listed, Listings
from truestock.connectors.contract.traits import Traits
from truestock.core.problems import NotFound
from truestock.feeds.inbox.accept import Came
from truestock.feeds.inbox.entries import list_inbox
from truestock.feeds.inbox.lister import LOOK_EVERY_S, STALE_S, Lister, lister_of, read_again
from truestock.feeds.inbox.rule_book import change_rules
from truestock.feeds.inbox.rules import Rule


@dataclass
class Shelf:
    """A channel's own list, two to a page. `faults` are raised by the next calls."""

    listed: list[Listed] = field(default_factory=list)
    without_sku: int = 0
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lists: bool = True
    broken_at: str = "nowhere"
    traits: Traits = OFTEN

    async def listings(self, cursor: str) -> Listings:
        self.asked.append(cursor)
        if cursor == self.broken_at:
            raise KeyError(cursor)
        if self.faults:
            raise ChannelDown(self.faults.pop(0))
        start = int(cursor or 0)
        more = len(self.listed) > start + 2
        return Listings(self.listed[start : start + 2], str(start + 2), more, 0 if more else self.without_sku)


def lister(till: Till, shelf: Shelf) -> Lister:
    made = maker(till)(connection(till.shop.hub.db, "web"), shelf)
    assert isinstance(made, Lister)
    return made


def maker(till: Till) -> Maker:
    return lister_of(till.shop.hub.db, till.shop.hub.rules, till.shop.hub.call)


def work(found: Lister, turns: int = 8) -> None:
    async def live() -> None:
        for _ in range(turns):
            if await found.turn() > 0:
                break

    asyncio.run(live())


def kept(till: Till) -> dict[str, tuple[str, str, int | None]]:
    rows = till.shop.read("SELECT sku, title, barcode, shown FROM channel_listing")
    return {sku: (title, barcode, shown) for sku, title, barcode, shown in rows}


def test_all_pages_are_read_and_what_is_gone_is_dropped(till: Till) -> None:
    shelf = Shelf([Listed(f"S-{n}", f"Thing\n{n}", "4006381333931", n) for n in range(5)], without_sku=3)
    found = lister(till, shelf)
    work(found)
    assert shelf.asked == ["", "2", "4"]
    assert sorted(kept(till)) == [f"S-{n}" for n in range(5)]
    assert kept(till)["S-1"] == ("Thing 1", "4006381333931", 1)
    assert till.shop.read("SELECT listings_without_sku FROM connection") == [(3,)]
    work(found)
    assert len(shelf.asked) == 3
    shelf.listed = shelf.listed[:1]
    assert read_again(till.shop.hub.db, "web").without_sku == 3
    work(found)
    assert sorted(kept(till)) == ["S-0"]


def test_a_fault_in_the_middle_is_gone_on_from_and_a_restart_begins_anew(till: Till) -> None:
    shelf = Shelf([Listed(f"S-{n}") for n in range(5)])
    found = lister(till, shelf)
    asyncio.run(found.turn())
    shelf.faults.append("not now")
    work(found)
    assert till.shop.read("SELECT listings_read_at, listings_trouble, trouble FROM connection") == [
        (None, "not now", "")
    ]
    work(found)
    assert shelf.asked == ["", "2", "2", "4"]
    assert till.shop.read("SELECT listings_trouble FROM connection") == [("",)]
    read_again(till.shop.hub.db, "web")
    asyncio.run(lister(till, shelf).turn())
    work(lister(till, shelf))
    assert shelf.asked[4:] == ["", "", "2", "4"]
    assert len(kept(till)) == 5


def test_a_connector_that_fails_is_left_alone_ever_longer(till: Till) -> None:
    shelf = Shelf([Listed(f"S-{n}") for n in range(5)], broken_at="2")
    found = lister(till, shelf)
    for _ in range(6):
        work(found)
    assert len(shelf.asked) == 1 + 3
    assert till.shop.read("SELECT listings_trouble FROM connection") == [("the connector failed; the log says how",)]


def test_a_channel_that_is_back_is_read_within_half_a_minute(till: Till) -> None:
    async def nobody_waits(_skus: Mapping[str, Sequence[str]]) -> Came:
        raise AssertionError("no order waits")

    clock, shelf, db = ByHand(), Shelf([Listed("S-1")], faults=["down"] * 12), till.shop.hub.db
    found = Lister(db, connection(db, "web"), OFTEN.budget, shelf, nobody_waits, clock)
    while shelf.faults:
        clock.at_s += asyncio.run(found.turn())
    assert till.shop.read("SELECT listings_trouble FROM connection") == [("down",)]
    back_s = clock.at_s
    while not kept(till):
        clock.at_s += asyncio.run(found.turn())
    assert clock.at_s - back_s <= MOST_S + LOOK_EVERY_S
    assert till.shop.read("SELECT listings_trouble FROM connection") == [("",)]


def test_who_asks_while_it_is_read_is_not_forgotten(till: Till) -> None:
    shelf = Shelf([Listed(f"S-{n}") for n in range(5)])
    found = lister(till, shelf)
    asyncio.run(found.turn())
    read_again(till.shop.hub.db, "web")
    shelf.listed = shelf.listed[1:]
    work(found)
    assert "S-0" in kept(till)
    work(found)
    assert "S-0" not in kept(till)
    asked = len(shelf.asked)
    work(found)
    assert len(shelf.asked) == asked


def test_a_channel_that_is_connected_otherwise_is_read_anew(till: Till) -> None:
    work(lister(till, Shelf([Listed("OLD")])))
    put_connection(till.shop.hub.db, Seal(b"k" * 32), "web", "generic", {"base_url": "http://127.0.0.1:9"}, {})
    work(lister(till, Shelf([Listed("NEW")])))
    assert sorted(kept(till)) == ["NEW"]


def test_a_cursor_that_the_channel_has_forgotten_is_not_asked_for_for_ever(till: Till) -> None:
    async def nobody_waits(_skus: Mapping[str, Sequence[str]]) -> Came:
        raise AssertionError("no order waits")

    clock, db = ByHand(), till.shop.hub.db
    shelf = Shelf([Listed(f"S-{n}") for n in range(5)])
    found = Lister(db, connection(db, "web"), OFTEN.budget, shelf, nobody_waits, clock)
    asyncio.run(found.turn())
    shelf.broken_at = "2"
    late_at = clock.at_s + STALE_S + 2 * (MOST_S + LOOK_EVERY_S)
    while clock.at_s < late_at and shelf.asked.count("") == 1:
        clock.at_s += max(1.0, asyncio.run(found.turn()))
    assert shelf.asked.count("") == 2
    shelf.broken_at = "nowhere"
    for _ in range(10):
        clock.at_s += max(1.0, asyncio.run(found.turn()))
    assert sorted(kept(till)) == [f"S-{n}" for n in range(5)]
    assert till.shop.read("SELECT listings_trouble FROM connection") == [("",)]


def test_what_cannot_be_a_listing_here_is_counted_and_passed_over(till: Till) -> None:
    odd = [" BLANK", "TA\tB", "x" * 201, "SAME", "SAME", "FINE"]
    shelf = Shelf([Listed(sku, shown=10**30) for sku in odd])
    work(lister(till, shelf))
    assert sorted(kept(till)) == ["FINE", "SAME"]
    assert kept(till)["FINE"][2] == 2**63 - 1
    assert till.shop.read("SELECT listings_without_sku FROM connection") == [(3,)]


def test_rules_make_listings_by_themselves_only_where_that_is_switched_on(till: Till) -> None:
    db, item = till.shop.hub.db, till.shop.item(dc=5)
    shelf = Shelf([Listed(f"{item}-6PK", "Six"), Listed("ODD")])
    found = lister(till, shelf)
    change_rules(db, "web", lambda _: [Rule(1, "suffix", "-{n}PK")])
    work(found)
    assert {row.key for row in list_inbox(db, "web").rows} == {f"{item}-6PK", "ODD"}
    till.register.put("5001", sold("a", f"{item}-6PK", 2))
    till.turns()
    change_rules(db, "web", lambda rules: rules, automatic=True)
    work(found)
    assert till.shop.owed(item) == {"5001": 7}
    assert {row.key for row in list_inbox(db, "web").rows} == {"ODD"}
    assert till.shop.read("SELECT title FROM listing") == [(f"{item}-6PK in blue",)]


def test_rules_work_where_a_connector_cannot_list(till: Till) -> None:
    made = maker(till)(connection(till.shop.hub.db, "web"), till.register)
    assert isinstance(made, Lister)
    work(made)
    quiet = Shelf([Listed("S")], lists=False)
    silent = maker(till)(connection(till.shop.hub.db, "web"), quiet)
    assert isinstance(silent, Lister)
    work(silent)
    assert quiet.asked == []
    assert kept(till) == {}


def test_it_stops_when_it_is_told_to(till: Till) -> None:
    found = lister(till, Shelf([Listed("S")]))

    async def live() -> None:
        running = asyncio.create_task(found.run())
        await asyncio.sleep(0.2)
        found.wake()
        found.stop()
        await asyncio.wait_for(running, 5)

    asyncio.run(live())
    assert list(kept(till)) == ["S"]


def test_a_channel_that_is_not_connected_is_not_read(till: Till) -> None:
    with pytest.raises(NotFound):
        read_again(till.shop.hub.db, "retail")
