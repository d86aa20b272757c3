"""What a seller has to tell before the hub can speak with Amazon."""

import re
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

CLIENT_SECRET: Final = "client_secret"  # noqa: S105  the name of the secret, not the secret
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105  the name of the secret, not the secret
ACCESS_KEY_ID: Final = "aws_access_key_id"
SECRET_ACCESS_KEY: Final = "aws_secret_access_key"  # noqa: S105  the name of the secret, not the secret
SECRETS: Final = {
    CLIENT_SECRET: "The client secret of the application's LWA credentials.",
    REFRESH_TOKEN: "The refresh token that authorising the application has shown; it begins with Atzr|.",
    ACCESS_KEY_ID: "The access key ID of an IAM user that may read the queue; needed where queue_url is set.",
    SECRET_ACCESS_KEY: "The secret access key of the same IAM user.",
}
OPTIONAL_SECRETS: Final = frozenset({ACCESS_KEY_ID, SECRET_ACCESS_KEY})
FEED_MAX: Final = 25_000

_QUEUE = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com/([0-9]{12})/([A-Za-z0-9_-]{1,80})")


class QueueAddress(msgspec.Struct, frozen=True):
    """A queue's address, taken apart."""

    url: str
    region: str
    account: str
    name: str

    @property
    def arn(self) -> str:
        """The Amazon Resource Name."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{self.name}"


class AmazonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One seller in one marketplace, and who fulfils: the merchant, or Amazon."""

    region: Annotated[
        Literal["na", "eu", "fe"],
        Meta(description="The region of the selling partner account: na, eu (with India and the Near East) or fe."),
    ]
    marketplace: Annotated[
        str, Meta(pattern="^[A-Z0-9]{10,15}$", description="The marketplace ID, such as ATVPDKIKX0DER for Amazon.com.")
    ]
    seller_id: Annotated[
        str,
        Meta(
            pattern="^[A-Z0-9]{8,20}$",
            description="The merchant token: Settings > Account Info > Merchant Token in Seller Central.",
        ),
    ]
    client_id: Annotated[
        str,
        Meta(
            pattern="^[!-~]{1,200}$",
            description="The client identifier of the application's LWA credentials, amzn1.application-oa2-client....",
        ),
    ]
    fulfilled_by: Annotated[
        Literal["merchant", "amazon"],
        Meta(
            description="merchant: stock is pushed, and orders that the merchant ships are read. amazon: the stock in "
            "Amazon's fulfilment centres and the orders from it are read, and nothing is pushed."
        ),
    ] = "merchant"
    batch_max: Annotated[
        int, Meta(ge=1, le=FEED_MAX, description="The most lines in one push, and so in one feed.")
    ] = 2000
    feed_from: Annotated[
        int,
        Meta(
            ge=1,
            le=FEED_MAX,
            description="From how many lines on a push goes as one feed; fewer go one by one, five a second.",
        ),
    ] = 100
    applied_s: Annotated[
        float,
        Meta(
            ge=0,
            le=86_400,
            description="Seconds that Amazon may take to show a number that it has accepted; after that the number is "
            "taken for not applied.",
        ),
    ] = 900.0
    look_every_s: Annotated[
        float, Meta(ge=0, le=3600, description="Seconds between two looks at whether an accepted number is shown.")
    ] = 15.0
    queue_url: Annotated[
        str,
        Meta(
            max_length=300,
            description="The URL of the SQS queue for notifications, "
            "https://sqs.<region>.amazonaws.com/<account>/<name>. Empty: orders are polled alone.",
        ),
    ] = ""
    queue_wait_s: Annotated[
        int, Meta(ge=0, le=20, description="Seconds that a question to an empty queue waits for a message.")
    ] = 5
    carriers: Annotated[
        str,
        Meta(
            max_length=2000,
            description="Amazon's carrier codes for carriers as the hub names them, such as dhl=DHL; my-post=Royal "
            "Mail. Names that are a code already need none.",
        ),
    ] = ""
    shipping_method: Annotated[
        str, Meta(max_length=100, description="The shipping method told with every parcel; empty: none.")
    ] = ""
    settlement_name: Annotated[
        str,
        Meta(
            max_length=100,
            description="The marketplace as settlements call it, such as Amazon.de. Empty: settlements are not read. "
            "The application needs the role Finance and Accounting for it.",
        ),
    ] = ""
    account_fees: Annotated[
        bool,
        Meta(
            description="Whether fees of a settlement that name no marketplace or no fulfilment, such as a "
            "subscription, are kept with this channel; say so for one channel of the seller alone."
        ),
    ] = False
    timeout_s: Annotated[
        float, Meta(ge=0.05, le=120, description="Seconds that one call may take, from connecting to its last byte.")
    ] = 30.0

    def __post_init__(self) -> None:
        if self.queue_url and not _QUEUE.fullmatch(self.queue_url):
            raise ValueError("queue_url: give https://sqs.<region>.amazonaws.com/<account>/<name>, or leave it empty")
        _codes(self.carriers)
        if self.account_fees and not self.settlement_name:
            raise ValueError("account_fees: give settlement_name as well; without it settlements are not read")

    @property
    def host(self) -> str:
        """Where the region answers."""
        return f"sellingpartnerapi-{self.region}.amazon.com"

    @property
    def queue(self) -> QueueAddress | None:
        """The queue, if there is one."""
        found = _QUEUE.fullmatch(self.queue_url)
        return QueueAddress(self.queue_url, found[1], found[2], found[3]) if found else None

    @property
    def carrier_codes(self) -> dict[str, str]:
        """Amazon's codes by the hub's names in lower case."""
        return _codes(self.carriers)


def _codes(text: str) -> dict[str, str]:
    """Raises ValueError."""
    codes: dict[str, str] = {}
    for pair in filter(None, map(str.strip, text.split(";"))):
        name, _, code = map(str.strip, pair.partition("="))
        if not name or not code:
            raise ValueError(f"carriers: {pair!r} is not of the form name=code; part several by semicolons")
        codes[name.lower()] = code
    return codes
