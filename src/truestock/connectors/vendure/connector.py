"""Keeps a Vendure channel's numbers, reads its orders, and tells it of parcels and cancellations."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.contract.pages import Given, Page, PagesPushed
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.reserving.levels import Level, decided, still_shown
from truestock.connectors.vendure import answers, documents, orders, stock, telling
from truestock.connectors.vendure.listed import listings
from truestock.connectors.vendure.pages import Pages
from truestock.connectors.vendure.settings import VendureSettings
from truestock.connectors.vendure.transport import AdminApi

DOUBLES_MAX: Final = 4
BURST_S: Final = 2.0
# A server goes on with a call whose caller has gone.
GOES_ON_S: Final = 30.0
FOR_PAGES: Final = 0.2
NO_ORDER: Final = Outcome("rejected", "the shop does not have this order")


class VendureConnector:
    """One channel of one server."""

    def __init__(self, api: AdminApi, settings: VendureSettings, pages: Pages) -> None:
        self._api = api
        self._pages = pages
        self._location = settings.location
        self._handler = settings.fulfillment_handler
        # A number is not written around units that are being given back.
        self._turn = asyncio.Lock()
        budget = Budget(per_s=settings.calls_per_s, burst=settings.calls_per_s * BURST_S)
        self._traits = Traits(
            decrements="at_once",
            budget=budget,
            compare="value",
            batch_max=settings.batch_max,
            pending_s=settings.timeout_s + GOES_ON_S,
            by_place=not settings.location,
            orders=budget,
            poll_every_s=settings.poll_every_s,
        )
        # One call finds 20 pages; each may take two more, for texts and for prices.
        self._pages_budget = Budget(budget.per_s * FOR_PAGES, budget.burst, a_call=1.0, a_line=2.0)

    @property
    def traits(self) -> Traits:
        """What a shop is like. It reserves when it sells; what it shows is on hand without that, and falls at once."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Read how the lines stand, and write those that are to change with one call."""
        async with self._turn:
            return await self._push(lines)

    async def _push(self, lines: Sequence[Line]) -> Pushed:
        places = await self._places([line.spot for line in lines])
        outcomes: dict[Spot, Outcome] = {}
        writes: list[stock.Write] = []
        for line in lines:
            place = places[line.spot]
            outcome = place if isinstance(place, Outcome) else decided(line, place.level)
            if outcome is not None:
                outcomes[line.spot] = outcome
            elif isinstance(place, stock.Place):
                writes.append(stock.Write(line, place))
        if writes:
            answer = await self._api.write(documents.SET, {"input": stock.body(writes)}, answers.Updated)
            outcomes |= stock.outcomes(answer.update_product_variants, writes)
        return Pushed(outcomes)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """On hand without what is allocated."""
        places = await self._places(spots)
        return Shown({spot: place.level.shown for spot, place in places.items() if isinstance(place, stock.Place)})

    async def check(self) -> str:
        """The channel and the location, if the key may do all it has to but ship. Raises ChannelDown."""
        about = await self._api.read(documents.ABOUT, {}, answers.About)
        names = {place.id: place.name for place in about.stock_locations.items}
        if self._location and self._location not in names:
            known = ", ".join(f"{name} ({id_})" for id_, name in names.items())
            raise ChannelDown(f"the shop has no stock location {self._location}; it has {known}")
        await self._api.read(documents.MAY_WRITE, {}, answers.MayWrite)
        where = names[self._location] if self._location else f"{len(names)} stock locations"
        return one_line(f"Vendure, channel {about.active_channel.code}, {where}; the key may write stock")

    @property
    def page_fields(self) -> frozenset[str]:
        """What products and variants have of pages; images only where the settings say from where to fetch them."""
        return self._pages.fields

    @property
    def pages_budget(self) -> Budget:
        """A fifth of what the server is asked to bear."""
        return self._pages_budget

    async def push_pages(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        """Write names, texts, images and prices. Raises ChannelDown and InDoubt."""
        return await self._pages.push(pages, given)

    @property
    def lists(self) -> bool:
        """A shop can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of what it sells. Raises ChannelDown."""
        return await listings(self._api, self._location, cursor)

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what has changed since an instant."""
        return orders.Cursor(instant, instant, orders.BEGINNING).written()

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the orders that were placed, or whose lines changed, at or after the cursor; and more.

        A parcel that the staff ships moves neither time: every call goes on through the orders of the last 30 days."""
        since = orders.cursor_of(cursor)
        answer = await self._api.read(documents.SINCE, orders.after(since, datetime.now(UTC)), answers.Since)
        return orders.page(answer, since)

    async def open_orders(self, cursor: str) -> Orders:
        """A page of the orders of which something is yet to leave, the oldest first."""
        answer = await self._api.read(documents.OPEN, orders.open_after(cursor), answers.Page)
        return orders.open_page(answer.orders.items, cursor)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These orders; those that the shop does not have are left out."""
        variables: dict[str, object] = {"ids": list(ids), "take": max(1, len(ids))}
        answer = await self._api.read(documents.THESE, variables, answers.Page)
        found, unread = orders.read(answer.orders.items)
        return Orders([orders.seen(order) for order in found], unread=unread)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Make a fulfillment of the parcel and mark it shipped; what an earlier try has done is not done again."""
        told = await self._told(order)
        if told is None:
            return NO_ORDER
        made = telling.told_before(told, parcel)
        if made is None:
            variables = {"input": telling.fulfillment_of(parcel, self._handler)}
            result = (await self._api.write(documents.FULFIL, variables, answers.Fulfilled)).add_fulfillment_to_order
            if result.error_code:
                return telling.outcome_of(result)
            made_id, state = result.id, result.state
        else:
            made_id, state = made.id, made.state
        if state in orders.LEFT:
            return Outcome("applied")
        try:
            moved = await self._api.write(documents.SHIPPED, {"id": made_id}, answers.Shipped)
        except ChannelDown as down:
            return Outcome("later", f"the parcel is packed, and not yet marked as shipped: {down}")
        return telling.outcome_of(moved.transition_fulfillment_to_state)

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Cancel units; a cancellation is known again by its key, in its reason. The number shown stays."""
        told = await self._told(order)
        if told is None:
            return NO_ORDER
        if telling.cancelled_before(told, cancelling):
            return Outcome("applied")
        units = telling.given_back(told, cancelling)
        variables = {"input": telling.cancellation_of(told, cancelling)}
        async with self._turn:
            before = stock.everywhere(units, await self._levels(units), self._location)
            result = (await self._api.write(documents.CANCEL, variables, answers.Cancels)).cancel_order
            if not result.error_code:
                with suppress(ChannelDown, InDoubt):  # it is cancelled; reading back finds what is shown too much
                    await self._show_no_more(before, units)
        return telling.outcome_of(result)

    async def _show_no_more(self, before: Mapping[Spot, stock.Place], units: Mapping[str, int]) -> None:
        """The shop has given units back and shows them; the hub's next number does."""
        after = stock.everywhere(units, await self._levels(units), self._location)
        numbers = still_shown(_levels_of(before), _levels_of(after), units)
        writes = [stock.Write(Line(spot.sku, number, 0, ""), after[spot]) for spot, number in numbers.items()]
        if writes:
            await self._api.write(documents.SET, {"input": stock.body(writes)}, answers.Updated)

    async def _told(self, order: str) -> answers.ToldOrder | None:
        return (await self._api.read(documents.TOLD, {"id": order}, answers.Told)).order

    async def _places(self, spots: Sequence[Spot]) -> dict[Spot, stock.Place | Outcome]:
        return stock.placed(spots, await self._levels({spot.sku for spot in spots}), self._location)

    async def _levels(self, of: Iterable[str]) -> answers.Levels:
        skus = sorted(of)
        take = min(1000, len(skus) * DOUBLES_MAX)
        levels = await self._api.read(documents.LEVELS, {"skus": skus, "take": take}, answers.Levels)
        if levels.product_variants.total_items > take:
            raise ChannelDown(f"the shop has over {take} variants for {len(skus)} SKUs; are there that many doubles?")
        return levels


def _levels_of(places: Mapping[Spot, stock.Place]) -> dict[Spot, Level]:
    return {spot: place.level for spot, place in places.items()}
