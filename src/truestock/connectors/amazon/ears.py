"""Hears what Amazon says by itself: sees that it is laid into the queue, and reads it there."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.operations import Operation
from truestock.connectors.amazon.calls.transport import Refused, SellingPartnerApi
from truestock.connectors.amazon.mapping.notices import ORDER_CHANGE, PAYLOAD_VERSION, notice
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded
from truestock.connectors.amazon.mapping.subscriptions import Destinations, Made, Subscriptions
from truestock.connectors.amazon.queue import Queue
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.contract.listening import Heard

PAGES_MAX: Final = 20
T = TypeVar("T")


class Ears:
    """The notifications of one seller's orders."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings, queue: Queue | None) -> None:
        self._api = api
        self._settings = settings
        self._queue = queue

    async def listen(self) -> None:
        """See to it that changes of orders are laid into the queue. Raises ChannelDown."""
        if self._settings.queue is None:
            return
        destination = await self._destination(self._settings.queue.arn, self._settings.queue.name)
        token = ""
        for _ in range(PAGES_MAX):
            query = {"notificationTypes": ORDER_CHANGE, **({"nextToken": token} if token else {})}
            known = (await self._call(op.GET_SUBSCRIPTIONS, {}, query, b"", Subscriptions)).payload
            if any(one.destination_id == destination for one in known.subscriptions):
                return
            token = known.next_token
            if not token:
                break
        body = {"payloadVersion": PAYLOAD_VERSION, "destinationId": destination}
        names = {"notificationType": ORDER_CHANGE}
        await self._call(op.CREATE_SUBSCRIPTION, names, {}, msgspec.json.encode(body), msgspec.Raw)

    async def heard(self) -> Heard:
        """What waits in the queue. Raises ChannelDown."""
        if self._queue is None:
            return Heard()
        messages = await self._queue.receive()
        settings = self._settings
        found = [
            notice(message.body, settings.seller_id, settings.marketplace, settings.fulfilled_by)
            for message in messages
        ]
        return Heard([one for one in found if one], [message.receipt_handle for message in messages])

    async def forget(self, receipts: Sequence[str]) -> None:
        """Let the queue forget messages. Raises ChannelDown."""
        if self._queue:
            await self._queue.delete(receipts)

    async def check(self) -> str:
        """One phrase about the queue, empty where there is none. Raises ChannelDown."""
        return f"; {await self._queue.waiting()} messages wait in the queue" if self._queue else ""

    async def _destination(self, arn: str, name: str) -> str:
        """The queue's id as a destination, made where there is none. Raises ChannelDown."""
        known = await self._call(op.GET_DESTINATIONS, {}, {}, b"", Destinations)
        for one in known.payload:
            if one.resource.sqs and one.resource.sqs.arn == arn:
                return one.destination_id
        body = {"name": f"truestock {name}", "resourceSpecification": {"sqs": {"arn": arn}}}
        return (await self._call(op.CREATE_DESTINATION, {}, {}, msgspec.json.encode(body), Made)).payload.destination_id

    async def _call(
        self, operation: Operation, names: dict[str, str], query: dict[str, str], body: bytes, form: type[T]
    ) -> T:
        """Raises ChannelDown, also when a call may have had its effect: the next one finds what it made."""
        try:
            return decoded(await self._api.tell(operation, names, query, body), form)
        except (InDoubt, Refused) as error:
            raise ChannelDown(str(error)) from error
        except NotAsAgreed as error:
            raise ChannelDown(f"the answer of {operation.name} cannot be read: {error}") from error
