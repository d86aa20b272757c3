"""Carts: a hold ends at its expiry and not before, or becomes an order, or loses its units to a fact."""

import pytest

from tests.factories import Shop
from truestock.core.identity import order_identity
from truestock.ledger.values import Adjust
from truestock.orders.actions import Action, Confirm, Release, ReleaseLine, Ship

LONG = 600


def test_a_hold_is_reserved_and_becomes_an_order_without_asking_again(shop: Shop) -> None:
    sku = shop.item(dc=5)
    cart = shop.buy("web", {sku: 3}, hold=LONG)
    assert (cart.state, shop.shelf(sku)) == ("held", {"dc": (5, 3)})
    shop.rule("buffer", 100, channel="web", item=sku)
    done = shop.do(Confirm("web", cart.ref))
    assert (done.state, done.units) == ("open", 3)
    assert shop.shelf(sku) == {"dc": (5, 3)}
    assert shop.read("SELECT count(*)::int FROM hold WHERE order_id = %s::uuid", cart.id) == [(0,)]


def test_a_hold_becomes_an_order_of_another_name(shop: Shop) -> None:
    sku = shop.item(dc=5)
    cart = shop.buy("web", {sku: 3}, hold=LONG)
    confirm = Confirm("web", cart.ref, "paid-" + sku)
    done = shop.do(confirm, key="k" + sku)
    channel = shop.read("SELECT id FROM channel WHERE code = 'web'")[0][0]
    assert (done.ref, done.id, done.state) == ("paid-" + sku, order_identity(channel, "paid-" + sku).id, "open")
    assert shop.promised(done.id) == {("dc", "", ""): 3}
    assert shop.promised(cart.id) == {}
    again = shop.do(confirm, key="k" + sku)
    assert (again.replay, again.id, again.state) == (True, done.id, "open")
    assert shop.do(Ship("web", "paid-" + sku)).units == 3


def test_two_carts_cannot_become_one_order(shop: Shop) -> None:
    sku = shop.item(dc=5)
    one, two, three = (shop.buy("web", {sku: 1}, hold=LONG) for _ in range(3))
    ref = "one-of-" + sku
    first, second = shop.try_do(Confirm("web", one.ref, ref), Confirm("web", two.ref, ref))
    assert [getattr(a, "type", "done") for a in (first, second)] == ["done", "conflict"]
    assert shop.refused(Confirm("web", three.ref, ref)) == "conflict"


def test_the_same_cart_is_confirmed_once(shop: Shop) -> None:
    sku = shop.item(dc=5)
    cart = shop.buy("web", {sku: 1}, hold=LONG)
    assert shop.do(Confirm("web", cart.ref), key="once" + sku).replay is False
    assert shop.do(Confirm("web", cart.ref), key="once" + sku).replay is True
    assert shop.refused(Confirm("web", cart.ref)) == "not-held"
    assert shop.refused(Confirm("web", "nobody's")) == "not-found"


def test_a_hold_ends_exactly_at_its_expiry(shop: Shop) -> None:
    sku, kept = shop.item(dc=5), shop.item(dc=1)
    cart = shop.order("web", {sku: 3, kept: 1}, hold=3)
    (held,) = shop.place(cart)
    assert shop.atp("web", sku) == 2
    lasting = shop.buy("web", {sku: 1}, hold=LONG)
    shop.outlast(held.expires_at)
    assert shop.atp("web", sku) == 4
    assert shop.buy("web", {sku: 4}).granted, "expiry frees the units for the very next buyer"
    (replay,) = shop.place(cart)
    assert (replay.state, replay.replay, replay.lines[0].granted) == ("expired", True, 3)
    assert shop.refused(Confirm("web", held.ref)) == "hold-expired"
    assert shop.refused(Release("web", held.ref)) == "nothing-open"
    assert shop.do(Confirm("web", lasting.ref)).units == 1
    shop.place(shop.order("web", {kept: 1}))
    ((effective, expires, recorded),) = shop.read(
        "SELECT e.effective_at, o.expires_at, e.recorded_at FROM entry e JOIN item i ON i.id = e.item, orders o "
        "WHERE i.sku = %s AND e.kind = 32 AND o.id = %s::uuid",
        sku,
        held.id,
    )
    assert effective == expires < recorded


def test_an_accepted_order_never_expires(shop: Shop) -> None:
    sku = shop.item(dc=1)
    cart = shop.buy("web", {sku: 1}, hold=3)
    shop.do(Confirm("web", cart.ref))
    shop.outlast(cart.expires_at)
    assert not shop.buy("web", {sku: 1}).granted
    assert shop.do(Ship("web", cart.ref)).units == 1


def test_a_cart_is_not_shipped_before_it_is_paid(shop: Shop) -> None:
    sku = shop.item(dc=1)
    cart = shop.buy("web", {sku: 1}, hold=LONG)
    assert shop.refused(Ship("web", cart.ref)) == "not-confirmed"


def test_a_cart_from_which_something_was_taken_out_can_still_be_paid(shop: Shop) -> None:
    sku = shop.item(dc=5)
    cart = shop.buy("web", {sku: 3}, hold=LONG)
    assert shop.do(Release("web", cart.ref, [ReleaseLine(0, 1)])).state == "held"
    assert shop.do(Confirm("web", cart.ref)).units == 2
    assert shop.shelf(sku) == {"dc": (5, 2)}


def test_a_hold_that_lost_its_units_moves_where_its_channel_still_may(shop: Shop) -> None:
    sku = shop.item(dc=5, store=5)
    cart = shop.buy("web", {sku: 5}, hold=LONG)
    shop.book(Adjust(sku=sku, location="dc", qty=-2, reason="broken"))
    assert shop.promised(cart.id) == {("dc", "", ""): 3, ("store", "", ""): 2}
    assert shop.do(Confirm("web", cart.ref)).units == 5


def test_a_hold_displaced_by_several_facts_of_one_batch_moves_whole(shop: Shop) -> None:
    sku = shop.item(dc=5, store=5)
    cart = shop.buy("web", {sku: 5}, hold=LONG)
    shop.book(*(Adjust(sku=sku, location="dc", qty=-1, reason="broken") for _ in range(2)))
    assert shop.promised(cart.id) == {("dc", "", ""): 3, ("store", "", ""): 2}
    assert shop.do(Confirm("web", cart.ref)).units == 5


@pytest.mark.parametrize("part_of_it", [2, 5])
def test_a_hold_that_lost_its_units_for_good_is_void_and_says_so(shop: Shop, part_of_it: int) -> None:
    sku = shop.item(dc=5)
    order = shop.order("web", {sku: 5}, hold=LONG)
    (cart,) = shop.place(order)
    shop.book(Adjust(sku=sku, location="dc", qty=-part_of_it, reason="broken"))
    assert shop.promised(cart.id) == {}
    assert shop.owed(sku) == {}, "nobody has paid for it"
    assert "displaced" in [kind for kind, _ in shop.mishaps(sku)]
    (replay,) = shop.place(order)
    assert replay.state == "displaced", "nobody is told 'held' of a hold that is gone"
    assert shop.refused(Confirm("web", cart.ref)) == "hold-displaced"


def test_units_of_a_void_hold_go_to_who_has_paid(shop: Shop) -> None:
    sku = shop.item(dc=4)
    cart = shop.buy("web", {sku: 4}, hold=LONG)
    paid = shop.buy("web", {sku: 3}, mode="sold")
    assert shop.owed(sku) == {paid.ref: 3}
    shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="broken"))
    assert shop.promised(cart.id) == {}
    assert shop.owed(sku) == {}
    assert shop.promised(paid.id) == {("dc", "", ""): 3}


def test_a_cart_confirmed_beside_a_shipment_that_takes_its_units_is_owed_them_like_any_order(shop: Shop) -> None:
    for confirmed_first in (True, False):
        sku = shop.item(dc=2, far=1)
        cart, other = shop.buy("web", {sku: 2}, hold=LONG), shop.buy("web", {sku: 1})
        actions: list[Action] = [Confirm("web", cart.ref), Ship("web", other.ref, location="dc")]
        shop.do(*(actions if confirmed_first else actions[::-1]))
        assert shop.promised(cart.id) == {("dc", "", ""): 1, ("far", "", ""): 1}
        assert shop.read("SELECT count(*)::int FROM hold WHERE order_id = %s::uuid", cart.id) == [(0,)]
        assert shop.do(Ship("web", cart.ref)).state == "shipped"


def test_what_is_sold_cannot_be_a_cart(shop: Shop) -> None:
    sku = shop.item(dc=2)
    with pytest.raises(ValueError, match="hold_for_s"):
        shop.order("web", {sku: 5}, mode="sold", hold=60)
