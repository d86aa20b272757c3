"""Amazon, by the Selling Partner API: stock out, orders in, parcels out, and stock in Amazon's centres in."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.amazon.calls.tokens import Tokens
from truestock.connectors.amazon.calls.transport import SellingPartnerApi
from truestock.connectors.amazon.connector import Centres, Merchant
from truestock.connectors.amazon.queue import Queue
from truestock.connectors.amazon.settings import OPTIONAL_SECRETS, SECRETS, AmazonSettings
from truestock.connectors.contract.kind import Kind


def build(client: httpx2.AsyncClient, settings: AmazonSettings, secrets: Mapping[str, str]) -> Merchant | Centres:
    """A connector for one seller in one marketplace; it makes no call itself. Raises ValueError for a bad secret."""
    api = SellingPartnerApi(client, settings, Tokens(client, settings, secrets))
    queue = Queue(client, settings.queue, settings.queue_wait_s, secrets) if settings.queue else None
    return (Merchant if settings.fulfilled_by == "merchant" else Centres)(api, settings, queue)


KIND: Final = Kind(
    name="amazon",
    title="Amazon",
    settings=AmazonSettings,
    secrets=SECRETS,
    build=build,
    optional_secrets=OPTIONAL_SECRETS,
)
