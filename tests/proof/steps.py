"""What the steps of an interleaving are, and what they leave behind that is to be told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tests.proof.orders_side import DRAWS_ON
from truestock.core.feed import Meaning

PLACES = ("dc", "store", "far")
LANDS = {"dc": "sellable", "store": "receiving", "far": "inspection"}
CHANNELS = tuple(DRAWS_ON)
MODES = ("all_or_nothing", "partial", "sold")
# Sources by the code of their feed: what it means, and whether they book our shipments late.
SOURCES: dict[str, tuple[Meaning, bool]] = {
    "erp": ("on_hand", False),
    "lagging": ("on_hand", True),
    "net": ("available", True),
    "sheet": ("count", False),
}

# Feeds that tell what happened, each under its meaning.
FACTS: tuple[Meaning, ...] = ("delta", "sales", "receipt", "shipment", "return", "expected")

Tell = Callable[[], None]


class Step(NamedTuple):
    """What is done next; figures choose among what there is."""

    kind: str
    item: int
    place: int
    qty: int
    choice: int
    late: bool


@dataclass
class Supply:
    """Units of a document that have not come, by what the hub was told; below zero more came than were ordered."""

    sku: str
    loc: str
    left: int


@dataclass
class Pending:
    """Something that has happened; `tell` says so to the hub, `learn` to the model, once."""

    what: str
    tell: Tell
    learn: Tell
    told: bool = False
