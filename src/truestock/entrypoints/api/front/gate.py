"""Who calls: nobody needs a key while a hub listens on loopback and has none; from the first key on everybody does."""

import asyncio
import base64
import binascii
from functools import lru_cache
from ipaddress import ip_address

import structlog

from truestock.catalog.keys import KeyRing
from truestock.entrypoints.api.front.call import ADMIN, Call, Caller
from truestock.entrypoints.api.problems.surface import Forbidden, Unauthorized
from truestock.store.errors import StoreError

OWNER = Caller("", "", frozenset({ADMIN}), None)
ANYBODY = Caller("", "", frozenset(), None)
# The counting page has no figures in it: what it shows it asks for with a key.
PUBLIC = frozenset({"/health", "/ready", "/openapi.json", "/docs", "/problems", "/scan", "/scan-worker.js"})
# Channels sign what they send.
PUBLIC_BELOW = ("/docs/", "/problems/", "/static/", "/v1/feed-hooks/", "/v1/hooks/")
REFRESH_EVERY_S = 1.0
log = structlog.get_logger("truestock.api")


class Gate:
    """Decides who a request is from, by the keys in memory; `keep` reads them anew every second."""

    def __init__(self, ring: KeyRing, *, on_loopback: bool) -> None:
        self.ring = ring
        self._on_loopback = on_loopback

    def admit(self, call: Call) -> None:
        """Set the call's caller. Raises Unauthorized, or Forbidden for a web page that pretends to be local."""
        live = self.ring.find(_token(call.authorization)) if call.authorization else None
        path: str = call.scope["path"]
        if live is not None:
            call.caller = Caller(live.id, live.name, live.scopes, live.channel)
        elif path in PUBLIC or path.startswith(PUBLIC_BELOW):
            call.caller = ANYBODY
        elif self.ring.exist or not self._on_loopback or call.authorization:
            raise Unauthorized("send a live API key: Authorization: Bearer ts_live_...")
        elif not _local(call.host):
            raise Forbidden("a hub without keys answers only under a local name; make a key, or ask for 127.0.0.1")
        else:
            call.caller = OWNER

    async def keep(self) -> None:
        """Read the keys anew for as long as the server runs; while the database is away the last ones stay."""
        while True:
            await asyncio.sleep(REFRESH_EVERY_S)
            try:
                await asyncio.to_thread(self.ring.refresh)
            except StoreError as error:
                log.warning("keys not read", error=str(error))


def is_loopback(host: str) -> bool:
    """Whether nobody outside this machine can reach an address to listen on."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@lru_cache(maxsize=64)
def _local(host: bytes) -> bool:
    """Whether the name asked for is a local one: a page elsewhere whose name was made to point here has its own."""
    name, _, port = host.decode("latin-1").rpartition(":")
    return is_loopback(name if name and port.isdigit() else host.decode("latin-1"))


def _token(authorization: bytes) -> str:
    """The token of a Bearer header, or of a Basic one as its password, so that a browser can ask for it."""
    kind, _, value = authorization.decode("latin-1").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    if kind.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""
