"""A small shop that speaks the REST of `docs/connectors/generic.md` over real HTTP, and can be made to misbehave.

It runs in the event loop of the test that opens it. Signatures are judged by the reference library of Standard
Webhooks, which shares no code with the hub."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "Y291bnRlcnBhcnQtb2YtdHJ1ZXN0b2NrLXRlc3Rz"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came in."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that goes out; a body of bytes goes as it is."""

    status: int
    body: Json | bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Faults:
    """What goes wrong, until it is switched off again; the numbers count down by themselves."""

    throttle_next: int = 0
    throttle_status: int = 429
    retry_after: str = "7"
    hang_after_effect: int = 0
    break_after_effect: int = 0
    drip_after_effect: int = 0  # an answer that comes a byte at a time, for ever
    fail_after_effect: int = 0  # 500, though the lines were written
    reject: set[str] = field(default_factory=set)
    put_off: set[str] = field(default_factory=set)
    ignore: set[str] = field(default_factory=set)  # says applied, and shows what it showed
    leave_out: set[str] = field(default_factory=set)  # writes the line, and says nothing of it
    answer: Said | None = None  # instead of its own, and with no effect


class Shop:
    """Keeps `stock` by SKU; SKUs that are not in it are not its own."""

    def __init__(
        self,
        stock: dict[str, int],
        *,
        compare: Literal["no", "value", "sequence"] = "no",
        later: bool = False,
        bearer: str = "",
    ) -> None:
        self.stock = dict(stock)
        self.compare = compare
        self.later = later
        self.bearer = bearer
        self.barcodes: dict[str, str] = {}
        self.faults = Faults()
        self.seen: list[Seen] = []
        self.writes: Counter[str] = Counter()
        self.tickets: dict[str, Json] = {}
        self.orders: dict[str, Json] = {}
        self.fees: list[Json] = []
        self.page = 20
        self.between: Callable[[], None] | None = None
        self.parcels: Counter[str] = Counter()
        self._changes: list[str] = []
        self._revs: dict[str, int] = {}
        self._done: dict[str, Json] = {}
        self._port = 0
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    @property
    def url(self) -> str:
        """Where it answers, also while it is down."""
        return f"http://127.0.0.1:{self._port}/hub"

    async def up(self) -> None:
        """Answer; after `down`, at the same address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Refuse connections, and break those that are open."""
        assert self._server
        self._server.close()
        ending = [task for task in self._connections.values() if task is not None]
        for writer in self._connections:
            writer.transport.abort()
        await asyncio.gather(*ending)
        await self._server.wait_closed()

    def sell(self, sku: str, quantity: int) -> None:
        """Sell over its own counter, and lower its own number at once."""
        self.stock[sku] -= quantity

    def finish(self) -> None:
        """Carry out what was only accepted."""
        for ticket in self.tickets.values():
            if ticket["status"] == "accepted":
                self._write(ticket["line"])
                ticket["status"] = "applied"

    def answer(self, seen: Seen) -> Said:
        """What it says to a request, without any of the faults of the connection."""
        if refusal := self._refused(seen):
            return refusal
        address = urlsplit(seen.target)
        asked = parse_qs(address.query)
        match seen.method, address.path:
            case "POST", "/hub/stock":
                told = [self._line(line) for line in json.loads(seen.body)["lines"]]
                return Said(200, {"results": [line for line in told if line["sku"] not in self.faults.leave_out]})
            case "GET", "/hub/stock":
                known = [sku for sku in asked["sku"] if sku in self.stock]
                return Said(200, {"results": [{"sku": sku, "quantity": self.stock[sku]} for sku in known]})
            case "GET", "/hub/tickets":
                return Said(200, {"results": [self._ticket(key) for key in asked["ticket"] if key in self.tickets]})
            case "GET", "/hub/listings":
                return Said(200, self._listings(int(asked.get("cursor", ["0"])[0])))
            case "GET", "/hub/fees":
                return Said(200, self._fees(int(asked.get("cursor", ["0"])[0])))
            case "GET", "/hub/health":
                return Said(200, {"name": "Corner shop"})
        if address.path.startswith("/hub/orders"):
            return self._orders(seen, address.path.removeprefix("/hub/orders"), asked)
        return Said(404, {"title": "There is no such page"})

    def order(self, order: Json) -> None:
        """An order is made or changed."""
        self.orders[order["id"]] = order
        self._changes.append(order["id"])

    def signed(self, message: Json, at: datetime | None = None, name: str = "msg_1") -> tuple[dict[str, str], bytes]:
        """A message of its own, with the headers that go with it."""
        when, body = at or datetime.now(UTC), json.dumps(message)
        headers = {"webhook-id": name, "webhook-timestamp": str(int(when.timestamp()))}
        return headers | {"webhook-signature": Webhook(SECRET).sign(name, when, body)}, body.encode()

    def _orders(self, seen: Seen, path: str, asked: dict[str, list[str]]) -> Said:
        if seen.method == "POST":
            _, order, what = path.split("/")
            return self._told(unquote(order), what, json.loads(seen.body))
        if "id" in asked:
            return Said(200, {"orders": [self.orders[one] for one in asked["id"] if one in self.orders]})
        if path == "/open":
            known = [one for one, order in self.orders.items() if order.get("status", "open") in ("open", "pending")]
            start = int(asked.get("cursor", ["0"])[0])
        else:
            # Its changes are numbered, and a cursor is the number of the next one; `since` is not looked at.
            known, start = list(self._changes), int(asked.get("cursor", ["0"])[0])
        part = known[start : start + self.page]
        page = {"orders": [self.orders[one] for one in dict.fromkeys(part)], "more": start + self.page < len(known)}
        said = Said(200, {**page, "cursor": str(start + len(part))})
        if self.between:
            self.between()
        return said

    def _told(self, order: str, what: str, told: Json) -> Said:
        """A parcel is known by its id, a cancellation by its key."""
        if order not in self.orders:
            return Said(404, {"detail": f"there is no order {order}"})
        if what == "parcels":
            parcels = self.orders[order].setdefault("parcels", [])
            if all(one["id"] != told["id"] for one in parcels):
                parcels.append(told)
                self.parcels[told["id"]] += 1
            return Said(200, {"status": "applied"})
        if not told["whole"]:
            return Said(200, {"status": "rejected", "reason": "all or nothing"})
        self.orders[order]["status"] = "cancelled"
        return Said(200, {"status": "applied"})

    def _listings(self, start: int) -> Json:
        """All that it sells, two to a page; a dict keeps its order."""
        told = [
            {"sku": sku, "title": f"Our {sku}", "quantity": number, "barcode": self.barcodes.get(sku, "")}
            for sku, number in self.stock.items()
        ]
        end = start + 2
        return {"listings": told[start:end], "cursor": str(end), "more": end < len(told)}

    def _fees(self, start: int) -> Json:
        """What it has settled, two to a page; a cursor is how many were told."""
        part = self.fees[start : start + 2]
        end = start + len(part)
        return {"fees": part, "cursor": str(end), "more": end < len(self.fees)}

    def _refused(self, seen: Seen) -> Said | None:
        try:
            Webhook(SECRET).verify(seen.body, seen.headers, json_parse=False)
        except WebhookVerificationError as error:
            return Said(401, {"error": str(error)})
        if self.bearer and seen.headers.get("authorization") != f"Bearer {self.bearer}":
            return Said(403, {"error": "who are you?"})
        if self.faults.throttle_next:
            self.faults.throttle_next -= 1
            return Said(self.faults.throttle_status, {"error": "slowly"}, {"retry-after": self.faults.retry_after})
        return self.faults.answer

    def _line(self, line: Json) -> Json:
        """What became of a line. Only what had its effect is remembered under the line's key."""
        sku, faults = line["sku"], self.faults
        if line["key"] in self._done:
            return self._done[line["key"]]
        if sku not in self.stock or sku in faults.reject:
            return {"sku": sku, "status": "rejected", "reason": f"we do not carry {sku}"}
        if sku in faults.put_off:
            return {"sku": sku, "status": "later", "reason": "stocktaking"}
        if self._is_stale(line):
            return {"sku": sku, "status": "stale", "quantity": self.stock[sku], "reason": "sold meanwhile"}
        if self.later:
            ticket = f"t-{len(self.tickets) + 1}"
            self.tickets[ticket] = {"status": "accepted", "line": line}
            told = {"sku": sku, "status": "accepted", "ticket": ticket}
        else:
            if sku not in faults.ignore:
                self._write(line)
            told = {"sku": sku, "status": "applied"}
        return self._done.setdefault(line["key"], told)

    def _is_stale(self, line: Json) -> bool:
        if self.compare == "value":
            return line["was"] not in (None, self.stock[line["sku"]])
        return self.compare == "sequence" and line["rev"] <= self._revs.get(line["sku"], 0)

    def _write(self, line: Json) -> None:
        self.stock[line["sku"]] = line["quantity"]
        self._revs[line["sku"]] = line["rev"]
        self.writes[line["key"]] += 1

    def _ticket(self, key: str) -> Json:
        found = self.tickets[key]
        return {"sku": found["line"]["sku"], "status": found["status"], "ticket": key}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections[writer] = asyncio.current_task()
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    seen = await _request(reader)
                    self.seen.append(seen)
                    said = self.answer(seen)
                    if seen.method == "POST" and not await self._delivers(reader, writer):
                        break
                    writer.write(_response(self._failing(seen, said)))
                    await writer.drain()
        finally:
            del self._connections[writer]
            writer.transport.abort()

    async def _delivers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the answer goes out at all; a hanging one ends when the other side has had enough."""
        if self.faults.break_after_effect:
            self.faults.break_after_effect -= 1
            return False
        if self.faults.hang_after_effect:
            self.faults.hang_after_effect -= 1
            await reader.read()
            return False
        if self.faults.drip_after_effect:
            self.faults.drip_after_effect -= 1
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n")
            while not reader.at_eof():
                writer.write(b" ")
                await asyncio.sleep(0.02)
            return False
        return True

    def _failing(self, seen: Seen, said: Said) -> Said:
        if seen.method == "POST" and self.faults.fail_after_effect:
            self.faults.fail_after_effect -= 1
            return Said(500, b"<h1>Oops</h1>")
        return said


@asynccontextmanager
async def opened(shop: Shop) -> AsyncIterator[Shop]:
    """The shop, answering until the block ends."""
    await shop.up()
    try:
        yield shop
    finally:
        await shop.down()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body)


def _response(said: Said) -> bytes:
    body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **said.headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {said.status} Said\r\n{head}\r\n".encode() + body
