"""The SQS queue into which Amazon lays its notifications: read, and emptied of what was read."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import httpx2
import msgspec

from truestock.connectors.amazon.calls.signing import Key, signed
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded, one_line
from truestock.connectors.amazon.settings import ACCESS_KEY_ID, SECRET_ACCESS_KEY, QueueAddress
from truestock.connectors.contract.answers import ChannelDown

# SQS gives and forgets at most ten messages a call.
AT_ONCE: Final = 10
# A message that was given and not forgotten comes again after so long.
HIDDEN_S: Final = 120
# What a call may take beyond the time it waits for messages.
TIMEOUT_S: Final = 15.0
ADVICE: Final = {
    "AccessDenied": "give the IAM user sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes on the queue",
    "InvalidClientTokenId": "check aws_access_key_id",
    "InvalidSignature": "check aws_secret_access_key, and that the clock of this machine is right",
    "QueueDoesNotExist": "check queue_url",
    "SignatureDoesNotMatch": "check aws_secret_access_key",
    "UnrecognizedClientException": "check aws_access_key_id",
}
T = TypeVar("T")


class Message(msgspec.Struct, frozen=True, rename="pascal"):
    """A message, and the handle by which it is forgotten."""

    body: str
    receipt_handle: str


class Received(msgspec.Struct, frozen=True, rename="pascal"):
    """What waited."""

    messages: list[Message] = []


class Attributes(msgspec.Struct, frozen=True, rename="pascal"):
    """What a queue says of itself."""

    attributes: dict[str, str]


class Deleted(msgspec.Struct, frozen=True):
    """What was forgotten; what was not comes again."""


class Denied(msgspec.Struct, frozen=True):
    """Why a call is refused."""

    type: str = msgspec.field(name="__type", default="")
    message: str = ""

    @property
    def what(self) -> str:
        """Its name, and what to do about it; the queue's own words where that is not known."""
        name = self.type.rpartition("#")[2]
        advice = next((text for known, text in ADVICE.items() if name.startswith(known)), self.message)
        return f"{name}: {advice}"


class Queue:
    """One queue."""

    def __init__(
        self, client: httpx2.AsyncClient, address: QueueAddress, wait_s: int, secrets: Mapping[str, str]
    ) -> None:
        id_, secret = (secrets.get(name, "").strip() for name in (ACCESS_KEY_ID, SECRET_ACCESS_KEY))
        for name, value in ((ACCESS_KEY_ID, id_), (SECRET_ACCESS_KEY, secret)):
            if not value:
                raise ValueError(f"the secret {name} is missing; it is needed where queue_url is set")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"{name}: give it as AWS has shown it")
        self._client = client
        self._address = address
        self._wait_s = wait_s
        self._key = Key(id_, secret)
        self._host = f"sqs.{address.region}.amazonaws.com"

    async def receive(self) -> list[Message]:
        """What waits, after a few seconds at most if nothing does. Raises ChannelDown."""
        asked = {"MaxNumberOfMessages": AT_ONCE, "WaitTimeSeconds": self._wait_s, "VisibilityTimeout": HIDDEN_S}
        return (await self._call("ReceiveMessage", asked, Received)).messages

    async def delete(self, handles: Sequence[str]) -> None:
        """Forget messages. Raises ChannelDown."""
        for start in range(0, len(handles), AT_ONCE):
            part = handles[start : start + AT_ONCE]
            entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(part)]
            await self._call("DeleteMessageBatch", {"Entries": entries}, Deleted)

    async def waiting(self) -> int:
        """About how many messages wait. Raises ChannelDown."""
        name = "ApproximateNumberOfMessages"
        told = (await self._call("GetQueueAttributes", {"AttributeNames": [name]}, Attributes)).attributes.get(name, "")
        return int(told) if told.isascii() and told.isdigit() else 0

    async def _call(self, action: str, asked: Mapping[str, object], form: type[T]) -> T:
        body = msgspec.json.encode({"QueueUrl": self._address.url, **asked})
        named = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AmazonSQS.{action}"}
        headers = signed(self._key, self._address.region, self._host, named, body, datetime.now(UTC))
        try:
            async with asyncio.timeout(self._wait_s + TIMEOUT_S):
                response = await self._client.post(
                    f"https://{self._host}/",
                    content=body,
                    headers=headers,
                    timeout=self._wait_s + TIMEOUT_S,
                    follow_redirects=False,
                )
            if response.status_code == 200:
                return decoded(response.content, form)
            denied = decoded(response.content, Denied)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise ChannelDown(f"the queue did not answer ({type(error).__name__})") from error
        except NotAsAgreed as error:
            raise ChannelDown(f"the queue's answer to {action} cannot be read: {error}") from error
        raise ChannelDown(one_line(f"the queue refused {action} ({response.status_code}) {denied.what}"))
