"""Medusa: shows the hub's numbers at a shop's stock locations, and carries its orders, by the Admin API (REST)."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.medusa.connector import MedusaConnector
from truestock.connectors.medusa.settings import SECRETS, MedusaSettings
from truestock.connectors.medusa.transport import AdminApi


def build(client: httpx2.AsyncClient, settings: MedusaSettings, secrets: Mapping[str, str]) -> MedusaConnector:
    """A connector for one server; it makes no call itself. Raises ValueError when a secret is missing."""
    return MedusaConnector(AdminApi(client, settings, secrets), settings)


KIND: Final = Kind(name="medusa", title="Medusa", settings=MedusaSettings, secrets=SECRETS, build=build)
