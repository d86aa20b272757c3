"""What shops answer: every call of a connector gets answers that were good once, broken in any way.

`answers` has by connector and ability what its counterpart said to one call: `about` are the SKUs, or the order and its
lines, and `answers` what was told, one request after the other. An input is the ability and those answers, apart."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx2
import msgspec

from tests.connectors.medusa.test_mapping import fulfillment
from tests.connectors.medusa.test_mapping import order as medusa_order
from tests.connectors.vendure.test_orders import order as vendure_order
from tests.fuzz.running import Target
from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Spot
from truestock.connectors.contract.notices import NotGenuine
from truestock.connectors.contract.orders import Cancelling, Orders, Parcel, SettledFees
from truestock.connectors.contract.pages import Page, Picture
from truestock.connectors.orders.keeping import sifted
from truestock.connectors.registry import kind_of
from truestock.feeds.settlements.reader import unfit

ANSWERS: Final = Path(__file__).parents[1] / "answers"
APART: Final = b"\n%%\n"
ASKED_MAX: Final = 12
AT: Final = datetime(2026, 11, 20, 8, tzinfo=UTC)
TOKENS: Final = {"access_token": "t", "token_type": "bearer", "expires_in": 3_600, "refresh_token": "r"}
OF_ORDERS: Final = ("orders_since", "open_orders", "orders")
URL: Final = "https://shop.example"
SECRETS: Final = dict.fromkeys(("client_secret", "refresh_token", "access_token", "api_key", "consumer_key"), "k")
MORE_SECRETS: Final = {"verification_token": "v" * 40, "signing_secret": "s" * 40, "consumer_secret": "s"}
SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "amazon": {
        "region": "na",
        "marketplace": "ATVPDKIKX0DER",
        "seller_id": "A3TH9S8BH6GOGM",
        "client_id": "id",
        "settlement_name": "Amazon.com",
        "look_every_s": 0.0,
    },
    "ebay": {"client_id": "id"},
    "generic": {"base_url": URL, "decrements": "at_once", "orders": "read"},
    "magento": {"url": URL, "source": "default"},
    "medusa": {"url": URL, "location": "sloc_1"},
    "shopify": {"shop": "a.myshopify.com", "location": "gid://shopify/Location/77", "settlements": True},
    "square": {"location": "LWEST"},
    "vendure": {"url": URL, "location": "1"},
    "woocommerce": {"site_url": URL},
}


class Said(httpx2.AsyncBaseTransport):
    """Gives the answers it is told, one after the other, then the last one for ever; tokens are always good."""

    def __init__(self) -> None:
        self.client = httpx2.AsyncClient(transport=self, trust_env=False)
        self._answers: Sequence[bytes] = [b""]
        self._asked = 0

    def say(self, answers: Sequence[bytes]) -> None:
        """From now on these."""
        self._answers, self._asked = answers or [b""], 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("token"):
            return said(200, msgspec.json.encode(TOKENS))
        body = self._answers[min(self._asked, len(self._answers) - 1)]
        self._asked += 1
        # What is asked for page after page ends at some time, whatever is said.
        return said(200 if self._asked < ASKED_MAX else 500, body)


def said(status: int, body: bytes) -> httpx2.Response:
    return httpx2.Response(status, stream=httpx2.ByteStream(body))


class Quick(asyncio.SelectorEventLoop):
    """Where connectors wait for their turn, they wait a hundredth of it."""

    def time(self) -> float:
        return super().time() * 100


@cache
def line() -> tuple[Said, asyncio.Runner]:
    """Where shops are reached: made once, as it takes most of the time."""
    return Said(), asyncio.Runner(loop_factory=Quick)


@cache
def recorded(shop: str) -> dict[str, dict[str, list[str]]]:
    """What there is of a shop, with what real ones were seen to say of orders."""
    found: dict[str, dict[str, list[str]]] = msgspec.json.decode((ANSWERS / f"{shop}.json").read_bytes())
    pages: dict[str, tuple[str, object]] = {}
    if shop == "medusa":
        orders = [medusa_order(fulfillments=[fulfillment(2)]), medusa_order(2)]
        pages = dict.fromkeys(OF_ORDERS, ("order_1", {"orders": orders, "count": 2}))
    if shop == "vendure":
        page = {"items": [vendure_order("5"), vendure_order("6")], "totalItems": 2}
        asked_for = dict.fromkeys(("orders", "placed", "changed", "swept"), page)
        pages = dict.fromkeys(OF_ORDERS, ("5", {"data": asked_for}))
    return found | {
        name: {"about": [order], "answers": [msgspec.json.encode(page).decode()]}
        for name, (order, page) in pages.items()
    }


async def asked(connector: Any, ability: str, about: Sequence[str]) -> object:
    """One call of an ability, about what its answers are about."""
    first, rest = (about[0], about[1:]) if about else ("7", ["1"])
    match ability:
        case "push":
            return await connector.push([Line(sku, 5, 1, f"{sku}:1", 3) for sku in about])
        case "read_back":
            return await connector.read_back([Spot(sku) for sku in about])
        case "push_pages":
            return await connector.push_pages([Page(s, "lamp", title="T", images=(Picture(URL),)) for s in about], {})
        case "settle":
            return await connector.settle({Spot(s): t for s, t in zip(about[::2], about[1::2], strict=True)})
        case "orders_since":
            return await connector.orders_since(connector.cursor_at(AT))
        case "open_orders" | "listings" | "fees_since":
            return await getattr(connector, ability)("")
        case "orders":
            return await connector.orders(list(about))
        case "ship":
            return await connector.ship(first, Parcel("P-1", dict.fromkeys(rest, 1), carrier="UPS", tracking="1Z"))
        case "cancel":
            return await connector.cancel(first, Cancelling("c-1", dict.fromkeys(rest, 1), whole=True))
        case "subscribe":
            return await connector.subscribe(f"{URL}/hooks")
        case "fetch_key":
            told = "eyJhbGciOiAiZWNkc2EiLCAia2lkIjogImtleS0xIiwgInNpZ25hdHVyZSI6ICJ4IiwgImRpZ2VzdCI6ICJTSEExIn0="
            return await connector.fetch_key({"x-ebay-signature": told})
        case _:
            return await getattr(connector, ability)()


def called(shop: str, ability: str, about: Sequence[str], answers: Sequence[bytes]) -> object:
    """The same, of a connector made anew. Raises what the connector has declared."""
    kind = kind_of(shop)
    more = {"fulfilled_by": "amazon"} if ability == "stock" else {}
    settings = msgspec.convert({**SETTINGS[shop], **more}, kind.settings)
    secrets = {name: secret for name, secret in {**SECRETS, **MORE_SECRETS}.items() if name in kind.secrets}
    shops, runner = line()
    shops.say(answers)
    return runner.run(asked(kind.build(shops.client, settings, secrets), ability, about))


def answered(shop: str) -> Target:
    """Every ability of a connector; what it makes of answers can be kept, or is told to be none that can."""
    known = recorded(shop)

    def run(raw: bytes) -> None:
        name, *answers = raw.split(APART)
        ability = name.decode("latin-1")
        if ability not in known:
            return
        with suppress(ChannelDown, InDoubt, NotGenuine):
            found = called(shop, ability, known[ability]["about"], answers)
            if isinstance(found, Orders):
                for order in sifted(found).orders:
                    assert order.id
                    order.changed_at.astimezone(UTC)
            if isinstance(found, SettledFees):
                for fee in found.fees:
                    assert unfit(fee) or fee.amount.is_finite()

    seeds = [
        APART.join([ability.encode(), *(text.encode() for text in told["answers"])]) for ability, told in known.items()
    ]
    return Target(f"{shop}-answers", run, seeds)


SHOPS: Final = tuple(answered(shop) for shop in SETTINGS)
