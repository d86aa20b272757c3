"""What a Vendure server has to tell before stock can be sent to it and orders read."""

from typing import Annotated, Final

import httpx2
import msgspec
from msgspec import Meta

from truestock.connectors.reserving.http_calls import checked_url

API_KEY: Final = "api_key"
SECRETS: Final = {
    API_KEY: "An API key of an administrator whose role may read and update the catalog and orders; Vendure shows it "
    "once, when it is made (Settings > API keys)."
}


class VendureSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One channel of a Vendure server."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[!-~]+$",
            max_length=500,
            description="The address of the Admin API, such as https://shop.example/admin-api; https, and http only "
            "for a server on this very machine.",
        ),
    ]
    location: Annotated[
        str,
        Meta(
            max_length=100,
            description="The id of the stock location whose number is set; the shop's other locations must then be "
            "empty. Left out, a number is set at each location that the channel is told of.",
        ),
    ] = ""
    channel_token: Annotated[
        str,
        Meta(
            pattern=r"^[!-~]*$",
            max_length=200,
            description="The token of the Vendure channel; left out, the default channel.",
        ),
    ] = ""
    fulfillment_handler: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            description="The code of the fulfillment handler that parcels are told to; it takes the arguments method "
            "and trackingCode.",
        ),
    ] = "manual-fulfillment"
    poll_every_s: Annotated[
        float, Meta(ge=0.2, le=3_600, description="Seconds between two looks at the shop's orders.")
    ] = 10.0
    calls_per_s: Annotated[
        float, Meta(gt=0, le=1_000, description="The most calls a second; a server of one's own has no other bound.")
    ] = 10.0
    timeout_s: Annotated[
        float, Meta(ge=0.05, le=600, description="Seconds that one call may take, from connecting to its last byte.")
    ] = 30.0
    batch_max: Annotated[
        int, Meta(ge=1, le=250, description="The most lines in one push; fewer where the server takes too long.")
    ] = 50
    images_from: Annotated[
        str,
        Meta(
            max_length=2_000,
            description="The servers that the hub may fetch images of pages from, to upload them: such as "
            "https://img.example, with spaces between; https, and http only on this very machine. Left out, images "
            "are left to the shop.",
        ),
    ] = ""

    def __post_init__(self) -> None:
        checked_url(self.url)
        for server in self.images_from.split():
            if httpx2.URL(checked_url(server, "images_from")).path.strip("/"):
                raise ValueError(f"images_from: give servers alone, without a path, unlike {server}")
