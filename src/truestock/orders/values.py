"""What an order asks and is answered: the shapes that the surfaces decode into and encode."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from truestock.core.decide.reserve import Mode

Qty = Annotated[int, Meta(ge=1, le=1_000_000_000, description="Units of the listing, at least 1.")]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
State = Literal["held", "open", "shipped", "cancelled", "expired", "displaced", "confirmed", "refused"]


class OrderLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`qty` units of what the channel calls `sku`: one of its listings, else an item's SKU."""

    sku: Name
    qty: Qty = 1


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order, or with `hold_for_s` a cart hold. (channel, ref) is its idempotency key.

    Modes: all_or_nothing (default), partial (whole units, lines in order), sold (the money is taken: never refused,
    what no stock backs is owed)."""

    channel: Name
    ref: Name
    lines: Annotated[list[OrderLine], Meta(min_length=1, max_length=512)]
    mode: Mode = "all_or_nothing"
    hold_for_s: Annotated[int, Meta(ge=1, le=7 * 86_400)] | None = None
    priority: Annotated[int, Meta(ge=-1000, le=1000, description="Higher is served first when units are owed.")] = 0
    placed_at: Annotated[datetime, Meta(tz=True)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lng: Annotated[float, Meta(ge=-180, le=180)] | None = None

    def __post_init__(self) -> None:
        if self.hold_for_s is not None and self.mode == "sold":
            raise ValueError("hold_for_s: what is sold is no cart; leave it out, or take another mode")


class LineResult(msgspec.Struct, frozen=True):
    """In units of the listing: asked, promised, what could have been promised at most, and what is owed."""

    sku: str
    asked: int
    granted: int
    available: int
    short_by: int


def line_result(sku: str, mode: str, asked: int, granted: int, available: int) -> LineResult:
    """What a line is answered: of a sold order all that is not backed is owed."""
    short_by = asked - granted if mode == "sold" else max(0, asked - max(granted, available))
    return LineResult(sku, asked, granted, available, short_by)


class OrderResult(msgspec.Struct, frozen=True):
    """`granted` false: refused, nothing is held. `replay` true: this key was answered before, `state` is of now."""

    channel: str
    ref: str
    id: str
    granted: bool
    state: State
    lines: list[LineResult]
    replay: bool = False
    expires_at: datetime | None = None


class UnknownSku(msgspec.Struct, frozen=True):
    """A line names neither a listing of the channel nor an item; nothing is held."""

    channel: str
    ref: str
    field: str
    sku: str


class ContentDiffers(msgspec.Struct, frozen=True):
    """This (channel, ref) was answered before for another content; nothing is changed."""

    channel: str
    ref: str


ReserveAnswer = OrderResult | UnknownSku | ContentDiffers
