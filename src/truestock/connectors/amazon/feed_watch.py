"""Sends feeds, and follows each until its report says which messages were taken."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Final, TypeVar

import msgspec

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.operations import Operation
from truestock.connectors.amazon.calls.pace import Pace
from truestock.connectors.amazon.calls.transport import NOT_FOUND, PATIENCE_S, Refused, SellingPartnerApi
from truestock.connectors.amazon.mapping import feeds
from truestock.connectors.amazon.mapping.feeds import Feed, Processed, Report
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded, unzipped
from truestock.connectors.contract.answers import ChannelDown, InDoubt

# Amazon's limit for this type of feed, besides that of the operation: five in five minutes.
PER_S: Final = 5 / 300
AT_ONCE: Final = 5
ENDED_KEPT: Final = 20
T = TypeVar("T")


class FeedWatch:
    """The feeds of one seller for one marketplace."""

    def __init__(self, api: SellingPartnerApi, marketplace: str, look_every_s: float) -> None:
        self._api = api
        self._marketplace = marketplace
        self._look_every_s = look_every_s
        self._pace = Pace(PER_S, AT_ONCE, monotonic())
        self._looked: dict[str, float] = {}
        self._ended: dict[str, Processed] = {}

    def ready(self) -> bool:
        """Whether a feed may be sent now."""
        waits = (self._pace.wait(monotonic()), self._api.wait(op.CREATE_FEED), self._api.wait(op.CREATE_DOCUMENT))
        return max(waits) <= PATIENCE_S

    async def send(self, document: bytes) -> str:
        """The id of a feed with this document. Raises ChannelDown, InDoubt when nobody knows if there is one."""
        kind = msgspec.json.encode({"contentType": feeds.CONTENT_TYPE})
        try:
            place = decoded(await self._api.tell(op.CREATE_DOCUMENT, {}, {}, kind), feeds.Document)
        except (Refused, InDoubt, NotAsAgreed) as error:
            # A place for a document is no feed.
            raise ChannelDown(f"there is no place for the feed's document: {error}") from error
        await self._api.upload(place.url, feeds.CONTENT_TYPE, document)
        return await self._create(place.feed_document_id)

    async def processed(self, feed_id: str) -> Processed | None:
        """A feed that has ended, with its report as far as it can be read; None while it is under way.

        Raises ChannelDown."""
        if feed_id in self._ended:
            return self._ended[feed_id]
        if monotonic() - self._looked.get(feed_id, -inf) < self._look_every_s:
            return None
        self._looked[feed_id] = monotonic()
        feed = await self._ask(op.GET_FEED, {"feedId": feed_id}, {}, Feed)
        if feed is None:
            feed = Feed(feed_id, "CANCELLED")
        if not feed.ended or (feed.result_feed_document_id and self._api.wait(op.GET_DOCUMENT) > PATIENCE_S):
            return None
        report = await self._report(feed.result_feed_document_id) if feed.result_feed_document_id else None
        if len(self._ended) == ENDED_KEPT:
            del self._ended[next(iter(self._ended))]
        self._ended[feed_id] = Processed(feed, report)
        self._looked.pop(feed_id)
        return self._ended[feed_id]

    async def _create(self, document_id: str) -> str:
        body = {"feedType": feeds.FEED_TYPE, "marketplaceIds": [self._marketplace], "inputFeedDocumentId": document_id}
        began = datetime.now(UTC)
        self._pace.take(monotonic())
        try:
            answer = await self._api.tell(op.CREATE_FEED, {}, {}, msgspec.json.encode(body))
            return decoded(answer, feeds.Created).feed_id
        except Refused as refused:
            raise ChannelDown(str(refused)) from refused
        except (InDoubt, NotAsAgreed) as doubt:
            return await self._found_since(began, doubt)

    async def _found_since(self, began: datetime, doubt: Exception) -> str:
        """The one feed that was created since, if there is exactly one. Raises InDoubt."""
        query = {"feedTypes": feeds.FEED_TYPE, "createdSince": began.strftime("%Y-%m-%dT%H:%M:%SZ"), "pageSize": "10"}
        try:
            known = await self._ask(op.GET_FEEDS, {}, query, feeds.Feeds)
        except ChannelDown:
            raise InDoubt(str(doubt)) from doubt
        found = known.feeds if known else []
        if len(found) != 1:
            raise InDoubt(f"{doubt}; {len(found)} feeds were created since") from doubt
        return found[0].feed_id

    async def _report(self, document_id: str) -> Report | None:
        """None for one that cannot be read: what the listings show then decides alone. Raises ChannelDown."""
        place = await self._ask(op.GET_DOCUMENT, {"feedDocumentId": document_id}, {}, feeds.Document)
        if place is None:
            return None
        try:
            content = await self._api.download(place.url)
            return decoded(unzipped(content) if place.compression_algorithm else content, Report)
        except NotAsAgreed:
            return None

    async def _ask(
        self, operation: Operation, names: Mapping[str, str], query: Mapping[str, str], form: type[T]
    ) -> T | None:
        """The answer, None where Amazon has nothing. Raises ChannelDown."""
        try:
            return decoded(await self._api.ask(operation, names, query), form)
        except Refused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise ChannelDown(str(refused)) from refused
        except NotAsAgreed as error:
            raise ChannelDown(f"the answer of {operation.name} cannot be read: {error}") from error
