"""One request on its way: who calls, with which headers, and how to read the rest."""

from typing import Final

from starlette.types import Receive, Scope

from truestock.core.problems import Problem
from truestock.entrypoints.api.problems.surface import Forbidden

READ: Final = "read"
ORDERS: Final = "orders"
STOCK: Final = "stock"
APPROVE: Final = "approve"
CATALOG: Final = "catalog"
ADMIN: Final = "admin"


class Caller:
    """Who sends a request: the key's id and name (empty on an open hub), its scopes, and the channel it is bound to."""

    __slots__ = ("actor", "channel", "key", "scopes")

    def __init__(self, key: str, actor: str, scopes: frozenset[str], channel: str | None) -> None:
        self.key = key
        self.actor = actor
        self.scopes = scopes
        self.channel = channel

    def has(self, scope: str) -> bool:
        """Whether the key has the scope; admin has them all."""
        return scope in self.scopes or ADMIN in self.scopes

    def require(self, scope: str) -> None:
        """Raise Forbidden unless the key has the scope."""
        if not self.has(scope):
            raise Forbidden(f"the key {self.key} lacks the scope {scope}")

    def require_channel(self, channel: str) -> None:
        """Raise Forbidden when the key is bound to another channel."""
        if problem := self.channel_problem(channel):
            raise problem

    def channel_problem(self, channel: str) -> Problem | None:
        """What is wrong with acting for this channel."""
        if self.channel is None or channel == self.channel:
            return None
        return Forbidden(f"the key {self.key} acts for the channel {self.channel!r} alone")

    def require_unbound(self) -> None:
        """Raise Forbidden when the key is bound to a channel and asks for what belongs to none."""
        if self.channel is not None:
            raise Forbidden(f"the key {self.key} acts for the channel {self.channel!r} alone; use an unbound one")


class Call:
    """A request as the front hands it on."""

    __slots__ = ("authorization", "caller", "content_type", "host", "id", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.authorization = self.content_type = self.host = self.id = b""
        self.caller: Caller
        for name, value in scope["headers"]:
            if name == b"authorization":
                self.authorization = value
            elif name == b"content-type":
                self.content_type = value
            elif name == b"x-request-id":
                self.id = value
            elif name == b"host":
                self.host = value
