"""How a connector is made: what it has to be told, what of that is secret, and by whom it is built."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import msgspec

from truestock.connectors.contract.abilities import Connector


class Kind(msgspec.Struct, frozen=True):
    """A kind of channel, registered under the entry-point group `truestock.connectors`.

    `settings` is a struct with a description for each field; `secrets` names what is kept encrypted, with what it is;
    those of `optional_secrets` may be left out. `build` gets a client that it may use for every call, the settings, and
    the secrets; it makes no call itself."""

    name: str
    title: str
    settings: type[msgspec.Struct]
    secrets: dict[str, str]
    build: Callable[[httpx2.AsyncClient, Any, Mapping[str, str]], Connector]
    optional_secrets: frozenset[str] = frozenset()
