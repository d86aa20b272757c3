"""What a shop has to tell before stock can be sent to it and orders read."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

FIRST_VERSION = "2026-04"
LOCATION = "gid://shopify/Location/"


class ShopifySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shop, and how its orders are treated."""

    shop: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$",
            description="The shop's permanent domain, such as my-shop.myshopify.com.",
        ),
    ]
    location: Annotated[
        str,
        Meta(
            pattern=rf"^({LOCATION})?[0-9]+$",
            description="The ID of the location whose available quantity is set where the hub names none, as a number "
            "or as gid://shopify/Location/...",
        ),
    ]
    api_version: Annotated[
        str,
        Meta(
            pattern=r"^20[0-9]{2}-(01|04|07|10)$",
            description="The version of the Admin API, 2026-04 or later. What is tested is 2026-10.",
        ),
    ] = "2026-10"
    restore_per_s: Annotated[
        float,
        Meta(
            gt=0,
            description="The points a second that the shop's plan restores, until the shop itself has told: 100 "
            "(Standard), 200 (Advanced), 1000 (Plus), 2000 (Enterprise).",
        ),
    ] = 100.0

    client_id: Annotated[
        str,
        Meta(
            max_length=100,
            description="The client ID of an app made in the Dev Dashboard, whose tokens last a day and are fetched "
            "with its client secret. Empty for an app that has a lasting access token.",
        ),
    ] = ""
    timeout_s: Annotated[
        float, Meta(ge=0.05, le=120, description="Seconds to wait for the shop to connect, and for its next byte.")
    ] = 30.0

    unpaid: Annotated[
        Literal["wait", "send"],
        Meta(
            description="Whether orders that are not paid yet may leave: send, as for cash on delivery; or wait. Their "
            "units are sold either way."
        ),
    ] = "wait"
    notify_customer: Annotated[
        bool, Meta(description="Whether Shopify tells the buyer of parcels and cancellations that the hub has told it.")
    ] = False
    refund_cancelled: Annotated[
        Literal["no", "to_buyer"],
        Meta(
            description="Whether the buyer gets the money back, the way it was paid, when the hub cancels an order: "
            "to_buyer, or no."
        ),
    ] = "no"
    poll_every_s: Annotated[
        float, Meta(ge=10, le=86400, description="Seconds between two questions for orders that no message told of.")
    ] = 60.0
    settlements: Annotated[
        bool,
        Meta(
            description="Whether the fees in payouts of Shopify Payments that orders do not tell are read; the app "
            "needs the scopes read_shopify_payments_accounts and read_shopify_payments_payouts for it."
        ),
    ] = False

    def __post_init__(self) -> None:
        if self.api_version < FIRST_VERSION:
            message = (
                f"the Admin API before {FIRST_VERSION} knows neither idempotency keys nor changeFromQuantity as here"
            )
            raise ValueError(message)

    @property
    def location_id(self) -> str:
        """The location's global ID."""
        return location_id(self.location)


def location_id(place: str) -> str:
    """The global ID of a location that is given as its number or as that ID."""
    return LOCATION + place.removeprefix(LOCATION)
