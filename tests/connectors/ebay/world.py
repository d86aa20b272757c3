"""An account as the engine meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import msgspec

from tests.connectors.counterparts.ebay import CLIENT_ID, HOST, Account
from tests.connectors.counterparts.openapi import Contract
from tests.connectors.counterparts.vendor import Redirected, served
from tests.connectors.ebay.conftest import SECRETS
from truestock.connectors.contract.abilities import PushesStock
from truestock.connectors.vendors.ebay import build
from truestock.connectors.vendors.ebay.settings import EbaySettings

WRITE = "bulk_update_price_quantity"


class Ebay:
    """What buyers see there and do, and what goes wrong with the next change."""

    def __init__(self, account: Account, connector: PushesStock) -> None:
        self.connector = connector
        self._account = account
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


@asynccontextmanager
async def an_ebay_account(skus: list[str], contract: Contract) -> AsyncIterator[Ebay]:
    """With these offers."""
    contract.violations.clear()
    with served(Account(contract)) as account:
        for sku in skus:
            account.put(sku)
        async with httpx2.AsyncClient(transport=Redirected(int(account.url.rsplit(":", 1)[1]), HOST)) as client:
            settings = msgspec.convert({"client_id": CLIENT_ID, "timeout_s": 1.0, "calls_per_s": 100}, EbaySettings)
            yield Ebay(account, build(client, settings, SECRETS))
    assert contract.violations == []
