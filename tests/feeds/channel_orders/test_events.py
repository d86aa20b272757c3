"""What happens to orders is announced with it, and once."""

from typing import Any

from tests.feeds.channel_orders.till import Till, sold
from tests.sync.webhooks.conftest import Post
from tests.sync.webhooks.receivers import Receiver
from truestock.orders.actions import Release, ReleaseLine, Ship


def told(till: Till) -> list[tuple[str, dict[str, Any]]]:
    return till.shop.read("SELECT kind, data FROM event ORDER BY id")


def test_an_order_of_a_channel_is_announced_from_its_taking_to_its_leaving(till: Till) -> None:
    sku = till.shop.item(dc=2)
    kinds = ("order.accepted", "order.short", "order.filled", "order.shipped", "order.cancelled")
    Post(till.shop.hub.db).add(Receiver(port=9_999), *kinds)
    till.register.put("5001", sold("a", sku, 4))
    till.turns()
    till.turns()
    till.shop.do(Release("web", "5001", [ReleaseLine(0, 1)], "no longer made"))
    till.shop.stock(sku, dc=1)
    till.shop.do(Ship("web", "5001", tracking="JD01"))
    found = told(till)
    assert [kind for kind, _ in found] == [*kinds[:2], "order.cancelled", "order.filled", "order.shipped"]
    assert found[0][1]["lines"] == [{"sku": sku, "asked": 4, "granted": 2, "short_by": 2}]
    assert found[1][1]["lines"] == [{"sku": sku, "units": 2}]
    assert (found[2][1]["units"], found[2][1]["reason"], found[2][1]["state"]) == (1, "no longer made", "open")
    assert found[3][1] == {name: found[1][1][name] for name in ("channel", "ref", "id")}
    assert (found[4][1]["units"], found[4][1]["tracking"], found[4][1]["state"]) == (3, "JD01", "shipped")


def test_a_cart_that_is_given_up_is_nobody_elses_affair(till: Till) -> None:
    sku = till.shop.item(dc=2)
    Post(till.shop.hub.db).add(Receiver(port=9_999), "order.cancelled")
    till.shop.buy("web", {sku: 1}, "cart-1", hold=600)
    till.shop.do(Release("web", "cart-1"))
    assert told(till) == []
    assert till.shop.read("SELECT count(*) FROM order_step") == [(0,)]
