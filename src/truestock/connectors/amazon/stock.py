"""Stock out to listings: single patches or one feed, one way at a time for each listing; and what became of them.

Product types are looked up once and kept: Amazon takes no change of a listing without its own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Final, Literal

from truestock.connectors.amazon.calls import operations as op
from truestock.connectors.amazon.calls.transport import Refused, SellingPartnerApi
from truestock.connectors.amazon.feed_watch import FeedWatch
from truestock.connectors.amazon.listed import TO_LOOK, TO_PLACE, Listed
from truestock.connectors.amazon.mapping import feeds, listings, tickets
from truestock.connectors.amazon.mapping.feeds import Processed
from truestock.connectors.amazon.mapping.listings import Write
from truestock.connectors.amazon.mapping.reading import NotAsAgreed, decoded
from truestock.connectors.amazon.mapping.tickets import Sales, Ticket
from truestock.connectors.amazon.settings import AmazonSettings
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Spot, Throttle, spots

Way = Literal["patch", "feed"]

# Listings that one settling looks at: ten searches, two seconds.
LOOKS: Final = 200
# After a call of unknown outcome, before the next.
DOUBT_S: Final = 5.0
WAITS: Final = "more changes at once than single calls carry, and the next feed may not be sent yet"
BOUND: Final = "an earlier change went another way, and may still be applied after this one"
UNKNOWN_TICKET: Final = Outcome("later", "the number was accepted under a ticket that cannot be read")


class StockOut:
    """The quantities of one seller's listings in one marketplace; `sales` is what orders have moved of them."""

    def __init__(self, api: SellingPartnerApi, settings: AmazonSettings, sales: Sales) -> None:
        self._api = api
        self._settings = settings
        self._sales = sales
        self._listed = Listed(api, settings)
        self._feeds = FeedWatch(api, settings.marketplace, settings.look_every_s)
        self._types: dict[str, str] = {}
        self._looked: dict[str, float] = {}
        self._in_doubt: dict[str, tuple[Way, float]] = {}

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Set the quantities. Raises ChannelDown and InDoubt."""
        outcomes = await self._look_up([line.sku for line in lines if line.sku not in self._types])
        writes = [Write(line, self._types[line.sku]) for line in lines if line.sku in self._types]
        if not writes:
            return Pushed(spots(outcomes))
        way: Way = "feed" if len(writes) >= self._settings.feed_from and self._feeds.ready() else "patch"
        free = [write for write in writes if not self._bound_to_other(write.line.sku, way)]
        told, throttle = await (self._feed(free) if way == "feed" else self._patch_each(free))
        return Pushed(spots(outcomes | _later(writes, BOUND) | told), throttle)

    async def settle(self, kept: Mapping[Spot, str]) -> Mapping[Spot, Outcome]:
        """What became of numbers that were accepted, as far as it is decided. Raises ChannelDown."""
        read = {spot.sku: tickets.read(text) for spot, text in kept.items()}
        open_ones = {sku: ticket for sku, ticket in read.items() if ticket}
        outcomes = dict.fromkeys(read.keys() - open_ones.keys(), UNKNOWN_TICKET)
        feed_ids = {ticket.id for ticket in open_ones.values() if ticket.way == "feed"}
        ended = {feed_id: await self._feeds.processed(feed_id) for feed_id in sorted(feed_ids)}
        taken: dict[str, datetime] = {}
        for sku, ticket in open_ones.items():
            found = _taken(ticket, ended.get(ticket.id))
            if isinstance(found, Outcome):
                outcomes[sku] = found
            elif found:
                taken[sku] = found
        outcomes |= await self._look({sku: (open_ones[sku], since) for sku, since in taken.items()})
        for sku, outcome in outcomes.items():
            self._looked.pop(sku, None)
            if outcome.kind == "rejected":
                self._types.pop(sku, None)
        return spots(outcomes)

    async def read_back(self, skus: Sequence[str]) -> dict[str, int]:
        """The quantities shown. Raises ChannelDown."""
        return listings.numbers(await self._listed.items(skus, TO_LOOK))

    async def count(self) -> int:
        """How many listings there are. Raises ChannelDown."""
        return await self._listed.count()

    async def _look(self, taken: Mapping[str, tuple[Ticket, datetime]]) -> dict[str, Outcome]:
        """Look at listings whose number should show by now, each once in a while. Raises ChannelDown."""
        now = monotonic()
        due = [sku for sku in taken if now - self._looked.get(sku, -inf) >= self._settings.look_every_s][:LOOKS]
        items = await self._listed.items(due, TO_LOOK)
        self._looked |= dict.fromkeys(due, now)
        at, patience_s = datetime.now(UTC), self._settings.applied_s
        told = {}
        for sku in due:
            ticket, since = taken[sku]
            sold = self._sales.since(sku, since)
            told[sku] = listings.looked_at(ticket, since, items.get(sku), at, patience_s, sold)
        return {sku: outcome for sku, outcome in told.items() if outcome}

    async def _look_up(self, skus: Sequence[str]) -> dict[str, Outcome]:
        """Keep the product types of SKUs; why a SKU can be sent none. Raises ChannelDown."""
        items = await self._listed.items(skus, TO_PLACE)
        without: dict[str, Outcome] = {}
        for sku in skus:
            found = listings.product_type(items.get(sku), sku, self._settings.marketplace)
            if isinstance(found, Outcome):
                without[sku] = found
            else:
                self._types[sku] = found
        return without

    def _bound_to_other(self, sku: str, way: Way) -> bool:
        """Whether a change in doubt went the other way a while ago: Amazon orders changes of one way alone."""
        bound, until = self._in_doubt.get(sku, (way, 0.0))
        return bound != way and monotonic() < until

    def _doubt(self, writes: Sequence[Write], way: Way) -> None:
        self._in_doubt |= {write.line.sku: (way, monotonic() + self._settings.applied_s) for write in writes}

    async def _feed(self, writes: Sequence[Write]) -> tuple[dict[str, Outcome], Throttle]:
        """All as one feed. Raises ChannelDown, and InDoubt when nobody knows whether there is one."""
        if not writes:
            return {}, Throttle()
        try:
            feed_id = await self._feeds.send(feeds.document(self._settings.seller_id, writes))
        except InDoubt:
            self._doubt(writes, "feed")
            raise
        return feeds.accepted(feed_id, writes, datetime.now(UTC)), Throttle()

    async def _patch_each(self, writes: Sequence[Write]) -> tuple[dict[str, Outcome], Throttle]:
        """One call a listing, the most urgent first; when calls stop coming through, the rest is for later.

        Raises ChannelDown when not even the first one came through."""
        most = max(1, self._settings.feed_from - 1)
        outcomes = _later(writes[most:], WAITS)
        for number, write in enumerate(writes[:most]):
            try:
                outcomes[write.line.sku] = await self._patch(write)
            except ChannelDown as down:
                if not number:
                    raise
                return outcomes | _later(writes[number:], str(down)), down.throttle
            except InDoubt as doubt:
                self._doubt([write], "patch")
                outcomes[write.line.sku] = Outcome("unknown", str(doubt))
                return outcomes | _later(writes[number + 1 :], str(doubt)), Throttle(retry_after_s=DOUBT_S)
        return outcomes, Throttle()

    async def _patch(self, write: Write) -> Outcome:
        """Raises ChannelDown and InDoubt."""
        names = {"sellerId": self._settings.seller_id, "sku": write.line.sku}
        query = {"marketplaceIds": self._settings.marketplace, "includedData": "issues"}
        try:
            answer = await self._api.tell(op.PATCH_ITEM, names, query, listings.patch(write))
            outcome = listings.submitted(decoded(answer, listings.Submission), write.line, datetime.now(UTC))
        except Refused as refused:
            outcome = Outcome("rejected", str(refused))
        except NotAsAgreed as error:
            raise InDoubt(f"Amazon's answer to a patch cannot be read: {error}") from error
        if outcome.kind == "rejected":
            # Its product type may be another one by now.
            self._types.pop(write.line.sku, None)
        return outcome


def _taken(ticket: Ticket, ended: Processed | None) -> Outcome | datetime | None:
    """Since when a number is being applied, why it is not, or None while its feed is under way."""
    if ticket.way == "patch":
        return ticket.since
    return feeds.settled(ended, ticket) if ended else None


def _later(writes: Sequence[Write], reason: str) -> dict[str, Outcome]:
    return {write.line.sku: Outcome("later", reason) for write in writes}
