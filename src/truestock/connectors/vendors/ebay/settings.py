"""What an eBay seller has to tell before stock can be sent and orders read."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

CLIENT_SECRET: Final = "client_secret"  # noqa: S105  the name of the secret, not the secret
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105  the name of the secret, not the secret
VERIFICATION_TOKEN: Final = "verification_token"  # noqa: S105  the name of the secret, not the secret
SECRETS: Final = {
    CLIENT_SECRET: "The Cert ID (client secret) of the application's keyset.",
    REFRESH_TOKEN: "The refresh token of the seller's consent to the application; it lasts 18 months.",
    VERIFICATION_TOKEN: "The verification token of the notification endpoint, 32 to 80 letters, digits, _ and - of "
    "your own choice; left out, no messages are taken.",
}
HOSTS: Final = {"production": "api.ebay.com", "sandbox": "api.sandbox.ebay.com"}
CARRIERS: Final = r"^([^=;]+=[A-Za-z0-9_-]+(; *[^=;]+=[A-Za-z0-9_-]+)*)?$"


class EbaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One seller's account."""

    client_id: Annotated[
        str,
        Meta(pattern=r"^[!-9;-~]+$", max_length=200, description="The App ID (client ID) of the application's keyset."),
    ]
    environment: Annotated[
        Literal["production", "sandbox"], Meta(description="eBay's own environment: production, or sandbox to try.")
    ] = "production"
    skus_per_call: Annotated[
        int,
        Meta(
            ge=1,
            le=25,
            description="SKUs in one update of quantities. eBay's documentation names both one and 25: raise it when "
            "your account takes more.",
        ),
    ] = 1
    carriers: Annotated[
        str,
        Meta(
            pattern=CARRIERS,
            max_length=2000,
            description="eBay's carrier codes for carriers as the hub names them: our-post=RoyalMail; dhl-de=DHL.",
        ),
    ] = ""
    poll_every_s: Annotated[
        float, Meta(ge=1, le=86400, description="Seconds between two questions for orders that no message told of.")
    ] = 120.0
    calls_per_s: Annotated[
        float, Meta(gt=0, le=100, description="The most calls a second, until eBay has told what is left of a day's.")
    ] = 5.0
    timeout_s: Annotated[
        float, Meta(ge=0.05, le=120, description="Seconds that one call may take, from connecting to its last byte.")
    ] = 30.0

    @property
    def url(self) -> str:
        """Where eBay's API is."""
        return f"https://{HOSTS[self.environment]}"

    @property
    def codes(self) -> dict[str, str]:
        """eBay's carrier codes, by carriers as the hub names them."""
        pairs = (pair.split("=", 1) for pair in self.carriers.split(";") if pair.strip())
        return {name.strip(): code.strip() for name, code in pairs}
