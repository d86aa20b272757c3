"""An account as the engine meets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import msgspec

from tests.connectors.amazon.conftest import settings
from tests.connectors.counterparts.amazon import Account
from tests.connectors.counterparts.amazon_contract import Contract
from tests.connectors.counterparts.amazon_http import SECRETS, Redirected, served
from truestock.connectors.amazon import build
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.contract.abilities import PushesStock

CHANGE = "patchListingsItem"


class Amazon:
    """What buyers see there and do, and what goes wrong with the next change."""

    def __init__(self, account: Account, connector: PushesStock) -> None:
        self.connector = connector
        self._account = account

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


@asynccontextmanager
async def an_amazon_account(skus: list[str], contract: Contract) -> AsyncIterator[Amazon]:
    """With these listings."""
    contract.violations.clear()
    account = Account(contract)
    for sku in skus:
        account.put(sku)
    with served(account) as world:
        async with httpx2.AsyncClient(transport=Redirected(world.port)) as client:
            connector = build(client, msgspec.convert(settings(timeout_s=1.0), AmazonSettings), SECRETS)
            assert isinstance(connector, Merchant)
            yield Amazon(account, connector)
    assert contract.violations == []
