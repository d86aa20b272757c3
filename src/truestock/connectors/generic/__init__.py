"""The signed REST channel: for a POS, a quick-commerce app or a back end that has no connector of its own."""

from collections.abc import Mapping
from typing import Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.generic.connector import GenericChannel
from truestock.connectors.generic.settings import SECRETS, GenericSettings
from truestock.connectors.generic.shops import GenericSender, GenericSendingShop, GenericShop


def _build(
    client: httpx2.AsyncClient, settings: GenericSettings, secrets: Mapping[str, str]
) -> GenericChannel | GenericSender:
    """A connector with the abilities that the other side has. Raises ValueError."""
    if settings.orders == "read":
        return GenericShop(client, settings, secrets)
    if settings.orders == "no":
        return GenericChannel(client, settings, secrets)
    return GenericSendingShop(client, settings, secrets) if settings.base_url else GenericSender(settings, secrets)


KIND: Final = Kind(
    name="generic",
    title="Signed REST",
    settings=GenericSettings,
    secrets=SECRETS,
    build=_build,
    optional_secrets=frozenset({"bearer_token"}),
)
