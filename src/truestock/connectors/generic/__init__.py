"""The signed REST channel: for a POS, a quick-commerce app or a back end that has no connector of its own."""

from collections.abc import Mapping
from typing import Any, Final

import httpx2

from truestock.connectors.contract.kind import Kind
from truestock.connectors.generic.connector import GenericChannel
from truestock.connectors.generic.settings import SECRETS, GenericSettings


def _build(client: httpx2.AsyncClient, settings: Any, secrets: Mapping[str, str]) -> GenericChannel:
    return GenericChannel(client, settings, secrets)


KIND: Final = Kind(
    name="generic",
    title="Signed REST",
    settings=GenericSettings,
    secrets=SECRETS,
    build=_build,
    optional_secrets=frozenset({"bearer_token"}),
)
