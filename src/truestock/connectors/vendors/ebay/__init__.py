"""eBay: shows the hub's numbers in a seller's listings, reads the orders and tells eBay what has left."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.vendors.ebay.calls.tokens import Tokens
from truestock.connectors.vendors.ebay.calls.transport import EbayApi
from truestock.connectors.vendors.ebay.connector import EbayConnector
from truestock.connectors.vendors.ebay.settings import SECRETS, VERIFICATION_TOKEN, EbaySettings


def build(client: httpx2.AsyncClient, settings: EbaySettings, secrets: Mapping[str, str]) -> EbayConnector:
    """A connector for one seller; it makes no call itself. Raises ValueError when a secret is missing."""
    api = EbayApi(client, settings, Tokens(client, settings, secrets))
    return EbayConnector(api, settings, secrets.get(VERIFICATION_TOKEN, "").strip())


KIND: Final = Kind(
    name="ebay",
    title="eBay",
    settings=EbaySettings,
    secrets=SECRETS,
    build=build,
    optional_secrets=frozenset({VERIFICATION_TOKEN}),
)
