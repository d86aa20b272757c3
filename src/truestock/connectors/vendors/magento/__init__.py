"""Magento and Adobe Commerce: keeps the quantities of a shop's sources, and carries its orders, by the REST API."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.vendors.magento.connector import MagentoConnector
from truestock.connectors.vendors.magento.settings import SECRETS, MagentoSettings
from truestock.connectors.vendors.magento.transport import RestApi


def build(client: httpx2.AsyncClient, settings: MagentoSettings, secrets: Mapping[str, str]) -> MagentoConnector:
    """A connector for one shop; it makes no call itself. Raises ValueError when a secret is missing."""
    return MagentoConnector(RestApi(client, settings, secrets), settings)


KIND: Final = Kind(name="magento", title="Magento", settings=MagentoSettings, secrets=SECRETS, build=build)
