"""Rows that go over several lines, and cells with signs of inches in them, are read whole."""

from io import BytesIO

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.taking import FeedFile


def test_a_row_of_which_one_line_has_changed_is_read_with_its_other_lines(feeds: Feeds) -> None:
    """Each of its lines has two quotes, as if it were a row of its own."""
    shop, erp = feeds.shop, feeds.add("on_hand")
    sku, hours = shop.item(dc=9), iter((3, 2, 1))

    def send(size: int, qty: int) -> Run:
        lines = ["sku,location,name,note,size,qty", f'{sku},dc,{size}" tube,"spare', f'part",7" pipe,{qty}', ""]
        file = FeedFile("stock.csv", BytesIO("\n".join(lines).encode()), ago(hours=next(hours)))
        return feeds.engine.take(erp, file, "test")

    for size, qty in ((5, 4), (6, 4), (6, 5)):
        report = send(size, qty).report
        assert (report.rows, report.quarantined) == (1, 0)
        assert shop.shelf(sku) == {"dc": (qty, 0)}
