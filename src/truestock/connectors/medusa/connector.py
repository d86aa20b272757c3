"""Keeps a Medusa server's numbers, reads its orders, and tells it of parcels and cancellations."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot
from truestock.connectors.contract.listed import Listings
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel
from truestock.connectors.contract.traits import Budget, Traits
from truestock.connectors.medusa import answers, orders, stock, telling
from truestock.connectors.medusa.listed import listings
from truestock.connectors.medusa.settings import MedusaSettings
from truestock.connectors.medusa.transport import AdminApi, Refused
from truestock.connectors.reserving.http_calls import one_line
from truestock.connectors.reserving.levels import Level, decided, still_shown

BURST_S: Final = 2.0
# A server goes on with a call whose caller has gone.
GOES_ON_S: Final = 30.0
LOCATIONS_MAX: Final = 1_000
LEVELS: Final = "/inventory-items/location-levels/batch"
NO_ORDER: Final = Outcome("rejected", "the shop does not have this order")


class MedusaConnector:
    """One server."""

    def __init__(self, api: AdminApi, settings: MedusaSettings) -> None:
        self._api = api
        self._settings = settings
        self._location = settings.location
        self._sales_channel = settings.sales_channel
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

    @property
    def traits(self) -> Traits:
        """What a shop is like. It reserves when it sells; what it shows is on hand without that, and falls at once."""
        return self._traits

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Read how the lines stand, and write those that are to change; lines that are refused stop no others."""
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
        return Pushed(outcomes | await self._write(writes))

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """Stocked without what is reserved."""
        places = await self._places(spots)
        return Shown({spot: place.level.shown for spot, place in places.items() if isinstance(place, stock.Place)})

    async def check(self) -> str:
        """The location, if the key opens the server. Raises ChannelDown."""
        names = await self._locations()
        if self._location and self._location not in names:
            known = ", ".join(f"{name} ({id_})" for id_, name in names.items())
            raise ChannelDown(f"the shop has no stock location {self._location}; it has {known or 'none'}")
        await self._api.read("/orders", [("limit", "1"), ("fields", "id")], answers.OrderPage)
        where = names[self._location] if self._location else f"{len(names)} stock locations"
        return one_line(f"Medusa, {where}; the key is good")

    @property
    def lists(self) -> bool:
        """A shop can always be asked."""
        return True

    async def listings(self, cursor: str) -> Listings:
        """A page of what it sells. Raises ChannelDown."""
        return await listings(self._api, self._settings, cursor)

    def cursor_at(self, instant: datetime) -> str:
        """From where to read what has changed since an instant."""
        return orders.stamp(instant)

    async def orders_since(self, cursor: str) -> Orders:
        """A page of the orders that changed at or after the cursor."""
        query = orders.since(cursor, self._sales_channel)
        return await self._lasting(
            orders.page((await self._api.read("/orders", query, answers.OrderPage)).orders, cursor)
        )

    async def open_orders(self, cursor: str) -> Orders:
        """A page of the orders of which something is yet to leave, the oldest first."""
        query = orders.still_open(cursor, self._sales_channel)
        page = orders.open_page((await self._api.read("/orders", query, answers.OrderPage)).orders, cursor)
        return await self._lasting(page)

    async def _lasting(self, page: Orders) -> Orders:
        """A page without the orders that the shop took back: the youngest are asked for again, a moment later."""
        wait_s, young = orders.young(page, datetime.now(UTC))
        if not young:
            return page
        await asyncio.sleep(wait_s)
        there = {order.id: order for order in (await self.orders(young)).orders}
        lasting = [there.get(order.id, order) for order in page.orders if order.id in there or order.id not in young]
        return msgspec.structs.replace(page, orders=lasting, points=page.points + 1)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These orders; those that the shop does not have are left out."""
        if not ids:
            return Orders([])
        page = await self._api.read("/orders", orders.these(ids), answers.OrderPage)
        found, unread = orders.read(page.orders)
        return Orders([orders.seen(order) for order in found], unread=unread)

    async def ship(self, order: str, parcel: Parcel) -> Outcome:
        """Make a fulfillment of the parcel and mark it shipped; what an earlier try has done is not done again."""
        known = await self._order(order)
        if known is None:
            return NO_ORDER
        made = telling.told_before(known, parcel)
        try:
            if made is None:
                body = telling.fulfillment_of(parcel, self._location)
                await self._api.write(f"/orders/{order}/fulfillments", body, dict[str, object])
                known = await self._order(order)
                made = telling.told_before(known, parcel) if known else None
            if made is None:
                return Outcome("later", "the parcel is packed, but not found again; it is looked for again")
            if not orders.left(made):
                path = f"/orders/{order}/fulfillments/{made.id}/shipments"
                await self._api.write(path, telling.shipment_of(parcel), dict[str, object])
        except Refused as no:
            return telling.outcome_of(no)
        return Outcome("applied")

    async def cancel(self, order: str, cancelling: Cancelling) -> Outcome:
        """Cancel the order, or take units off it by an edit that is known again by its note. The number shown stays."""
        known = await self._order(order)
        if known is None:
            return NO_ORDER
        if known.status == "canceled":
            return Outcome("applied")
        changes = await self._api.read(f"/orders/{order}/changes", [], answers.Changes)
        edit = telling.edit_of(changes.order_changes, cancelling)
        if edit is not None and edit.status == "confirmed":
            return Outcome("applied")
        units = telling.given_back(known, cancelling)
        async with self._turn:
            before = await self._everywhere(units)
            try:
                if edit is not None:  # an earlier try came no further
                    await self._api.delete(f"/order-edits/{order}")
                outcome = await self._cancelled(known, cancelling)
            except Refused as no:
                return telling.outcome_of(no)
            if outcome.kind == "applied":
                with suppress(ChannelDown, InDoubt, Refused):  # reading back finds what is shown too much
                    await self._show_no_more(before, units)
        return outcome

    async def _cancelled(self, order: answers.Order, cancelling: Cancelling) -> Outcome:
        """Raises Refused."""
        if not cancelling.whole:
            return await self._take_off(order, cancelling)
        await self._api.write(f"/orders/{order.id}/cancel", {}, dict[str, object])
        return Outcome("applied")

    async def _show_no_more(self, before: Mapping[Spot, stock.Place], units: Mapping[str, int]) -> None:
        """The shop has given units back and shows them; the hub's next number does."""
        after = await self._everywhere(units)
        numbers = still_shown(_levels_of(before), _levels_of(after), units)
        writes = [stock.Write(Line(spot.sku, number, 0, ""), after[spot]) for spot, number in numbers.items()]
        if writes:
            await self._api.write(LEVELS, stock.body(writes), answers.Batched)

    async def _take_off(self, order: answers.Order, cancelling: Cancelling) -> Outcome:
        """Raises Refused."""
        left = telling.quantities(order, cancelling)
        if not left:
            return Outcome("rejected", f"the order has none of the lines {', '.join(cancelling.lines)}")
        begun = {"order_id": order.id, "internal_note": telling.note_of(cancelling)}
        await self._api.write("/order-edits", begun, dict[str, object])
        for line, quantity in left.items():
            path = f"/order-edits/{order.id}/items/item/{line}"
            await self._api.write(path, {"quantity": quantity}, dict[str, object])
        await self._api.write(f"/order-edits/{order.id}/request", {"no_notification": True}, dict[str, object])
        await self._api.write(f"/order-edits/{order.id}/confirm", {}, dict[str, object])
        return Outcome("applied")

    async def _order(self, order: str) -> answers.Order | None:
        page = await self._api.read("/orders", orders.these([order]), answers.OrderPage)
        found, unread = orders.read(page.orders)
        if unread:
            raise ChannelDown(f"the shop's order {order} cannot be read: {unread}")
        return found[0] if found else None

    async def _locations(self) -> dict[str, str]:
        query = [("fields", "id,name"), ("limit", str(LOCATIONS_MAX))]
        found = await self._api.read("/stock-locations", query, answers.StockLocations)
        return {location.id: location.name for location in found.stock_locations}

    async def _items(self, of: Iterable[str]) -> list[answers.InventoryItem]:
        skus = sorted(of)
        query = [("fields", stock.FIELDS), ("limit", str(len(skus))), *(("sku[]", sku) for sku in skus)]
        return (await self._api.read("/inventory-items", query, answers.InventoryItems)).inventory_items

    async def _places(self, spots: Sequence[Spot]) -> dict[Spot, stock.Place | Outcome]:
        items = await self._items({spot.sku for spot in spots})
        return stock.placed(spots, items, await self._locations(), self._location)

    async def _everywhere(self, skus: Iterable[str]) -> dict[Spot, stock.Place]:
        wanted = list(skus)
        if not wanted:
            return {}
        return stock.everywhere(wanted, await self._items(wanted), await self._locations(), self._location)

    async def _write(self, writes: Sequence[stock.Write]) -> dict[Spot, Outcome]:
        """Write in one batch, which the shop takes whole or not at all; a refused one is halved to find the culprit."""
        outcomes: dict[Spot, Outcome] = {}
        waiting = [list(writes)] if writes else []
        while waiting:
            batch = waiting.pop()
            try:
                answer = await self._api.write(LEVELS, stock.body(batch), answers.Batched)
            except Refused as no:
                if len(batch) == 1:
                    outcomes[batch[0].line.spot] = telling.outcome_of(no)
                else:
                    middle = len(batch) // 2
                    waiting += [batch[:middle], batch[middle:]]
            except ChannelDown as down:
                if not outcomes:
                    raise
                for write in [*batch, *(write for left in waiting for write in left)]:
                    outcomes[write.line.spot] = Outcome("later", str(down))
                return outcomes
            except InDoubt as doubt:
                if not outcomes:
                    raise
                outcomes |= {write.line.spot: Outcome("unknown", str(doubt)) for write in batch}
                for write in (write for left in waiting for write in left):
                    outcomes[write.line.spot] = Outcome("later", str(doubt))
                return outcomes
            else:
                outcomes |= stock.outcomes(answer, batch)
        return outcomes


def _levels_of(places: Mapping[Spot, stock.Place]) -> dict[Spot, Level]:
    return {spot: place.level for spot, place in places.items()}
