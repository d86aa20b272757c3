"""Vendure: shows the hub's numbers at a shop's stock locations, and carries its orders, by the Admin API (GraphQL)."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.vendure.connector import VendureConnector
from truestock.connectors.vendure.settings import SECRETS, VendureSettings
from truestock.connectors.vendure.transport import AdminApi


def build(client: httpx2.AsyncClient, settings: VendureSettings, secrets: Mapping[str, str]) -> VendureConnector:
    """A connector for one channel; it makes no call itself. Raises ValueError when a secret is missing."""
    return VendureConnector(AdminApi(client, settings, secrets), settings)


KIND: Final = Kind(name="vendure", title="Vendure", settings=VendureSettings, secrets=SECRETS, build=build)
