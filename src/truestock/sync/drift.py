"""What it means that a channel shows another number than the one it acknowledged. Pure.

The ledger is never written from a channel's number: what is found is shown to people, and at most sent again."""

from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from truestock.connectors.contract.answers import Spot

Kind = Literal["", "missing", "phantom_stockout", "sold_there", "edited"]

# How long an order may take from the sale to the hub.
PATIENCE: Final = timedelta(minutes=30)
MEANINGS: Final[dict[str, str]] = {
    "missing": "the channel does not have this listing",
    "phantom_stockout": "it is shown as sold out while units may be promised",
    "sold_there": "fewer are shown: the channel has sold units whose orders have not come yet",
    "edited": "somebody changed the number there, or the channel never took ours",
}


class Known(NamedTuple):
    """A spot in step as far as the hub knows: `shown` was acknowledged, `desired` is what it shall show.

    `since`: how long it has been shown otherwise, None while it was not."""

    listing: int
    place: int
    spot: Spot
    rev: int
    shown: int
    desired: int
    since: datetime | None


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


def compare(known: Known, observed: int | None, now: datetime, *, decrements: bool) -> Found:
    """What a number read back says. `decrements`: the channel lowers its own number when it sells.

    Units sold there are not sent again while their orders may still come: the higher number would sell them twice."""
    waited = known.since is not None and now - known.since >= PATIENCE
    drift: Kind = ""
    if observed is None:
        drift = "missing"
    elif observed == known.desired:
        drift = ""
    elif observed < known.shown and decrements and not waited:
        drift = "sold_there"
    elif observed == 0 and known.shown > 0 and known.desired > 0:
        drift = "phantom_stockout"
    elif observed != known.shown:
        drift = "edited"
    again = drift in ("edited", "phantom_stockout")
    sold = known.shown - observed if drift == "sold_there" and observed is not None else 0
    return Found(known.listing, known.place, known.rev, observed, drift, again, sold)
