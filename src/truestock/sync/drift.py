"""What it means that a channel shows another number than the one it acknowledged. Pure.

The ledger is never written from a channel's number: what is found is shown to people, and at most sent again."""

from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from truestock.connectors.contract.answers import Spot

Kind = Literal["", "missing", "phantom_stockout", "sold_there", "ignored", "multiple", "truncated", "edited"]

# How long an order may take from the sale to the hub.
PATIENCE: Final = timedelta(minutes=30)
MEANINGS: Final[dict[str, str]] = {
    "missing": "the channel does not have this listing",
    "phantom_stockout": "it is shown as sold out while units may be promised",
    "sold_there": "fewer are shown: the channel has sold units whose orders have not come yet",
    "ignored": "the channel said that it took the number, and shows the one before",
    "multiple": "it shows so many times the number, or a part of it: packs or units are mapped otherwise there",
    "truncated": "it shows no more than a bound of its own",
    "edited": "somebody changed the number there",
}
# Where systems cut numbers off, by digits or by the width of a field.
CEILINGS: Final = frozenset((99, 100, 127, 255, 500, 999, 1_000, 5_000, 9_999, 10_000, 32_767, 65_535, 99_999, 999_999))
# Below this many units one number is a multiple of another too easily.
TELLING: Final = 5
UNITS_MAX: Final = 144


class DriftManner(NamedTuple):
    """By how many units a channel may differ, and whether a number changed there is sent again."""

    tolerance: int = 0
    repush: bool = True


STRICT: Final = DriftManner()


class Known(NamedTuple):
    """A spot in step as far as the hub knows: `shown` was acknowledged, `desired` is what it shall show.

    `since`: how long it has been shown otherwise, None while it was not. `before`: what it showed before that."""

    listing: int
    place: int
    spot: Spot
    rev: int
    shown: int
    desired: int
    since: datetime | None
    before: int | None = None


class Found(NamedTuple):
    """What reading back found: `observed` None where the channel has no such listing; `again`: send it once more.

    `sold_there`: units that it shows less than it acknowledged, and that it lowers by itself when it sells."""

    listing: int
    place: int
    rev: int
    observed: int | None
    drift: Kind
    again: bool
    sold_there: int = 0


def compare(
    known: Known, observed: int | None, now: datetime, *, decrements: bool, manner: DriftManner = STRICT
) -> Found:
    """What a number read back says. `decrements`: the channel lowers its own number when it sells.

    Units sold there are not sent again while their orders may still come: the higher number would sell them twice.
    What the channel counts otherwise, or cuts off, it would do again."""
    waited = known.since is not None and now - known.since >= PATIENCE
    drift: Kind = ""
    if observed is None:
        drift = "missing"
    elif abs(observed - known.desired) <= manner.tolerance or observed == known.shown:
        drift = ""
    elif observed < known.shown and decrements and not waited:
        drift = "sold_there"
    elif observed == 0 and known.shown > 0 and known.desired > 0:
        drift = "phantom_stockout"
    else:
        drift = _edit(known, observed)
    again = manner.repush and drift in ("edited", "phantom_stockout", "ignored")
    sold = known.shown - observed if drift == "sold_there" and observed is not None else 0
    return Found(known.listing, known.place, known.rev, observed, drift, again, sold)


def _edit(known: Known, observed: int) -> Kind:
    """Why a number is another one, as far as the numbers themselves tell."""
    if observed == known.before and known.before != known.shown:
        return "ignored"
    if observed in CEILINGS and known.shown > observed:
        return "truncated"
    low, high = sorted((known.shown, observed))
    if low >= TELLING and high % low == 0 and high // low <= UNITS_MAX:
        return "multiple"
    return "edited"
