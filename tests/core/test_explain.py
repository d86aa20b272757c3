"""The tree of a number: it sums, it says why lots are left out, and it names the rules that won."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.availability.worlds import CHANNELS, worlds
from truestock.core.available.explain import Cell, Evidence, explain_item, explain_listing
from truestock.core.available.node import Node, inner, leaf, line, walk
from truestock.core.available.sums import group_atp, group_viewer, shelf_of, sum_up
from truestock.core.book import ItemBook, Kept, Lot, Short, Stock
from truestock.core.book.view import view_of
from truestock.core.network import Channel, ItemRules, Location, Network
from truestock.core.network.policy import Policy
from truestock.core.words import Status

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MADE_FROM = {"percent": 99, "per_hour": 3.14159, "lag_p50_s": 40.0, "lag_p95_s": 360.0}


def sums(root: Node) -> bool:
    """Whether every inner node is the stated combination of its children."""
    return all(
        inner(node.label, node.op, *node.children, **node.facts).value == node.value
        for _, node in walk(root)
        if node.op != "leaf"
    )


def find(root: Node, label: str) -> Node:
    return next(node for _, node in walk(root) if node.label == label)


def book_of(
    *rows: tuple[int, int, int, int, int], lots: tuple[Lot, ...] = (), policies: tuple[Policy, ...] = ()
) -> ItemBook:
    """Rows are (loc, lot, owner, on hand, reserved); retail is ranked before web, both draw on dc and store."""
    network = Network(
        1,
        {1: Location(1, "dc", "dc"), 2: Location(2, "store", "store")},
        {1: Channel(1, "retail", "retail", 1, "live", (1, 2)), 2: Channel(2, "web", "ecommerce", 2, "live", (1, 2))},
    )
    rules = ItemRules(7, 0, "SKU", network, policies, lot_tracked=bool(lots))
    stock = Stock.of((loc, lot, Status.SELLABLE, owner, on, res) for loc, lot, owner, on, res in rows)
    return ItemBook(rules, 3, NOW, stock, {lot.id: lot for lot in lots})


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_explanation_sums_to_the_atp_of_any_world(data: st.DataObject) -> None:
    world = data.draw(worlds(NOW))
    for r in world.items:
        stock = world.stock[r.item]
        lots = {lot: Lot(lot, until, NOW, held) for lot, until, held in world.lots.get(r.item, ())}
        shorts = tuple(Short("", 0, channel, 0, NOW, units) for channel, units in world.shorts[r.item])
        kept = {channel: Kept(channel, target, used) for channel, target, used in world.kept[r.item]}
        book = ItemBook(r, 1, NOW, Stock.of(stock), lots, shorts, kept, guards=world.guards[r.item])
        cells = {
            Cell(loc, lot, owner): [(2, {"kind": "receive"})]
            for loc, lot, status, owner, *_ in stock
            if status == Status.SELLABLE
        }
        for channel in CHANNELS:
            root = explain_item(book, channel, Evidence(entries=cells, promises=cells, guards={1: MADE_FROM}))
            assert sums(root)
            assert root.value == view_of(book, channel).terms().atp
            assert (
                sum_up(
                    shelf_of(book, book.terms.min_shelf_life_days.get(channel, 0)),
                    group_viewer(r.network, [channel]),
                    book.terms,
                    channel,
                )
                == view_of(book, channel).terms()
            )


def test_entries_that_are_not_shown_are_one_number() -> None:
    book = book_of((1, 0, 0, 10, 4))
    seen = Evidence(
        {Cell(1, 0, 0): [(3, {"kind": "receive"}), (-1, {"kind": "ship"})]}, {Cell(1, 0, 0): [(1, {"order": "O1"})]}
    )
    root = explain_item(book, 2, seen)
    assert [(n.label, n.value) for n in find(root, "on hand").children] == [
        ("earlier entries", 8),
        ("entry", 3),
        ("entry", -1),
    ]
    assert [(n.label, n.value) for n in find(root, "reserved").children] == [("promises not shown", 3), ("promise", 1)]


@pytest.mark.parametrize(
    ("lot", "why"),
    [
        (Lot(1, None, NOW, held=True), "held"),
        (Lot(1, NOW - DAY, NOW), "expired 2026-05-31"),
        (Lot(1, NOW + DAY, NOW), "expires 2026-06-02; this channel takes lots that last beyond 2026-06-06"),
    ],
)
def test_a_lot_that_is_left_out_says_why(lot: Lot, why: str) -> None:
    shelf_life = Policy(1, "min_shelf_life", 5, NOW - DAY, "days", channel=2)
    root = explain_item(book_of((1, 1, 0, 6, 0), lots=(lot,), policies=(shelf_life,)), 2, Evidence(lot_codes={1: "A7"}))
    left_out = find(root, "lot A7")
    assert (root.value, left_out.value, left_out.facts) == (0, 0, {"left_out": why, "units": 6})


def test_the_winning_rule_is_named_and_those_it_beat() -> None:
    general, own = Policy(1, "buffer", 2, NOW - DAY), Policy(2, "buffer", 3, NOW - DAY, item=7)
    root = explain_item(book_of((1, 0, 0, 10, 0), policies=(general, own)), 2, Evidence())
    buffer = find(root, "buffer")
    assert (root.value, buffer.value) == (7, 3)
    assert (buffer.facts["rule"]["policy"], [rule["policy"] for rule in buffer.facts["beat"]]) == (2, [1])


def test_a_computed_guard_says_what_it_was_made_of() -> None:
    level = Policy(1, "guard_service", 99, NOW - DAY, "percent", channel=2)
    book = book_of((1, 0, 0, 10, 0), policies=(level,))
    book.guards = {2: 4}
    root = explain_item(book, 2, Evidence(guards={2: MADE_FROM}))
    guard = find(root, "in-flight guard")
    assert (root.value, guard.value, guard.facts["rule"]["policy"], sums(root)) == (6, 4, 1, True)
    assert find(root, "99 % of demand at 3.14/h within 6 min").facts == MADE_FROM
    assert find(root, "so that it hides no last units").value == 5


def test_of_two_guards_the_more_specific_holds_and_names_the_other() -> None:
    level, fixed = Policy(1, "guard_service", 99, NOW - DAY, "percent"), Policy(2, "guard", 3, NOW - DAY, item=7)
    book = book_of((1, 0, 0, 4, 0), policies=(level, fixed))
    book.guards = {2: 9}
    guard = find(explain_item(book, 2, Evidence()), "in-flight guard")
    assert (guard.value, guard.facts["rule"]["policy"], [r["policy"] for r in guard.facts["beat"]]) == (3, 2, [1])
    off = Policy(3, "guard_service", 0, NOW - DAY, "percent", item=7, channel=2)
    book = book_of((1, 0, 0, 4, 0), policies=(level, fixed, off))
    book.guards = {2: 9}
    assert explain_item(book, 2, Evidence()).value == 4


def test_what_is_kept_for_a_better_channel_and_ringed_for_others_is_told() -> None:
    book = book_of((1, 0, 0, 10, 0), (2, 0, 1, 4, 1))
    book.kept = {1: Kept(1, 8, 2)}
    root = explain_item(book, 2, Evidence())
    assert (root.value, find(root, "kept for retail").value) == (4, 6)
    assert find(root, "common").facts == {"ring_fenced_for_others": {"retail": 3}}


def test_a_listing_is_the_scarcest_of_its_parts() -> None:
    parts = [(leaf("ATP of A", 9), 2), (leaf("ATP of B", 5), 1)]
    assert explain_listing("bundle", parts, None).value == 4
    here = {"dc": [("A", 4, 2), ("B", 5, 1)], "store": [("A", 1, 2), ("B", 9, 1)]}
    root = explain_listing("bundle", parts, here)
    assert (root.value, sums(root)) == (2, True)
    assert explain_listing("item", [(leaf("ATP of A", -3), 1)], None).value == -3


def test_a_line_of_text_says_the_value_how_and_the_plain_facts() -> None:
    node = inner("pack", "per", leaf("ATP", 1234), units=6)
    assert line(node) == "pack: 205 = whole units (units: 6)"
    assert line(node.children[0]) == "ATP: 1,234"


def test_a_group_may_promise_a_shared_unit_once() -> None:
    book = book_of((1, 0, 0, 10, 0), (2, 0, 1, 4, 0))
    each = [view_of(book, channel).terms().atp for channel in (1, 2)]
    both = sum_up(shelf_of(book, 0), group_viewer(book.rules.network, [1, 2]))
    assert (each, group_atp(each, both)) == ([14, 10], 14)
    assert group_atp([-2, -5], both) == -2
