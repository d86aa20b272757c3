"""Vendure: a shop's numbers by stock location, its orders and its pages, by the Admin API (GraphQL)."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.reserving.http_calls import checked_url
from truestock.connectors.vendure.connector import VendureConnector
from truestock.connectors.vendure.images import Images
from truestock.connectors.vendure.pages import Pages
from truestock.connectors.vendure.pictures import Pictures
from truestock.connectors.vendure.settings import SECRETS, VendureSettings
from truestock.connectors.vendure.transport import AdminApi


def build(client: httpx2.AsyncClient, settings: VendureSettings, secrets: Mapping[str, str]) -> VendureConnector:
    """A connector for one channel; it makes no call itself. Raises ValueError when a secret is missing."""
    api = AdminApi(client, settings, secrets)
    pictures = Pictures(client, settings.images_from.split(), settings.timeout_s)
    return VendureConnector(api, settings, Pages(api, Images(api, pictures, checked_url(settings.url))))


KIND: Final = Kind(name="vendure", title="Vendure", settings=VendureSettings, secrets=SECRETS, build=build)
