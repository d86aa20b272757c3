"""From a shop that settles over HTTP to what its orders brought, in a hub that runs and is started again."""

from pydantic import SecretStr

from tests.connectors.counterparts.generic import SECRET, Shop
from tests.entrypoints.shops import SEALED_WITH, answering
from tests.factories import Shop as Company
from tests.feeds.inbox.test_end_to_end import order, running, until
from truestock.bootstrap import Hub
from truestock.config import Settings
from truestock.connections.reached import put_connection
from truestock.reporting.lists import list_fees, read_order

FEE = {"kind": "commission", "currency": "EUR", "posted_at": "2026-11-20T10:00:00Z"}


def kept(hub: Hub) -> list[tuple[str, bool]]:
    return sorted((fee.order, fee.known) for fee in list_fees(hub.db, "web").rows)


def test_fees_come_in_page_by_page_before_and_after_their_orders(database_url: str) -> None:
    settings = Settings(database_url=SecretStr(database_url), secret_key=SecretStr(SEALED_WITH))
    with answering(Shop({})) as shop:
        shop.fees = [
            {**FEE, "id": f"F-{n}", "amount": f"{n}.50", "order": ref} for n, ref in enumerate(("7001", "7002", ""))
        ]
        told = {"base_url": shop.url, "decrements": "never", "orders": "read", "poll_every_s": 5.0}
        with running(settings) as hub:
            sku = Company(hub).item(dc=50)
            order(shop, "7001", sku, 2)
            more = {"fees_path": "/fees", "calls_per_s": 50.0, "burst": 100.0}
            put_connection(hub.db, hub.seal(), "web", "generic", told | more, {"signing_secret": SECRET})
            until(lambda: kept(hub), [("", False), ("7001", True), ("7002", False)])
        order(shop, "7002", sku, 1)
        with running(settings) as hub:
            until(lambda: kept(hub), [("", False), ("7001", True), ("7002", True)])
            until(lambda: Company(hub).read("SELECT count(*) FROM orders"), [(2,)])
            money = read_order(hub.db, "web", "7002").money
            assert money
            assert [(line.sku, line.qty) for line in money.lines] == [(sku, 1)]
            assert [(fee.kind, str(fee.amount)) for fee in money.fees] == [("commission", "1.5000")]
    asked = [seen.target for seen in shop.seen if seen.target.startswith("/hub/fees")]
    assert asked == ["/hub/fees", "/hub/fees?cursor=2"]
