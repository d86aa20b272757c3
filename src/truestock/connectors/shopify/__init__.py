"""Shopify: shows the hub's numbers as `available` at one location of a shop, through the Admin GraphQL API."""

from collections.abc import Mapping

import httpx2

from truestock.connectors.kind import Kind
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.transport import AdminApi

ACCESS_TOKEN = "access_token"  # noqa: S105  the name of the secret, not the secret


def build(client: httpx2.AsyncClient, settings: ShopifySettings, secrets: Mapping[str, str]) -> ShopifyConnector:
    """A connector for one location of one shop; it makes no call itself."""
    return ShopifyConnector(AdminApi(client, settings, secrets[ACCESS_TOKEN]), settings)


KIND = Kind(
    name="shopify",
    title="Shopify",
    settings=ShopifySettings,
    secrets={ACCESS_TOKEN: "The app's Admin API access token, which Shopify shows once, when the app is installed."},
    build=build,
)
