"""What a Magento shop has to tell before stock can be sent to it and orders read."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from truestock.connectors.reserving.http_calls import checked_url

ACCESS_TOKEN: Final = "access_token"  # noqa: S105  the name of the secret, not the secret
SECRETS: Final = {
    ACCESS_TOKEN: "The access token of an integration (System > Extensions > Integrations), which is sent as a bearer "
    "token."
}
CODE: Final = r"^[A-Za-z0-9_.-]*$"


class MagentoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One shop, or one of its websites."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[!-~]+$",
            max_length=500,
            description="The shop's base URL, such as https://shop.example; https, and http only for a shop on this "
            "very machine.",
        ),
    ]
    source: Annotated[
        str,
        Meta(
            pattern=CODE,
            max_length=255,
            description="The code of the source whose quantity is set, such as default. Left out, a quantity is set at "
            "each source that the channel is told of.",
        ),
    ] = ""
    website: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_.-]+$",
            max_length=255,
            description="The code of the website that sells: its stock says what is salable.",
        ),
    ] = "base"
    stores: Annotated[
        str,
        Meta(
            pattern=r"^([0-9]+(,[0-9]+)*)?$",
            max_length=500,
            description="The IDs of the store views whose orders are read, with commas between; left out, all orders.",
        ),
    ] = ""
    store_view: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9_]+$", max_length=32, description="The code of the store view that is called.")
    ] = "default"
    waiting_states: Annotated[
        str,
        Meta(
            pattern=r"^([a-z_]+(,[a-z_]+)*)?$",
            max_length=200,
            description="The order states in which nothing leaves yet, with commas between; their units are sold all "
            "the same. Take out new where orders leave before they are paid, as for cash on delivery.",
        ),
    ] = "new,pending_payment,payment_review,holded"
    barcode_attribute: Annotated[
        str,
        Meta(
            pattern=r"^([a-z][a-z0-9_]*)?$",
            max_length=60,
            description="The code of the product attribute that has the barcode, such as ean; Magento has none of its "
            "own. Left out, no barcodes are read.",
        ),
    ] = ""
    notify_customer: Annotated[
        bool, Meta(description="Whether Magento writes to the buyer about each parcel that the hub has told it.")
    ] = False
    poll_every_s: Annotated[
        float, Meta(ge=1, le=86400, description="Seconds between two questions for orders that have changed.")
    ] = 60.0
    calls_per_s: Annotated[
        float, Meta(gt=0, le=1_000, description="The most calls a second; a shop of one's own has no other bound.")
    ] = 10.0
    timeout_s: Annotated[
        float, Meta(ge=0.05, le=600, description="Seconds that one call may take, from connecting to its last byte.")
    ] = 60.0
    batch_max: Annotated[
        int, Meta(ge=1, le=250, description="The most lines in one push; fewer where the shop takes too long.")
    ] = 50

    def __post_init__(self) -> None:
        checked_url(self.url)

    @property
    def waiting(self) -> frozenset[str]:
        """The states in which nothing leaves yet."""
        return frozenset(self.waiting_states.split(","))
