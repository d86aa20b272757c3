"""Translates between the hub and the tiny shop, and nothing else: when to call, and how often, is the hub's."""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import httpx2
import msgspec

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, Throttle
from truestock.connectors.contract.notices import NotGenuine, Notice
from truestock.connectors.contract.orders import Orders, Parcel, SeenLine, SeenOrder
from truestock.connectors.contract.traits import Budget, Traits
from tutorial_connector.shop import signature


class ShopSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the connector is told; secrets come apart."""

    url: Annotated[str, msgspec.Meta(description="Where the shop answers.", pattern="^https?://")]
    timeout_s: Annotated[float, msgspec.Meta(description="Seconds that a call may take.", gt=0)] = 10.0


class ShopConnector:
    """Writes stock, reads it back, reads orders, and takes the shop's messages."""

    def __init__(self, client: httpx2.AsyncClient, settings: ShopSettings, secrets: Mapping[str, str]) -> None:
        self._client, self._settings, self._token = client, settings, secrets["token"]

    @property
    def traits(self) -> Traits:
        """The shop lowers its own number when it sells; a write that nobody answered is over after 30 seconds."""
        return Traits(decrements="at_once", budget=Budget(per_s=50, burst=100), pending_s=30)

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """One outcome for each line. What the shop does not answer for, it does not have."""
        known = await self._call("PUT", "/stock", {line.sku: line.quantity for line in lines})
        applied, unknown = Outcome("applied"), Outcome("rejected", "the shop does not have this product")
        return Pushed({line.spot: applied if line.sku in known else unknown for line in lines})

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What the shop shows."""
        stock = await self._call("GET", "/stock")
        return Shown({spot: stock[spot.sku] for spot in spots if spot.sku in stock})

    def cursor_at(self, instant: datetime) -> str:  # noqa: ARG002  the shop numbers its changes, and knows no times
        """From the first change on."""
        return "0"

    async def orders_since(self, cursor: str) -> Orders:
        """All changes after the cursor."""
        page = await self._call("GET", f"/orders?after={cursor or 0}")
        return Orders([seen(order) for order in page["orders"]], str(page["last"]))

    async def open_orders(self, cursor: str) -> Orders:
        """They are among the changes."""
        return await self.orders_since(cursor)

    async def orders(self, ids: Sequence[str]) -> Orders:
        """These, as they are now."""
        page = await self._call("GET", f"/orders?{httpx2.QueryParams({'id': list(ids)})}")
        return Orders([seen(order) for order in page["orders"]])

    def notice(self, url: str, headers: Mapping[str, str], body: bytes) -> Notice | None:  # noqa: ARG002  of the contract
        """Which order to read; nothing else of a message is believed."""
        if not hmac.compare_digest(headers.get("x-signature", ""), signature(self._token, body)):
            raise NotGenuine("the signature is wrong")
        return Notice("order", **json.loads(body))

    async def _call(self, method: str, path: str, content: object = None) -> Any:
        """ChannelDown: it had no effect. InDoubt: it may have had one."""
        url, headers, timeout_s = self._settings.url + path, {"x-token": self._token}, self._settings.timeout_s
        try:
            reply = await self._client.request(method, url, json=content, headers=headers, timeout=timeout_s)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise ChannelDown(f"the shop cannot be reached: {error}; check the url") from error
        except httpx2.HTTPError as error:
            raise InDoubt(f"no answer: {error!r}") from error
        if reply.status_code in (401, 429, 503):
            throttle = Throttle(float(reply.headers.get("retry-after", 0)))
            raise ChannelDown(f"not let in: {reply.status_code} {reply.text}", throttle)
        if reply.status_code != 200:
            raise InDoubt(f"it failed: {reply.status_code} {reply.text}")
        return reply.json()


def seen(order: Mapping[str, Any]) -> SeenOrder:
    """An order in the hub's words. Pure, so that it can be tested without a shop."""
    changed_at, placed_at = (datetime.fromisoformat(order[name]) for name in ("changed_at", "placed_at"))
    lines = [SeenLine("1", order["sku"], order["units"])]
    parcels = [Parcel("1", {"1": order["units"]}, shipped_at=changed_at)] if order["sent"] else []
    state = "closed" if order["sent"] else "open" if order["units"] else "cancelled"
    return SeenOrder(order["id"], changed_at, placed_at, lines, state, parcels=parcels)
