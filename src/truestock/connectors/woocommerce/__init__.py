"""WooCommerce: shows the hub's numbers as the stock quantities of a store's products and variations, by REST v3."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.woocommerce.connector import WooCommerceConnector
from truestock.connectors.woocommerce.settings import SECRETS, WooCommerceSettings
from truestock.connectors.woocommerce.transport import StoreApi


def build(
    client: httpx2.AsyncClient, settings: WooCommerceSettings, secrets: Mapping[str, str]
) -> WooCommerceConnector:
    """A connector for one store; it makes no call itself. Raises ValueError when a secret is missing."""
    return WooCommerceConnector(StoreApi(client, settings, secrets), settings)


KIND: Final = Kind(name="woocommerce", title="WooCommerce", settings=WooCommerceSettings, secrets=SECRETS, build=build)
