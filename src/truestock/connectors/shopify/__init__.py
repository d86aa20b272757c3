"""Shopify: shows the hub's numbers as `available` at one location of a shop, through the Admin GraphQL API."""

from collections.abc import Mapping

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.shopify.connector import ShopifyConnector
from truestock.connectors.shopify.settings import ShopifySettings
from truestock.connectors.shopify.tokens import SECRETS, Tokens
from truestock.connectors.shopify.transport import AdminApi


def build(client: httpx2.AsyncClient, settings: ShopifySettings, secrets: Mapping[str, str]) -> ShopifyConnector:
    """A connector for one location of one shop; it makes no call itself. Raises ValueError when a secret is missing."""
    return ShopifyConnector(AdminApi(client, settings, Tokens(client, settings, secrets)), settings)


KIND = Kind(
    name="shopify",
    title="Shopify",
    settings=ShopifySettings,
    secrets=SECRETS,
    build=build,
    optional_secrets=frozenset(SECRETS),
)
