"""What a WMS keeps for orders against our promises: order by order where it names them, else by cell."""

from datetime import datetime

from tests.factories import Shop, ago
from tests.reconciliation.discrepancies.stating import Source
from truestock.core.identity import part_of
from truestock.core.reconcile import Allocated
from truestock.orders.actions import Release, Ship
from truestock.reconciliation.discrepancies.allocations import allocations
from truestock.reconciliation.discrepancies.tolerances import ToleranceDraft, put_tolerance


class Keeper(Source):
    """A WMS that says what it keeps for orders at dc."""

    def keeps(self, sku: str, orders: dict[str, int], at: datetime | None = None) -> int:
        """How many differ; order "" is all of them."""
        item, place = self.item(sku), self.place("dc")
        told = [Allocated(part_of(item), item, place, qty, at or ago(), ref) for ref, qty in orders.items()]
        return allocations(self.shop.hub.db, self.name, told, ago())

    def differs(self, sku: str) -> dict[str, tuple[str, int, int, str]]:
        """(state, stated, expected, cause) by order."""
        rows = self.shop.read(
            "SELECT order_ref, state, stated::int, expected::int, cause FROM discrepancy WHERE kind = 'allocated' "
            "AND source = %s AND item = %s ORDER BY id",
            self.name, self.item(sku),
        )  # fmt: skip
        return {ref: tuple(rest) for ref, *rest in rows}


def bought(shop: Shop, sku: str, *units: int) -> list[str]:
    """Orders of the web shop, one of so many units each."""
    return [shop.buy("web", {sku: qty}).ref for qty in units]


def test_nothing_differs_where_the_wms_keeps_what_is_promised(shop: Shop) -> None:
    sku = shop.item(dc=10)
    one, other = bought(shop, sku, 2, 3)
    assert Keeper(shop, "w-a").keeps(sku, {one: 2, other: 3}) == 0
    assert Keeper(shop, "w-b").keeps(sku, {"": 5}) == 0


def test_each_order_is_compared_by_itself(shop: Shop) -> None:
    sku = shop.item(dc=20)
    less, missing, gone = bought(shop, sku, 2, 3, 4)
    shop.do(Release("web", gone))
    wms = Keeper(shop, "w-c")
    assert wms.keeps(sku, {less: 1, gone: 4, "elsewhere": 6}) == 4
    assert wms.differs(sku) == {
        less: ("review", 1, 2, "unknown"),
        missing: ("review", 0, 3, "timing"),
        gone: ("review", 4, 0, "timing"),
        "elsewhere": ("review", 6, 0, "unknown"),
    }


def test_a_shipment_that_is_not_booked_there(shop: Shop) -> None:
    sku = shop.item(dc=20)
    (ref,) = bought(shop, sku, 2)
    shop.do(Ship("web", ref, location="dc"))
    wms = Keeper(shop, "w-d")
    assert wms.keeps(sku, {ref: 2}) == 1
    assert wms.differs(sku) == {ref: ("review", 2, 0, "unposted_shipment")}


def test_what_was_shipped_or_bought_after_its_statement_is_netted(shop: Shop) -> None:
    sku = shop.item(dc=20)
    (ref,) = bought(shop, sku, 2)
    then = ago()
    shop.do(Ship("web", ref, location="dc"))
    bought(shop, sku, 5)
    wms = Keeper(shop, "w-e")
    assert wms.keeps(sku, {ref: 2}, then) == 0
    assert wms.keeps(sku, {"": 2}, then) == 0


def test_by_cell_the_sum_of_all_orders_is_compared(shop: Shop) -> None:
    sku = shop.item(dc=20)
    bought(shop, sku, 2, 3)
    wms = Keeper(shop, "w-f")
    assert wms.keeps(sku, {"": 8}) == 1
    assert wms.differs(sku) == {"": ("review", 8, 5, "unknown")}


def test_carts_are_not_expected_there(shop: Shop) -> None:
    sku = shop.item(dc=20)
    shop.buy("web", {sku: 2}, hold=600)
    assert Keeper(shop, "w-g").keeps(sku, {"": 0}) == 0


def test_it_is_gone_once_both_agree(shop: Shop) -> None:
    sku = shop.item(dc=20)
    late, stays = bought(shop, sku, 2, 3)
    wms = Keeper(shop, "w-h")
    wms.keeps(sku, {stays: 4}, ago())
    assert wms.keeps(sku, {late: 2, stays: 4}, ago()) == 1
    assert {ref: state for ref, (state, *_) in wms.differs(sku).items()} == {late: "gone", stays: "review"}


def test_within_tolerance_it_is_open_and_nothing_is_booked(shop: Shop) -> None:
    sku = shop.item(dc=20)
    (ref,) = bought(shop, sku, 2)
    put_tolerance(shop.hub.db, ToleranceDraft(source="w-i", units=1), "ann")
    wms = Keeper(shop, "w-i")
    wms.keeps(sku, {ref: 1})
    assert wms.differs(sku)[ref][0] == "open"
    assert shop.shelf(sku) == {"dc": (20, 2)}


def test_no_rows_say_nothing(shop: Shop) -> None:
    assert allocations(shop.hub.db, "w-j", [], ago()) == 0
