"""The account over HTTP on loopback, with the faults of a network; Amazon's hosts lead there, or to the queue."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2

from tests.connectors.counterparts.amazon import DOCUMENTS, Account, Faults
from tests.connectors.counterparts.amazon_contract import Json

API = "sellingpartnerapi-na.amazon.com"
LOGIN = "api.amazon.com"
CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "amzn1.application-oa2-client.1", "amzn1.oa2-cs.v1.1", "Atzr|test"
SECRETS = {"client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN}
OF_SELLER = {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN}
OF_APPLICATION = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
GRANTLESS = {"getDestinations", "createDestination"}


class ServedAccount:
    """An account, its port, and the tokens that are good."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.port = 0
        self.grants = 0
        self.grant_s = 3600
        self.good: dict[str, bool] = {}


class Redirected(httpx2.AsyncHTTPTransport):
    """Sends what is meant for Amazon's hosts to the ports where their counterparts answer."""

    def __init__(self, port: int, queue_port: int = 0) -> None:
        super().__init__()
        self._ports = {API: port, LOGIN: port, urlsplit(DOCUMENTS).hostname: port}
        self._queue_port = queue_port

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """As for any request, only to loopback."""
        assert request.url.scheme == "https"
        is_queue = request.url.host.startswith("sqs.")
        port = self._queue_port if is_queue else self._ports[request.url.host]
        request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=port)
        return await super().handle_async_request(request)


class Handler(BaseHTTPRequestHandler):
    """Answers for the account of its server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world: ServedAccount

    def do_GET(self) -> None:
        self._do(b"")

    def do_POST(self) -> None:
        self._do(self.rfile.read(int(self.headers.get("content-length", "0"))))

    def do_PATCH(self) -> None:
        self.do_POST()

    def do_PUT(self) -> None:
        self.do_POST()

    def _do(self, body: bytes) -> None:
        with self.world.account.lock:
            name = self._name()
            self.world.account.calls.append(name)
            faults = self._faults(name)
            drop, faults.drop_before_effect = faults.drop_before_effect, False
            hang, faults.hang_after_effect = faults.hang_after_effect, False
            if drop:
                self.close_connection = True
                return
            status, answer, headers = self._answer(body, faults)
        if hang:
            self.world.account.released.wait(10)
            self.close_connection = True
            return
        self.send_response(status)
        named = {"content-length": str(len(answer))} if status != 204 else {}
        for header, value in {**named, **headers}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(answer)

    def _name(self) -> str:
        if self.headers["host"] != API:
            return "token" if self.headers["host"] == LOGIN else f"{self.command} document"
        found = self.world.account.contract.route(self.command, urlsplit(self.path).path)
        return found[0].name if found else "unknown"

    def _faults(self, name: str) -> Faults:
        faults = self.world.account.faults
        if faults.of and faults.of != name:
            return Faults()
        if faults.spare:
            faults.spare -= 1
            return Faults()
        return faults

    def _answer(self, body: bytes, faults: Faults) -> tuple[int, bytes, dict[str, str]]:
        if faults.throttle_next:
            faults.throttle_next -= 1
            return 429, b'{"errors":[{"code":"QuotaExceeded","message":"You exceeded your quota."}]}', {}
        refused, faults.status = faults.status, None
        instead, faults.body = faults.body, None
        if refused is not None:
            return refused, instead or b"<html>refused</html>", faults.headers
        if self.headers["host"] == LOGIN:
            status, told = self._grant(dict(parse_qsl(body.decode())))
            return status, instead or json.dumps(told).encode(), {}
        if self.headers["host"] != API:
            return self._document(body, instead)
        status, answer, headers = self._api(body)
        return status, instead or answer, headers

    def _grant(self, form: dict[str, str]) -> tuple[int, Json]:
        if (form.pop("client_id", ""), form.pop("client_secret", "")) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client", "error_description": "Client authentication failed"}
        if form not in (OF_SELLER, OF_APPLICATION):
            return 400, {"error": "invalid_grant", "error_description": "The refresh token is not valid"}
        self.world.grants += 1
        token = f"Atza|{self.world.grants}"
        self.world.good[token] = form == OF_APPLICATION
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": self.world.grant_s}

    def _document(self, body: bytes, instead: bytes | None) -> tuple[int, bytes, dict[str, str]]:
        """A presigned address: it lets in whoever knows it, and nobody who shows a token."""
        id_ = urlsplit(self.path).path.removeprefix("/")
        if "x-amz-access-token" in self.headers or "authorization" in self.headers:
            self.world.account.contract.violations.append("a token was shown to the store of documents")
        if self.command == "PUT":
            if self.headers["content-type"] != "application/json; charset=UTF-8":
                return 403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", {}
            self.world.account.documents[id_] = body
            return 200, b"", {}
        return 200, instead or self.world.account.documents[id_], {}

    def _api(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        url = urlsplit(self.path)
        found = self.world.account.contract.route(self.command, url.path)
        if found is None:
            return 404, b"{}", {}
        route, names = found
        if self.world.good.get(self.headers["x-amz-access-token"]) is not (route.name in GRANTLESS):
            details = "The access token you provided has expired."
            told = {"errors": [{"code": "Unauthorized", "message": "Access is denied.", "details": details}]}
            return 403, json.dumps(told).encode(), {}
        if not self.world.account.allowed(route):
            self.world.account.contract.violations.append(f"{route.name} was called too often")
        query = {name: ",".join(values) for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        asked = json.loads(body) if body else None
        if not self.world.account.contract.asked(route, query, asked):
            return 400, b'{"errors":[{"code":"InvalidInput","message":"Not as the model says."}]}', {}
        status, answer = self.world.account.answer(route, names, query, asked or {})
        told_rate = {"x-amzn-RateLimit-Limit": str(self.world.account.rates.get(route.name, route.plan[0]))}
        return status, b"" if answer is None else json.dumps(answer).encode(), told_rate

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def served(account: Account) -> Iterator[ServedAccount]:
    """The account while it answers."""
    world = ServedAccount(account)
    handler = type("HandlerOfAccount", (Handler,), {"world": world})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        world.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield world
        finally:
            account.released.set()
            server.shutdown()
            thread.join()
