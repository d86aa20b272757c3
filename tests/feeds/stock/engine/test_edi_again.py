"""An EDI interchange that was taken in only in part, and comes again in another file: the rest of it is taken in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import Any

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.feeds.stock.files import Format
from truestock.feeds.stock.files.edi.writing import Outgoing, Partners, x12
from truestock.store.jobs.kinds import Interrupted

NOW = datetime(2026, 11, 21, 9, 14, tzinfo=UTC)


def interchange(feed: str, control: int, *sets: Sequence[tuple[str, int]]) -> bytes:
    """Each set tells of items how many units more there are."""
    told = [
        Outgoing("947", [("W15", "20261121"), *(("W19", "07", str(qty), "EA", "", "SK", sku) for sku, qty in one)])
        for one in sets
    ]
    return x12(Partners(f"ZZ:{feed.upper()}", "ZZ:HUB"), control, NOW, "AW", "004010", told)


def send(feeds: Feeds, code: str, file: bytes, **how: Any) -> Run:
    return feeds.engine.take(code, FeedFile("file.edi", BytesIO(file), ago(seconds=0)), "test", **how)


def test_one_whose_run_was_cut_off_is_gone_on_with(feeds: Feeds) -> None:
    shop, wms, looks = feeds.shop, feeds.add("delta", location="dc", format=Format("x12")), count()
    skus = [shop.item(dc=10) for _ in range(300)]
    first = interchange(wms, 1, [(sku, 3) for sku in skus[:250]], [(sku, 3) for sku in skus[250:]])
    with pytest.raises(Interrupted):
        send(feeds, wms, first, stopping=lambda: next(looks) > 0)
    assert [shop.shelf(sku)["dc"][0] for sku in skus] == [13] * 250 + [10] * 50
    assert send(feeds, wms, first + interchange(wms, 2, [(skus[0], 4)])).report.taken == 1
    assert [shop.shelf(sku)["dc"][0] for sku in skus] == [17] + [13] * 299
