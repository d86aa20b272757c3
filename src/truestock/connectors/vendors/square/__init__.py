"""Square: shows the hub's numbers at a seller's locations, and reads what its tills and its online shop sold."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.vendors.square.connector import SquareConnector
from truestock.connectors.vendors.square.settings import SECRETS, SIGNATURE_KEY, SquareSettings
from truestock.connectors.vendors.square.tokens import tokens_of
from truestock.connectors.vendors.square.transport import SquareApi


def build(client: httpx2.AsyncClient, settings: SquareSettings, secrets: Mapping[str, str]) -> SquareConnector:
    """A connector for one seller; it makes no call itself. Raises ValueError when a secret is missing."""
    api = SquareApi(client, settings, tokens_of(client, settings, secrets))
    return SquareConnector(api, settings, secrets.get(SIGNATURE_KEY, "").strip())


KIND: Final = Kind(
    name="square",
    title="Square",
    settings=SquareSettings,
    secrets=SECRETS,
    build=build,
    optional_secrets=frozenset(SECRETS),
)
