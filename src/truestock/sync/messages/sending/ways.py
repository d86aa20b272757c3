"""The ways in which messages are sent, by name."""

from typing import Protocol

from truestock.sync.messages.sending import apprised
from truestock.sync.messages.sending.mail import Mailer
from truestock.sync.messages.sending.outcome import Outgoing, Sent, Via
from truestock.sync.messages.sending.posted import Poster


class Ways(Protocol):
    """Sends a message once; never raises for what the other side does."""

    async def send(self, via: Via, out: Outgoing) -> Sent: ...

    async def tidy(self) -> None: ...

    async def close(self) -> None: ...


class AllWays:
    """Close it when done."""

    def __init__(self, mailer: Mailer, poster: Poster) -> None:
        self._mailer = mailer
        self._poster = poster

    async def send(self, via: Via, out: Outgoing) -> Sent:
        """Send it once."""
        match via:
            case "email":
                return await self._mailer.send(out)
            case "webhook":
                return await self._poster.send(out)
            case "apprise":
                return await apprised.send(out)

    async def tidy(self) -> None:
        """Close connections that nobody uses."""
        await self._poster.tidy()

    async def close(self) -> None:
        """Close all connections."""
        await self._poster.close()
