"""Soft allocation: three modes, several lines, and the same key again."""

import pytest

from tests.factories import Shop
from truestock.core.decide.reserve import Mode
from truestock.orders.values import ContentDiffers, OrderResult, UnknownSku


@pytest.mark.parametrize(
    ("mode", "asked", "granted", "promised", "owed"),
    [
        ("all_or_nothing", 7, 7, 7, 0),
        ("all_or_nothing", 8, 0, 0, 0),
        ("partial", 7, 7, 7, 0),
        ("partial", 9, 7, 7, 0),
        ("sold", 7, 7, 7, 0),
        ("sold", 12, 7, 7, 5),
    ],
)
def test_each_mode_promises_what_it_may(
    shop: Shop, mode: Mode, asked: int, granted: int, promised: int, owed: int
) -> None:
    sku = shop.item(dc=5, store=2)
    answer = shop.buy("web", {sku: asked}, "m-" + sku, mode=mode)
    line = answer.lines[0]
    assert (answer.granted, line.granted, line.short_by) == (granted > 0, granted, asked - max(granted, line.available))
    assert sum(shop.promised(answer.id).values()) == promised
    assert sum(shop.owed(sku).values()) == owed


def test_a_refusal_says_what_is_missing_and_holds_nothing(shop: Shop) -> None:
    enough, scarce = shop.item(dc=10), shop.item(dc=2)
    answer = shop.buy("web", {enough: 4, scarce: 3})
    assert [(a.asked, a.granted, a.available, a.short_by) for a in answer.lines] == [(4, 0, 10, 0), (3, 0, 2, 1)]
    assert (answer.granted, answer.state) == (False, "refused")
    assert shop.shelf(enough) == {"dc": (10, 0)}


def test_partial_gives_the_lines_in_their_order(shop: Shop) -> None:
    sku = shop.item(dc=5)
    pack = shop.listing("web", {sku: 2})
    (answer,) = shop.place(shop.order("web", [(pack, 2), (sku, 3), (pack, 1)], mode="partial"))
    assert [a.granted for a in answer.lines] == [2, 1, 0]


def test_two_lines_of_one_item_see_one_balance(shop: Shop) -> None:
    sku = shop.item(dc=5)
    (refused, granted) = shop.place(shop.order("web", [(sku, 3), (sku, 3)]), shop.order("web", [(sku, 3), (sku, 2)]))
    assert (refused.granted, granted.granted) == (False, True)
    assert shop.shelf(sku) == {"dc": (5, 5)}


def test_orders_of_one_batch_see_one_balance(shop: Shop) -> None:
    sku = shop.item(dc=5)
    answers = shop.place(*(shop.order("web", {sku: 2}) for _ in range(3)))
    assert [a.granted for a in answers] == [True, True, False]


def test_a_line_may_split_over_locations_and_whole_locations_come_first(shop: Shop) -> None:
    sku = shop.item(dc=3, store=5, far=9)
    assert shop.promised(shop.buy("web", {sku: 4}).id) == {("store", "", ""): 4}
    assert shop.promised(shop.buy("web", {sku: 12}).id) == {("dc", "", ""): 3, ("store", "", ""): 1, ("far", "", ""): 8}


def test_one_place_for_the_whole_order_comes_before_the_order_of_places(shop: Shop) -> None:
    one, two = shop.item(dc=5, store=5), shop.item(store=5)
    answer = shop.buy("web", {one: 1, two: 1})
    assert shop.promised(answer.id) == {("store", "", ""): 2}


def test_the_same_key_and_content_is_answered_again_and_changes_nothing(shop: Shop) -> None:
    sku = shop.item(dc=5)
    order = shop.order("web", {sku: 3})
    first, at_once = shop.place(order, order)
    (later,) = shop.place(order)
    assert (first.replay, at_once.replay, later.replay) == (False, True, True)
    assert first.lines[0].granted == at_once.lines[0].granted == later.lines[0].granted == 3
    assert shop.shelf(sku) == {"dc": (5, 3)}


def test_the_same_key_with_other_content_is_an_error(shop: Shop) -> None:
    sku = shop.item(dc=5)
    order, other = shop.order("web", {sku: 3}, "twice" + sku), shop.order("web", {sku: 4}, "twice" + sku)
    first, at_once = shop.place(order, other)
    (later,) = shop.place(other)
    assert isinstance(first, OrderResult)
    assert isinstance(at_once, ContentDiffers)
    assert isinstance(later, ContentDiffers)
    assert shop.shelf(sku) == {"dc": (5, 3)}


def test_a_replay_beside_other_content_in_one_batch_keeps_its_own_lines(shop: Shop) -> None:
    one, two = shop.item(dc=5), shop.item(dc=5)
    order = shop.order("web", {one: 1, two: 2}, "beside" + one)
    (first,) = shop.place(order)
    replay, differs = shop.place(order, shop.order("web", {two: 1}, "beside" + one))
    assert [(a.sku, a.asked, a.granted) for a in replay.lines] == [(a.sku, a.asked, a.granted) for a in first.lines]
    assert isinstance(differs, ContentDiffers)


@pytest.mark.parametrize("mode", ["all_or_nothing", "partial", "sold"])
def test_a_replay_tells_what_was_missing_too(shop: Shop, mode: Mode) -> None:
    sku = shop.item(dc=5)
    order = shop.order("web", {sku: 5 if mode == "all_or_nothing" else 8}, mode=mode)
    (first,), (again,) = shop.place(order), shop.place(order)
    assert again.lines[0].short_by == first.lines[0].short_by


def test_a_refusal_is_not_remembered(shop: Shop) -> None:
    sku = shop.item()
    order = shop.order("web", {sku: 1})
    assert not shop.place(order)[0].granted
    shop.stock(sku, dc=1)
    assert shop.place(order)[0].granted


def test_the_same_reference_on_two_channels_is_two_orders(shop: Shop) -> None:
    sku = shop.item(dc=5)
    one, two = shop.place(shop.order("web", {sku: 1}, "R" + sku), shop.order("market", {sku: 1}, "R" + sku))
    assert one.id != two.id
    assert shop.shelf(sku) == {"dc": (5, 2)}


def test_what_nobody_knows_is_named_and_holds_nothing(shop: Shop) -> None:
    sku = shop.item(dc=5)
    channel, line = shop.place(shop.order("moon", {sku: 1}), shop.order("web", {sku: 1, "ghost": 1}))
    assert channel == UnknownSku("moon", channel.ref, "channel", "moon")
    assert line == UnknownSku("web", line.ref, "lines[1].sku", "ghost")
    assert shop.shelf(sku) == {"dc": (5, 0)}


def test_nobody_is_sold_what_another_channel_ringed(shop: Shop) -> None:
    sku = shop.item(dc=5)
    shop.ring(sku, "dc", 4, to="retail")
    assert (shop.atp("web", sku), shop.atp("retail", sku)) == (1, 5)
    sold = shop.buy("web", {sku: 3}, mode="sold")
    assert (sold.lines[0].granted, sold.lines[0].short_by) == (1, 2)
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (1, 1), ("dc", "", "sellable", "retail"): (4, 0)}
    assert shop.promised(shop.buy("retail", {sku: 2}).id) == {("dc", "", "retail"): 2}


def test_a_replay_repeats_the_first_answer_to_the_digit(shop: Shop) -> None:
    sku = shop.item(dc=7)
    order = shop.order("web", {sku: 9}, mode="partial")
    (first,), (again,) = shop.place(order), shop.place(order)
    assert (first.replay, again.replay) == (False, True)
    assert first.lines == again.lines
    assert (again.lines[0].granted, again.lines[0].available, again.lines[0].short_by) == (7, 7, 2)
