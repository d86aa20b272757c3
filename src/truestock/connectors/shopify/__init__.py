"""Shopify: shows the hub's numbers as `available` at a shop's locations, reads its orders and tells it of parcels."""

from collections.abc import Mapping

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.tokens import CLIENT_SECRET, SECRETS, Tokens
from truestock.connectors.shopify.transport import AdminApi


def build(client: httpx2.AsyncClient, settings: ShopifySettings, secrets: Mapping[str, str]) -> ShopifyConnector:
    """A connector for one shop; it makes no call itself. Raises ValueError when a secret is missing."""
    api = AdminApi(client, settings, Tokens(client, settings, secrets))
    return ShopifyConnector(api, settings, secrets.get(CLIENT_SECRET, "").strip())


KIND = Kind(
    name="shopify",
    title="Shopify",
    settings=ShopifySettings,
    secrets=SECRETS,
    build=build,
    optional_secrets=frozenset(SECRETS),
)
