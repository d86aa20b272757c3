"""A store that keeps stock and answers as WooCommerce's REST v3 does, over HTTP on loopback, with its faults.

What the dumped routes and schemas do not allow, asked or answered, is kept in the contract's `violations`."""

import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qsl, urlsplit

from tests.connectors.counterparts.woocommerce_contract import PREFIX, Contract, Json
from tests.connectors.counterparts.woocommerce_orders import Sales

KEY, SECRET = "ck_test", "cs_test"
VARIATIONS = re.compile(r"/products/(\d+)/variations/batch")
LISTED = re.compile(r"/products/(\d+)/variations")
OF_A_VARIATION = ["id", "sku", "manage_stock", "stock_quantity"]
NO_ROUTE = {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}
Answer = tuple[int, Json | list[Json], dict[str, str]]


class Faults:
    """What goes wrong next, each once (`throttle_next`: so often), after `spare` more calls went well."""

    def __init__(self) -> None:
        self.spare = 0
        self.drop_before_effect = False
        self.hang_after_effect = False
        self.throttle_next = 0
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None


class Store:
    """One store: its products, and its own ways."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.faults = Faults()
        self.url = ""
        self.calls: list[str] = []
        self.products: dict[int, Json] = {}
        self.may_write = True
        self.manages_stock = True
        self.batch_limit = 100
        self.page = 0  # products on a page of a list; 0: as many as are asked for
        self.entry_errors: dict[int, Json] = {}
        self.lock = threading.Lock()
        self.released = threading.Event()
        self._ids = count(12)
        self._images = count(900)
        self.sales = Sales(contract, self.products)

    def put(self, sku: str, stock: int | None = 0, *, parent: int = 0, type: str = "simple") -> int:  # noqa: A002
        """A product, or a variation of `parent`; stock None: not managed."""
        number = next(self._ids)
        self.products[number] = {
            "id": number,
            "sku": sku,
            "type": "variation" if parent else type,
            "parent_id": parent,
            "manage_stock": stock is not None,
            "stock_quantity": stock,
        }
        return number

    def shown(self, sku: str) -> int | None:
        """What buyers see of a SKU."""
        return next((one["stock_quantity"] for one in self.products.values() if one["sku"] == sku), None)

    def order(self, sku: str, units: int) -> None:
        """An order is in process, which lowers the stock by itself."""
        next(one for one in self.products.values() if one["sku"] == sku)["stock_quantity"] -= units

    def answer(self, method: str, path: str, query: dict[str, str], body: Json | None, auth: str) -> Answer:
        """The answer to one call."""
        self.contract.asked(method, PREFIX + "/wc/v3" + path, query, body)
        if auth != "Basic " + b64encode(f"{KEY}:{SECRET}".encode()).decode():
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if method == "POST" and not self.may_write:
            message = "The API key provided does not have write permissions."
            return _error(401, "woocommerce_rest_authentication_error", message)
        if (method, path) == ("GET", "/products"):
            if "include" in query:
                asked = [self.products[int(number)] for number in query["include"].split(",")]
                return 200, [self._told(one, query["_fields"].split(",")) for one in asked], {}
            return self._found(query) if "sku" in query else self._listed(0, query)
        if method == "GET" and (listed := LISTED.fullmatch(path)):
            return self._listed(int(listed[1]), query)
        if (method, path) == ("GET", "/system_status"):
            environment = {"version": "8.4.0", "site_url": "https://shop.example"}
            return 200, {"environment": environment, "settings": {"currency": "EUR"}}, {}
        if path.startswith(("/orders", "/webhooks")):
            return self.sales.answer(method, path, query, body)
        of_parent = VARIATIONS.fullmatch(path)
        if method == "POST" and (of_parent or path == "/products/batch"):
            return self._batch(int(of_parent[1]) if of_parent else 0, (body or {}).get("update", []))
        return 404, NO_ROUTE, {}

    def _found(self, query: dict[str, str]) -> Answer:
        """By SKU, split at commas and also whole, in any case, among products and variations alike."""
        asked = {part.lower() for part in [*query["sku"].split(","), query["sku"]]}
        hits = [one for one in self.products.values() if one["sku"].lower() in asked]
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        fields = query["_fields"].split(",")
        part = [self._told(one, fields) for one in hits[(page - 1) * size : page * size]]
        return 200, part, {"X-WP-Total": str(len(hits)), "X-WP-TotalPages": str(-(-len(hits) // size))}

    def _listed(self, parent: int, query: dict[str, str]) -> Answer:
        """Products, or the variations of one, in the order of their numbers."""
        if parent and parent not in self.products:
            return _error(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
        hits = [one for one in self.products.values() if one["parent_id"] == parent]
        size, page = self.page or int(query["per_page"]), int(query.get("page", "1"))
        fields = query["_fields"].split(",")
        part = []
        for one in hits[(page - 1) * size : page * size]:
            described = {"attributes": [{"id": 1, "name": "Size", "option": "M"}]} if parent else {"name": "Cotton tee"}
            told = {**self._told(one, [f for f in fields if not (parent and f == "type")]), **described}
            self.contract.answered(told)
            part.append(told)
        return 200, part, {"X-WP-Total": str(len(hits)), "X-WP-TotalPages": str(-(-len(hits) // size))}

    def _batch(self, parent: int, entries: list[Json]) -> Answer:
        if len(entries) > self.batch_limit:
            message = f"Unable to accept more than {self.batch_limit} items for this request."
            return _error(413, "woocommerce_rest_request_entity_too_large", message)
        done = [self._update(parent, entry) for entry in entries]
        return 200, {"update": done} if done else [], {}

    def _update(self, parent: int, entry: Json) -> Json:
        one = self.products.get(entry["id"])
        if wrong := self.entry_errors.get(entry["id"]):
            return {"id": entry["id"], "error": wrong}
        if one is None or one["parent_id"] != parent:
            kind = "product_variation" if parent else "product"
            error = _error(404, f"woocommerce_rest_{kind}_invalid_id", "Invalid ID.")[1]
            return {"id": entry["id"], "error": error}
        one |= {name: value for name, value in entry.items() if name not in ("id", "stock_quantity", "images")}
        if "images" in entry:
            one["images"] = [self._image(one.get("images", []), given) for given in entry["images"]]
        if self.manages_stock and one["manage_stock"] is True and "stock_quantity" in entry:
            one["stock_quantity"] = entry["stock_quantity"]
        return self._told(one, OF_A_VARIATION if parent else list(one))

    def _image(self, known: list[Json], given: Json) -> Json:
        """One that is there, with other words perhaps, or a copy of one elsewhere."""
        for image in known:
            if image["id"] == given.get("id"):
                return {**image, **given}
        return self.image(given["src"], given["alt"])

    def image(self, source: str, alt: str = "") -> Json:
        """A copy of an image among the store's own files."""
        number = next(self._images)
        return {"id": number, "src": f"https://shop.example/{number}/{source.rpartition('/')[2]}", "alt": alt}

    def images(self, product: int) -> list[tuple[str, str]]:
        """The images of a product in their order, by the names of their files, with their words."""
        return [(image["src"].rpartition("/")[2], image["alt"]) for image in self.products[product]["images"]]

    def _told(self, one: Json, fields: list[str]) -> Json:
        whole = one if self.manages_stock else {**one, "manage_stock": False, "stock_quantity": None}
        told = {name: value for name, value in whole.items() if name in fields}
        self.contract.answered(told)
        return told


def _error(status: int, code: str, message: str) -> tuple[int, Json, dict[str, str]]:
    return status, {"code": code, "message": message, "data": {"status": status}}, {}


@contextmanager
def served(store: Store) -> Iterator[Store]:
    """The store while it answers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._do(None)

        def do_POST(self) -> None:
            self._do(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _do(self, body: Json | None) -> None:
            with store.lock:
                spared, store.faults.spare = store.faults.spare > 0, max(0, store.faults.spare - 1)
                faults = Faults() if spared else store.faults
                drop, faults.drop_before_effect = faults.drop_before_effect, False
                hang, faults.hang_after_effect = faults.hang_after_effect, False
                if drop:
                    self.close_connection = True
                    return
                status, answer, headers = self._answer(body, faults)
            if hang:
                store.released.wait(10)
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"content-length": str(len(answer)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def _answer(self, body: Json | None, faults: Faults) -> tuple[int, bytes, dict[str, str]]:
            url = urlsplit(self.path)
            store.calls.append(f"{self.command} {url.path}")
            if faults.throttle_next:
                faults.throttle_next -= 1
                return 429, b"Too Many Requests", {"retry-after": "0"}
            refused, faults.status = faults.status, None
            instead, faults.body = faults.body, None
            if refused is not None:
                return refused, instead or b"<html>refused</html>", faults.headers
            if not url.path.startswith(PREFIX + "/wc/v3/"):
                return 404, b"<html>Page not found</html>", {}
            path, query = url.path.removeprefix(PREFIX + "/wc/v3"), dict(parse_qsl(url.query))
            status, answer, headers = store.answer(
                self.command, path, query, body, self.headers.get("authorization", "")
            )
            return status, instead or json.dumps(answer).encode(), headers

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        store.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield store
        finally:
            store.released.set()
            server.shutdown()
            thread.join()
