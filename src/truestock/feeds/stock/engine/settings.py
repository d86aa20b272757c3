"""What has to be known of a feed: what its figures mean, what they cover, how late its source is, and its files."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, get_args

import msgspec
from msgspec import Meta

from truestock.core.feed import ABSOLUTE, Meaning
from truestock.core.problems import Invalid
from truestock.core.reconcile import Posture
from truestock.feeds.file_sources.settings import SourceSettings
from truestock.feeds.stock.files import Format, Mapping
from truestock.store.jobs.cron import next_run

SECRETS: Final = {
    "password": "The account's password on the SFTP server, or at the URL.",
    "private_key": "The account's private key on the SFTP server, in OpenSSH's form, whole and without a passphrase.",
    "header": "A header that the URL's server lets us in by, such as X-Api-Key: 2f7c...",
    "signing": "What the source signs its webhooks with, as whsec_ and 24 to 64 bytes in base64.",
}
Code = Annotated[str, Meta(min_length=1, max_length=200)]


class Look(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """When a feed's door is looked at: minute, hour, day, month and weekday on the clocks of `zone`."""

    cron: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        try:
            self.after(datetime.now(UTC))
        except Invalid as problem:
            raise ValueError(f"{problem.field}: {problem.detail}") from None

    def after(self, instant: datetime) -> datetime:
        """The first time after an instant. Raises Invalid."""
        return next_run(self.cron, self.zone, instant)


class FeedSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Settings of a feed. The scope is what it may speak of: these locations and categories, or with none named all.

    `location` is of rows that name none. `complete`: in its scope there is nothing of what it does not mention; where
    that would take more than `zero_share` percent of the units away, or (below 100) all of a location that it does not
    mention, it stops and asks. `booked_late_minutes`: so long after our shipments (and orders, for a figure that nets
    them off) its source has booked them. `repeats_count_once`: lines about one cell that say the same figure are one,
    also where they differ elsewhere, as a line for each barcode does; without it they wait aside. `knows_orders`:
    whether available figures are net of our orders. `door`: where its files lie, if they are fetched."""

    format: Format = Format()
    mapping: Mapping = Mapping()
    location: Annotated[str, Meta(max_length=200)] = ""
    locations: tuple[Code, ...] = ()
    categories: tuple[Code, ...] = ()
    complete: bool = False
    zero_share: Annotated[int, Meta(ge=0, le=100)] = 20
    all_or_nothing: bool = False
    repeats_count_once: bool = False
    booked_late_minutes: Annotated[int, Meta(ge=0, le=100_000)] = 0
    knows_orders: bool = True
    door: SourceSettings | None = None
    look: Look | None = None


# What may stand where, for whoever writes something else.
MAY: Final[dict[str, Iterable[str]]] = {
    "meaning": get_args(Meaning),
    "posture": get_args(Posture),
    "settings": FeedSettings.__struct_fields__,
    "settings.mapping": Mapping.__struct_fields__,
    "settings.format": Format.__struct_fields__,
}


class NewFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feed, all of it: what is left out of an earlier one is forgotten, its secrets too.

    `meaning` is required and never guessed. `posture`: book (its source is the master), reconcile (within tolerance) or
    compare (nothing is booked). `due_every_minutes`: how often a file is due; it is late past that."""

    meaning: Meaning
    posture: Posture = "book"
    settings: FeedSettings = FeedSettings()
    due_every_minutes: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    secrets: dict[str, str] = {}

    def __post_init__(self) -> None:
        absolute = self.meaning in ABSOLUTE
        if not absolute and (self.settings.complete or self.posture != "book"):
            raise ValueError(
                f"meaning: {self.meaning} tells what happened or will; complete and posture are for figures"
            )
        for name in self.secrets:
            if name not in SECRETS:
                raise ValueError(f"secrets: there is no secret {name!r}; a feed takes {', '.join(SECRETS)}")


def feed_of(data: dict[str, Any]) -> NewFeed:
    """A feed from what JSON or a form holds. Raises Invalid, which names what is wrong, and what may stand there."""
    try:
        return msgspec.convert(data, NewFeed, strict=False)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$.")
        field = path.rstrip("`") or "settings"
        may = f"; it is one of {', '.join(MAY[field])}" if field in MAY else ""
        raise Invalid(field, f"{field}: {said[:1].lower()}{said[1:]}{may}" if path else said) from None
