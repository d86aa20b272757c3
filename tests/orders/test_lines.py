"""The lines of an order lie in its row, and the view order_line shows them as rows."""

from tests.factories import Shop
from truestock.orders.actions import Confirm, Ship

ROWS = """SELECT l.n, i.sku, l.units, coalesce(g.sku, ''), l.qty, l.granted, l.available
          FROM order_line l JOIN item i ON i.id = l.item LEFT JOIN listing g ON g.id = l.listing
          WHERE l.order_id = %s::uuid AND l.part = get_byte(uuid_send(%s::uuid), 0) ORDER BY l.n, i.sku"""


def rows(shop: Shop, order_id: str) -> list[tuple[object, ...]]:
    return shop.read(ROWS, order_id, order_id)


def test_a_line_is_a_row_for_each_item_that_it_takes(shop: Shop) -> None:
    cup, saucer, plate = sorted(shop.item(dc=10) for _ in range(3))
    tea = shop.listing("web", {cup: 1, saucer: 2})
    (answer,) = shop.place(shop.order("web", [(tea, 3), (plate, 12), (cup, 1)], mode="partial"))
    assert rows(shop, answer.id) == [
        (0, cup, 1, tea, 3, 3, 5),
        (0, saucer, 2, tea, 3, 3, 5),
        (1, plate, 1, "", 12, 10, 10),
        (2, cup, 1, "", 1, 1, 7),
    ]


def test_a_replay_has_the_lines_of_the_first_answer(shop: Shop) -> None:
    cup, saucer = shop.item(dc=10), shop.item(dc=10)
    tea = shop.listing("web", {cup: 1, saucer: 2})
    order = shop.order("web", [(tea, 3), (cup, 12), (saucer, 1)], mode="partial")
    (first,) = shop.place(order)
    (again,) = shop.place(order)
    assert again.replay
    assert again.lines == first.lines


def test_orders_of_one_batch_keep_their_own_lines(shop: Shop) -> None:
    skus = [shop.item(dc=10) for _ in range(20)]
    orders = [shop.order("web", [(sku, n) for n, sku in enumerate(skus[: k + 1], 1)], mode="sold") for k in range(20)]
    for k, answer in enumerate(shop.place(*orders)):
        assert [(row[1], row[4]) for row in rows(shop, answer.id)] == [
            (sku, n) for n, sku in enumerate(skus[: k + 1], 1)
        ]


def test_an_order_of_the_most_lines_comes_back_whole(shop: Shop) -> None:
    sku = shop.item(dc=1000)
    order = shop.order("web", [(sku, 1)] * 512)
    (first,) = shop.place(order)
    assert [row[0] for row in rows(shop, first.id)] == list(range(512))
    (again,) = shop.place(order)
    assert again.lines == first.lines
    assert shop.do(Ship("web", order.ref)).units == 512


def test_a_cart_takes_its_lines_along_when_it_becomes_an_order_of_another_name(shop: Shop) -> None:
    cup, saucer = shop.item(dc=10), shop.item(dc=10)
    tea = shop.listing("web", {cup: 1, saucer: 2})
    cart = shop.buy("web", {tea: 2, cup: 1}, hold=600)
    done = shop.do(Confirm("web", cart.ref, "tea-" + tea))
    assert rows(shop, done.id) == rows(shop, cart.id) != []
