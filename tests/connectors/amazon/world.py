"""An account as the engine meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import msgspec

from tests.connectors.amazon.conftest import settings
from tests.connectors.amazon.orders import item, number, order, package
from tests.connectors.counterparts.amazon import Account, finely
from tests.connectors.counterparts.amazon_contract import Contract, Json
from tests.connectors.counterparts.amazon_http import SECRETS, Redirected, ServedAccount, served
from tests.sync.conformance.line import Line, OnALine, Undo
from truestock.connectors.amazon import build
from truestock.connectors.amazon.calls import operations
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.amazon.settings import AmazonSettings

CHANGE = "patchListingsItem"
LINE = "1"
CALLS_PER_S = 1000.0


class Amazon(OnALine):
    """What buyers and people see there and do, and what goes wrong with the next change.

    Amazon tells of orders by a queue, which the stories do not know: orders are asked for. It takes units off an order
    and adds none by itself: that an order is of more units is more than it does, and nothing that its models forbid."""

    def __init__(self, served_account: ServedAccount) -> None:
        self.line = Line(Redirected(served_account.port), _writes, self._keep)
        self.connector: Merchant
        self._served = served_account
        self._account = served_account.account
        self._now = datetime.now(UTC)

    def shown(self, sku: str) -> int | None:
        return self._account.shown(sku)

    def sell(self, sku: str, units: int) -> None:
        self._account.sell(sku, units)

    def throttle(self, calls: int) -> None:
        self._account.faults.of, self._account.faults.throttle_next = CHANGE, calls

    def hang_after_effect(self) -> None:
        self._account.faults.of, self._account.faults.hang_after_effect = CHANGE, True

    def break_before_effect(self) -> None:
        self._account.faults.of, self._account.faults.drop_before_effect = CHANGE, True

    def expire(self) -> None:
        self._served.good.clear()

    def place(self, sku: str, units: int) -> str:
        self._account.sell(sku, units)
        ref = number(len(self._account.orders) + 1)
        self._account.orders[ref] = order(ref, [item(LINE, sku, units)], createdTime=self._later())
        self._changed(ref)
        return ref

    def edit(self, ref: str, units: int) -> None:
        line = self._line(ref)
        self._account.sell(line["product"]["sellerSku"], units - line["fulfillment"]["quantityUnfulfilled"])
        line["quantityOrdered"] = max(units, line["quantityOrdered"])
        line["fulfillment"]["quantityUnfulfilled"] = units
        self._changed(ref)

    def cancel(self, ref: str) -> None:
        self.edit(ref, 0)
        self._changed(ref, "CANCELLED")

    def send(self, ref: str) -> None:
        count = self._line(ref)["fulfillment"]
        left = count["quantityUnfulfilled"]
        count |= {"quantityFulfilled": left, "quantityUnfulfilled": 0}
        self._changed(ref, "SHIPPED", packages=[package("1", {LINE: left})])

    def _line(self, ref: str) -> Any:
        return self._account.orders[ref]["orderItems"][0]

    def _changed(self, ref: str, status: str = "UNSHIPPED", **more: Any) -> None:
        found: Json = self._account.orders[ref]
        found["fulfillment"]["fulfillmentStatus"] = status
        found |= {"lastUpdatedTime": self._later(), **more}

    def _later(self) -> str:
        """Now, and after what was before."""
        self._now = max(datetime.now(UTC), self._now + timedelta(milliseconds=1))
        return finely(self._now)

    def _keep(self) -> Undo:
        """A number that never comes to show is waited for; so it shows until it was looked at, and then no more."""
        before = {sku: listing.quantity for sku, listing in self._account.listings.items()}

        def undo() -> None:
            for sku, quantity in before.items():
                self._account.listings[sku].quantity = quantity

        return lambda: self._account.on_look.append(undo)


def _writes(request: httpx2.Request) -> bool:
    return request.method == "PATCH"


@asynccontextmanager
async def an_amazon_account(skus: list[str], contract: Contract) -> AsyncIterator[Amazon]:
    """With these listings. Amazon tells rates that are no hindrance; those of its plan are held to elsewhere."""
    contract.violations.clear()
    account = Account(contract)
    account.rates = {operation.name: CALLS_PER_S for operation in operations.ALL}
    for sku in skus:
        account.put(sku)
    with served(account) as running:
        world = Amazon(running)
        async with httpx2.AsyncClient(transport=world.line) as client:
            # Several calls for a backlog, so that it matters what goes first.
            given = settings(timeout_s=5.0, batch_max=4)
            connector = build(client, msgspec.convert(given, AmazonSettings), SECRETS)
            assert isinstance(connector, Merchant)
            world.connector = connector
            yield world
    assert contract.violations == []
