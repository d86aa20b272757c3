"""WooCommerce: shows the hub's numbers as a store's stock quantities, reads its orders and tells it of parcels."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.woocommerce.connector import WooCommerceConnector
from truestock.connectors.woocommerce.settings import CONSUMER_SECRET, SECRETS, WEBHOOK_SECRET, WooCommerceSettings
from truestock.connectors.woocommerce.transport import StoreApi


def build(
    client: httpx2.AsyncClient, settings: WooCommerceSettings, secrets: Mapping[str, str]
) -> WooCommerceConnector:
    """A connector for one store; it makes no call itself. Raises ValueError when a secret is missing."""
    secret = secrets.get(WEBHOOK_SECRET, "").strip() or secrets.get(CONSUMER_SECRET, "").strip()
    return WooCommerceConnector(StoreApi(client, settings, secrets), settings, secret)


KIND: Final = Kind(
    name="woocommerce",
    title="WooCommerce",
    settings=WooCommerceSettings,
    secrets=SECRETS,
    build=build,
    optional_secrets=frozenset({WEBHOOK_SECRET}),
)
