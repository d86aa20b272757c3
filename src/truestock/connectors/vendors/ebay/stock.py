"""Sets the quantities of a seller's offers and reads them back."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot
from truestock.connectors.reserving.http_calls import decoded, one_line
from truestock.connectors.vendors.batches import Refused, written
from truestock.connectors.vendors.ebay.calls.limits import DaysCalls
from truestock.connectors.vendors.ebay.calls.transport import EbayApi, EbayError, said
from truestock.connectors.vendors.ebay.settings import EbaySettings

INVENTORY: Final = "/sell/inventory/v1"
OFFERS_MAX: Final = 25
PUBLISHED: Final = "PUBLISHED"
FIXED_PRICE: Final = "FIXED_PRICE"
BUSY: Final = 25025  # somebody else is changing the same item
APPLIED: Final = Outcome("applied")


class Offer(msgspec.Struct, frozen=True, rename="camel"):
    """How a SKU is sold in one marketplace."""

    offer_id: str
    available_quantity: int = 0
    status: str = ""
    format: str = FIXED_PRICE
    sku: str = ""


class Offers(msgspec.Struct, frozen=True):
    """Of one SKU."""

    offers: list[Offer] = []


class Told(msgspec.Struct, frozen=True, rename="camel"):
    """What became of a SKU or an offer."""

    sku: str = ""
    offer_id: str = ""
    status_code: int = 200
    errors: list[EbayError] = []


class AllTold(msgspec.Struct, frozen=True):
    """What became of each."""

    responses: list[Told] = []


class OfferStock:
    """The numbers of one seller."""

    def __init__(self, api: EbayApi, settings: EbaySettings) -> None:
        self._api = api
        self._at_once = settings.skus_per_call
        self._days_calls = DaysCalls(api, settings.calls_per_s)

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Look how the lines stand, and write those that are to change; lines that are refused stop no others."""
        throttle = await self._days_calls.throttle()
        outcomes: dict[Spot, Outcome] = {}
        offers: dict[str, list[Offer]] = {}
        writes: list[Line] = []
        for line in lines:
            offers[line.sku] = await self._offers(line.sku)
            outcome = decided(line, offers[line.sku])
            if outcome is None:
                writes.append(line)
            else:
                outcomes[line.spot] = outcome

        async def write(part: Sequence[Line]) -> Mapping[Spot, Outcome]:
            answer = await self._api.write(f"{INVENTORY}/bulk_update_price_quantity", body(part, offers))
            return judged(part, decoded(answer, AllTold).responses)

        parts = [writes[start : start + self._at_once] for start in range(0, len(writes), self._at_once)]
        for number, part in enumerate(parts):
            rest = _each([line for left in parts[number + 1 :] for line in left], Outcome("later", "it is sent next"))
            try:
                outcomes |= (await written(part, {}, write)).outcomes
            except ChannelDown as down:
                if not number:
                    raise
                return Pushed(outcomes | rest | _each(part, Outcome("later", str(down))), down.throttle)
            except InDoubt as doubt:
                if len(parts) == 1 and not outcomes:
                    raise
                return Pushed(outcomes | rest | _each(part, Outcome("unknown", str(doubt))), throttle)
        return Pushed(outcomes, throttle)

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What the offers have. Raises ChannelDown."""
        numbers = {}
        for spot in spots:
            there = shown(await self._offers(spot.sku))
            if there is not None:
                numbers[spot] = there
        return Shown(numbers, points=float(max(0, len(spots) - 1)))

    async def _offers(self, sku: str) -> list[Offer]:
        """The offers by which a SKU is for sale at a fixed price."""
        try:
            path = f"{INVENTORY}/offer?sku={quote(sku, safe='')}&limit={OFFERS_MAX}"
            found = await self._api.look(path, Offers)
        except Refused:
            return []
        return [one for one in found.offers if one.status == PUBLISHED and one.format == FIXED_PRICE]


def shown(offers: Sequence[Offer]) -> int | None:
    """What is for sale; the least, where the offers differ, and None where there is no offer."""
    return min((one.available_quantity for one in offers), default=None)


def decided(line: Line, offers: Sequence[Offer]) -> Outcome | None:
    """What is known of a line before anything is written; None when it is to be written."""
    if not offers:
        return Outcome(
            "rejected",
            one_line(
                f"eBay has no published fixed-price offer with the SKU {line.sku}; publish one by the Inventory API, "
                "or migrate the listing to it if it was made elsewhere"
            ),
        )
    there = {one.available_quantity for one in offers}
    if there == {line.quantity}:
        return APPLIED
    if line.was is None or line.was in there:
        return None
    return Outcome("stale", f"{min(there)} are for sale, not {line.was}", min(there))


def body(lines: Sequence[Line], offers: Mapping[str, Sequence[Offer]]) -> dict[str, object]:
    """The body of one write: what there is of each SKU, and what of it each offer sells."""
    return {
        "requests": [
            {
                "sku": line.sku,
                "shipToLocationAvailability": {"quantity": line.quantity},
                "offers": [{"offerId": one.offer_id, "availableQuantity": line.quantity} for one in offers[line.sku]],
            }
            for line in lines
        ]
    }


def judged(lines: Sequence[Line], told: Iterable[Told]) -> dict[Spot, Outcome]:
    """What became of each line; a line of which nothing is said is left out."""
    by_sku: dict[str, list[Told]] = {}
    for one in told:
        by_sku.setdefault(one.sku, []).append(one)
    return {line.spot: _outcome(by_sku[line.sku]) for line in lines if line.sku in by_sku}


def _outcome(told: Sequence[Told]) -> Outcome:
    wrong = [one for one in told if one.status_code >= 400]
    if not wrong:
        return APPLIED
    errors = [error for one in wrong for error in one.errors]
    passing = any(error.error_id == BUSY for error in errors) or any(one.status_code >= 500 for one in wrong)
    return Outcome("later" if passing else "rejected", said(errors) or f"eBay answered {wrong[0].status_code}")


def _each(lines: Iterable[Line], outcome: Outcome) -> dict[Spot, Outcome]:
    return {line.spot: outcome for line in lines}
