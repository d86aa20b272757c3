"""An account as the engine meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import msgspec

from tests.connectors.counterparts.ebay import CLIENT_ID, HOST, Account
from tests.connectors.counterparts.openapi import Contract, Json
from tests.connectors.counterparts.vendor import Redirected, served
from tests.connectors.ebay.conftest import SECRETS
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.connectors.vendors.ebay import build
from truestock.connectors.vendors.ebay.connector import EbayConnector
from truestock.connectors.vendors.ebay.settings import EbaySettings
from truestock.entrypoints.conformance.worlds import Message

WRITE = "bulk_update_price_quantity"
URL = "https://hub.example/v1/hooks/web"


class Ebay(OnALine):
    """What buyers and people see there and do, and what goes wrong with the next change.

    eBay tells of new orders alone; what becomes of them is asked for. It changes no order's units by itself: that an
    order is of other units is more than it does, and nothing that its contract forbids."""

    def __init__(self, account: Account) -> None:
        self.line = Line(Redirected(int(account.url.rsplit(":", 1)[1]), HOST), _writes, self._keep)
        self.connector: EbayConnector
        self._account = account
        self._said: list[Message] = []
        account.faults.of = WRITE

    def shown(self, sku: str) -> int | None:
        return self._account.shown(sku)

    def sell(self, sku: str, units: int) -> None:
        self._account.sell(sku, units)

    def throttle(self, calls: int) -> None:
        self._account.faults.throttle_next = calls

    def hang_after_effect(self) -> None:
        self._account.faults.hang_after_effect = True

    def break_before_effect(self) -> None:
        self._account.faults.drop_before_effect = True

    def expire(self) -> None:
        self._account.tokens.append("of somebody else")

    def place(self, sku: str, units: int) -> str:
        self._account.sell(sku, units)
        order = str(self._account.order((sku, units))["orderId"])
        self._said.append(Message(URL, *self._account.message(order)))
        return order

    def edit(self, order: str, units: int) -> None:
        found, line = self._found(order)
        self._account.sell(line["sku"], units - line["quantity"])
        line["quantity"] = units
        self._account.touch(found)

    def cancel(self, order: str) -> None:
        found, line = self._found(order)
        self._account.sell(line["sku"], -line["quantity"])
        self._account.cancel(found)

    def send(self, order: str) -> None:
        found, line = self._found(order)
        self._account.ship(found, {line["lineItemId"]: line["quantity"]})

    def messages(self) -> list[Message]:
        said, self._said = self._said, []
        return said

    def _found(self, order: str) -> tuple[Json, Json]:
        found = self._account.orders[order]
        return found, found["lineItems"][0]

    def _keep(self) -> Undo:
        before = {number: offer["availableQuantity"] for number, offer in self._account.offers.items()}

        def undo() -> None:
            for number, quantity in before.items():
                self._account.offers[number]["availableQuantity"] = quantity

        return undo


def _writes(request: httpx2.Request) -> bool:
    return request.url.path.endswith(WRITE)


@asynccontextmanager
async def an_ebay_account(skus: list[str], contract: Contract) -> AsyncIterator[Ebay]:
    """With these offers."""
    contract.violations.clear()
    with served(Account(contract)) as account:
        for sku in skus:
            account.put(sku)
        world = Ebay(account)
        async with httpx2.AsyncClient(transport=world.line) as client:
            settings = msgspec.convert({"client_id": CLIENT_ID, "timeout_s": 5.0, "calls_per_s": 100}, EbaySettings)
            world.connector = build(client, settings, SECRETS)
            headers, _body = account.message("")
            await world.connector.fetch_key(headers)
            yield world
    assert contract.violations == []
