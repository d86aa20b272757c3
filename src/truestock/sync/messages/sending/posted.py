"""Posts a message to a URL of the user's own: signed as webhooks are, and only where they may go."""

import time
from typing import Final

import msgspec

from truestock.connectors.contract.orders import Buyer
from truestock.connectors.contract.veil import hide
from truestock.connectors.generic.signing import key_of, signed
from truestock.sync.messages.sending.outcome import Outgoing, Sent, without
from truestock.sync.messages.writing.render import Letter
from truestock.sync.messages.writing.said import Said
from truestock.sync.webhooks.sender import Sender

MEDIA_TYPE: Final = "application/json"
SECRET: Final = "secret"  # noqa: S105  the name under which it is sealed


class Recipient(msgspec.Struct, frozen=True):
    """Who bought; empty where the channel has not told."""

    name: str
    email: str
    phone: str


class Posted(msgspec.Struct, frozen=True):
    """A message as a call carries it: written out, and with the fields that it was made of."""

    id: str
    kind: str
    channel: str
    order: str
    language: str
    subject: str
    text: str
    html: str
    to: Recipient
    data: Said


def body_of(message: str, letter: Letter, to: Buyer, said: Said) -> bytes:
    """What a call carries."""
    kind, order = said["kind"], said["order"]
    data = {name: value for name, value in said.items() if name not in ("kind", "buyer")}
    recipient = Recipient(to.name, to.email, to.phone)
    return msgspec.json.encode(Posted(message, kind, order["channel"], order["ref"], *letter, recipient, data))


class Poster:
    """Close it when done."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def send(self, out: Outgoing) -> Sent:
        """Post it once."""
        try:
            key = key_of(out.secrets.get(SECRET, ""))
        except ValueError as fault:
            return Sent("later", str(fault))
        hide([out.secrets[SECRET]])
        headers = {"content-type": MEDIA_TYPE, **signed(key, out.id, int(time.time()), out.body)}
        answer = await self._sender.send(out.rule, out.target, headers, out.body)
        if answer.kind == "done":
            return Sent("done")
        return Sent("later", without(answer.error, out.to), answer.retry_after_s)

    async def tidy(self) -> None:
        """Close connections that nobody uses."""
        await self._sender.tidy()

    async def close(self) -> None:
        """Close all connections."""
        await self._sender.close()
