"""What has to be known of a channel that speaks our REST: where it is, what it does with a number, and how often."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from truestock.connectors.contract.traits import Budget, Traits

SECRETS: Final = {
    "signing_secret": "Signs what is sent, as Standard Webhooks has it: whsec_ and 24 to 64 random bytes in base64.",
    "bearer_token": "Sent in the Authorization header as well, where the other side asks for one; may be left out.",
}

Path = Annotated[str, Meta(pattern=r"^/[!-~]*$", max_length=200)]


class GenericSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one channel."""

    base_url: Annotated[
        str,
        Meta(
            description="Where the other side answers, such as https://shop.example/hub, without a query; empty for a "
            "sender of orders that answers nothing.",
            pattern=r"^(https?://[!-~]+)?$",
            max_length=500,
        ),
    ]
    decrements: Annotated[
        Literal["at_once", "when_shipped", "never"],
        Meta(
            description="Whether the other side lowers its own number when it sells: at once, when shipped, or never."
        ),
    ]
    compare: Annotated[
        Literal["no", "value", "sequence"],
        Meta(
            description="Whether the other side refuses a line as stale: value, when it shows another number "
            "than `was`; sequence, when it has seen a higher `rev`; or no."
        ),
    ] = "no"
    answers: Annotated[
        Literal["at_once", "later"],
        Meta(description="Whether `applied` comes in the answer itself, or a ticket to ask again with."),
    ] = "at_once"
    batch_max: Annotated[int, Meta(description="The most lines in one call.", ge=1, le=1000)] = 100
    calls_per_s: Annotated[float, Meta(description="Calls a second in the long run.", gt=0, le=1000)] = 5.0
    burst: Annotated[float, Meta(description="Calls at once after a pause.", ge=1, le=1000)] = 10.0
    timeout_s: Annotated[
        float, Meta(description="Seconds that one call may take, from connecting to its last byte.", ge=0.05, le=120)
    ] = 10.0
    pending_s: Annotated[
        float, Meta(description="Seconds for which a call of unknown outcome may still take effect.", ge=0, le=3600)
    ] = 60.0
    stock_path: Annotated[Path, Meta(description="Where stock is written and read, under the base URL.")] = "/stock"
    tickets_path: Annotated[Path, Meta(description="Where tickets are asked after, under the base URL.")] = "/tickets"
    health_path: Annotated[Path, Meta(description="What the check asks, under the base URL.")] = "/health"
    orders: Annotated[
        Literal["no", "read", "sent"],
        Meta(
            description="Whether the other side has orders: read, when it can be asked for them and told of parcels; "
            "sent, when it cannot be asked and sends each order whole; or no."
        ),
    ] = "no"
    orders_path: Annotated[
        Path, Meta(description="Where orders are read, and parcels and cancellations told, under the base URL.")
    ] = "/orders"
    poll_every_s: Annotated[
        float, Meta(description="Seconds between two questions for changed orders.", ge=5, le=86400)
    ] = 60.0
    listings_path: Annotated[
        str,
        Meta(
            description="Where all that is sold can be read, such as /listings; empty where it cannot.",
            pattern=r"^(/[!-~]*)?$",
            max_length=200,
        ),
    ] = ""

    fees_path: Annotated[
        str,
        Meta(
            description="Where settled fees can be read, such as /fees; empty where they cannot.",
            pattern=r"^(/[!-~]*)?$",
            max_length=200,
        ),
    ] = ""

    def __post_init__(self) -> None:
        if not self.base_url and self.orders != "sent":
            raise ValueError("base_url: give it; only a sender of orders (orders=sent) needs none")


def traits_of(settings: GenericSettings) -> Traits:
    """What a channel with these settings is like."""
    return Traits(
        decrements=settings.decrements,
        budget=Budget(per_s=settings.calls_per_s, burst=settings.burst),
        compare=settings.compare,
        applied=settings.answers,
        batch_max=settings.batch_max,
        pending_s=settings.pending_s,
        poll_every_s=settings.poll_every_s,
    )
