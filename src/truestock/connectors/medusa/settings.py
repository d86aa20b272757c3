"""What a Medusa server has to tell before stock can be sent to it and orders read."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from truestock.connectors.reserving.http_calls import checked_url

API_KEY: Final = "api_key"
SECRETS: Final = {
    API_KEY: "A secret API key of the server, sk_...; Medusa shows it once, when it is made "
    "(Settings > Secret API Keys)."
}


class MedusaSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One Medusa server, or one of its sales channels."""

    url: Annotated[
        str,
        Meta(
            pattern=r"^https?://[!-~]+$",
            max_length=500,
            description="The server's address, such as https://shop.example; https, and http only for a server on this "
            "very machine.",
        ),
    ]
    location: Annotated[
        str,
        Meta(
            pattern=r"^(sloc_[!-~]+)?$",
            max_length=100,
            description="The id of the stock location whose number is set, sloc_...; other locations of the "
            "sales channel must then be empty. Left out, a number is set at each location that the channel is told of.",
        ),
    ] = ""
    sales_channel: Annotated[
        str,
        Meta(
            pattern=r"^(sc_[!-~]+)?$",
            max_length=100,
            description="The id of the sales channel whose orders are read, sc_...; left out, all orders.",
        ),
    ] = ""
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

    def __post_init__(self) -> None:
        checked_url(self.url)
