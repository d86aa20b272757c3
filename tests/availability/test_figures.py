"""On hand, allocated and ATP: by channel and by group, a page at a time."""

from tests.factories import Shop
from truestock.availability.figures import figures_of, read_figures
from truestock.availability.read import Reader
from truestock.availability.values import Figures, ItemFigures
from truestock.catalog.rules import Snapshot
from truestock.ledger.values import TransferOut


def of(reader: Reader, sku: str) -> ItemFigures:
    def read(snapshot: Snapshot) -> ItemFigures:
        return figures_of(reader.conn, snapshot, [*snapshot.items(snapshot.item_ids([sku]).values()).values()]).items[0]

    return reader.rules.read(read)


def of_channel(found: ItemFigures, code: str) -> tuple[int, int, int]:
    line = next(line for line in found.channels if line.viewer == code)
    return line.on_hand, line.allocated, line.atp


def of_group(found: ItemFigures, name: str) -> tuple[int, int, int]:
    line = next(line for line in found.groups if line.viewer == name)
    return line.on_hand, line.allocated, line.atp


def test_three_figures_by_channel(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10, store=6)
    shop.ring(sku, "dc", 4, to="market")
    shop.buy("market", {sku: 3})
    shop.buy("web", {sku: 2})
    found = of(reader, sku)
    assert (found.on_hand, found.allocated) == (16, 6)
    assert of_channel(found, "market") == (10, 6, 5)
    assert of_channel(found, "web") == (16, 6, 10)


def test_virtual_units_and_units_in_transit_are_not_on_hand(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10, vendor=50)
    shop.book(TransferOut(sku=sku, location="dc", qty=4, to="store"))
    found = of(reader, sku)
    assert (found.on_hand, found.allocated) == (6, 0)
    assert of_channel(found, "b2b") == (6, 0, 56)
    assert of_channel(found, "retail") == (6, 0, 6)


def test_a_group_counts_shared_units_once_and_its_rings_together(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=10, store=5, far=2)
    shop.ring(sku, "dc", 3, to="market")
    found = of(reader, sku)
    assert (of_channel(found, "web")[2], of_channel(found, "market")[2]) == (14, 10)
    assert found.groups[0] == Figures("ecommerce", 17, 3, 17)


def test_a_group_of_one_channel_is_the_channel(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=9, store=5)
    shop.rule("buffer", 3, item=sku, channel="b2b")
    shop.rule("cap", 50, item=sku, channel="retail", unit="percent")
    found = of(reader, sku)
    assert of_group(found, "wholesale") == of_channel(found, "b2b") == (9, 0, 6)
    assert of_group(found, "retail") == of_channel(found, "retail") == (14, 0, 7)


def test_a_cart_that_has_run_out_is_not_allocated(shop: Shop, reader: Reader) -> None:
    sku = shop.item(dc=9)
    cart = shop.buy("web", {sku: 4}, hold=3)
    assert (of(reader, sku).allocated, of_channel(of(reader, sku), "web")) == (4, (9, 4, 5))
    shop.outlast(cart.expires_at)
    assert (of(reader, sku).allocated, of_channel(of(reader, sku), "web")) == (0, (9, 0, 9))


def test_pages_follow_one_another_to_the_end(shop: Shop, reader: Reader) -> None:
    skus = [shop.item() for _ in range(5)]
    seen: list[str] = []
    after: int | None = 0
    while after is not None:
        page = reader.rules.read(lambda snapshot, at=after: read_figures(reader.conn, snapshot, at, limit=2))  # type: ignore[misc]
        seen += [found.sku for found in page.items]
        after = page.after
    assert seen[-5:] == skus
    assert len(seen) == len(set(seen))
