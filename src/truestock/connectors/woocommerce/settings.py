"""What a store has to tell before stock can be sent to it and orders read."""

from ipaddress import ip_address
from typing import Annotated, Final

import httpx2
import msgspec
from msgspec import Meta

CONSUMER_KEY: Final = "consumer_key"
CONSUMER_SECRET: Final = "consumer_secret"  # noqa: S105  the name of the secret, not the secret
WEBHOOK_SECRET: Final = "webhook_secret"  # noqa: S105  the name of the secret, not the secret
SECRETS: Final = {
    CONSUMER_KEY: "The consumer key of a REST API key with Read/Write permission; it begins with ck_.",
    CONSUMER_SECRET: "The consumer secret of the same key; it begins with cs_.",
    WEBHOOK_SECRET: "Signs the store's webhooks; left out, the consumer secret does.",
}
STATUSES: Final = r"^[a-z0-9-]+(,[a-z0-9-]+)*$"


class WooCommerceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One store."""

    site_url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[!-~]+$",
            max_length=500,
            description="The WordPress site's address, such as https://shop.example or https://shop.example/store; "
            "https, and http only for a site on this very machine.",
        ),
    ]
    timeout_s: Annotated[
        float,
        Meta(
            ge=0.05,
            le=600,
            description="Seconds that one call may take, from connecting to its last byte. A store writes some ten to "
            "twenty numbers a second.",
        ),
    ] = 60.0
    batch_max: Annotated[
        int,
        Meta(ge=1, le=100, description="The most lines in one push; fewer where the store takes too long, or refuses."),
    ] = 100

    sold_statuses: Annotated[
        str,
        Meta(
            pattern=STATUSES,
            max_length=500,
            description="The order statuses whose units are sold, with commas between; also those that plugins add.",
        ),
    ] = "on-hold,processing,completed"
    waiting_statuses: Annotated[
        str,
        Meta(
            pattern=STATUSES,
            max_length=500,
            description="Which of these wait for payment or a person, so that nothing leaves yet.",
        ),
    ] = "pending,on-hold"
    fee_fields: Annotated[
        str,
        Meta(
            max_length=500,
            description="The custom fields of an order in which payment plugins keep their fee, with commas between.",
        ),
    ] = "_stripe_fee,_paypal_fee,PayPal Transaction Fee"
    notify_customer: Annotated[
        bool, Meta(description="Whether the buyer is sent the note about each parcel, with its tracking number.")
    ] = False
    poll_every_s: Annotated[
        float, Meta(ge=10, le=86400, description="Seconds between two questions for orders that no webhook told of.")
    ] = 60.0

    def __post_init__(self) -> None:
        try:
            url = httpx2.URL(self.site_url)
        except httpx2.InvalidURL as error:
            raise ValueError(f"site_url: {error}") from error
        if not url.host or url.query or url.fragment or url.userinfo:
            raise ValueError("site_url: give scheme, host and path alone; key and secret are secrets of their own")
        if url.scheme == "http" and not _is_loopback(url.host):
            raise ValueError("site_url: give https; the key would cross the network in the clear, and is refused there")

    @property
    def sold(self) -> frozenset[str]:
        """The statuses whose units are sold."""
        return frozenset(self.sold_statuses.split(","))

    @property
    def waiting(self) -> frozenset[str]:
        """The statuses in which nothing leaves yet."""
        return frozenset(self.waiting_statuses.split(","))

    @property
    def fees(self) -> frozenset[str]:
        """The names of the custom fields with fees."""
        return frozenset(name.strip() for name in self.fee_fields.split(",") if name.strip())

    @property
    def plain(self) -> bool:
        """Whether calls are not encrypted, which they need not be on one machine."""
        return self.site_url.startswith("http:")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
