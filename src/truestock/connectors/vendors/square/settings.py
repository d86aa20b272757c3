"""What a Square seller has to tell before stock can be sent and sales read."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

ACCESS_TOKEN: Final = "access_token"  # noqa: S105  the name of the secret, not the secret
CLIENT_SECRET: Final = "client_secret"  # noqa: S105  the name of the secret, not the secret
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105  the name of the secret, not the secret
SIGNATURE_KEY: Final = "signature_key"
SECRETS: Final = {
    ACCESS_TOKEN: "The application's access token, from the Credentials page of the Developer Console; left out where "
    "client_id is set.",
    CLIENT_SECRET: "The Application secret, from the OAuth page; needed where client_id is set.",
    REFRESH_TOKEN: "The refresh token of the seller's consent to the application, by the code flow, which does not "
    "end; needed where client_id is set.",
    SIGNATURE_KEY: "The signature key of the webhook subscription; left out, no messages are taken and sales are "
    "polled.",
}
# The version of the API that is written for; Square answers by it however its own moves on.
VERSION: Final = "2025-08-20"
HOSTS: Final = {"production": "connect.squareup.com", "sandbox": "connect.squareupsandbox.com"}


class SquareSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One seller, or one of its locations."""

    location: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9]*$",
            max_length=100,
            description="The ID of the one location whose stock is set and whose sales are read. Left out, a number is "
            "set at each location that the channel is told of, and the sales of all are read.",
        ),
    ] = ""
    client_id: Annotated[
        str,
        Meta(
            pattern=r"^[!-~]*$",
            max_length=200,
            description="The Application ID, where the seller has consented to the application (OAuth): tokens are "
            "then renewed every week. Left out, the personal access token is used.",
        ),
    ] = ""
    environment: Annotated[
        Literal["production", "sandbox"], Meta(description="Square's own environment: production, or sandbox to try.")
    ] = "production"
    poll_every_s: Annotated[
        float, Meta(ge=1, le=86400, description="Seconds between two questions for sales that no message told of.")
    ] = 60.0
    calls_per_s: Annotated[
        float, Meta(gt=0, le=100, description="The most calls a second; Square does not publish its limits.")
    ] = 5.0
    timeout_s: Annotated[
        float, Meta(ge=0.05, le=120, description="Seconds that one call may take, from connecting to its last byte.")
    ] = 30.0

    @property
    def url(self) -> str:
        """Where Square's API is."""
        return f"https://{HOSTS[self.environment]}"
