"""The routes of the pages: the live page with its rows, explanations and event stream; the other pages; the files."""

import asyncio
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from truestock.bootstrap import Hub
from truestock.entrypoints.web.alerting import AlertPages
from truestock.entrypoints.web.asked import AskedPage
from truestock.entrypoints.web.board import Board
from truestock.entrypoints.web.differing import discrepancies_shown
from truestock.entrypoints.web.live import Live
from truestock.entrypoints.web.receiving import receiving_shown
from truestock.entrypoints.web.static_files import static_files, version
from truestock.entrypoints.web.values import Beside

_SEARCH_MAX = 100
# What the counting page needs besides its own files.
_SCAN = {"app.css", "mark.svg", "theme.js"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The decoder of the camera is compiled code.
_SCAN_POLICY = _POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
_SCAN_PARTS = ("scan/", "vendor/zxing/")
_HEADERS = {
    "content-security-policy": _POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Pages:
    """The pages of one hub, with the demo's old ways beside it if there are any."""

    def __init__(self, hub: Hub, beside: Beside | None = None) -> None:
        self._hub = hub
        self._beside = beside
        self._board = Board(hub.db, hub.rules)
        self._reading = asyncio.Lock()
        self._templates = Environment(
            loader=PackageLoader(__package__), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._alerts = AlertPages(hub.db, self._render)
        self._asked = [
            AskedPage(name, partial(shown, hub.db), self._render, self._alerts.open)
            for name, shown in (("discrepancies", discrepancies_shown), ("receiving", receiving_shown))
        ]
        self._moving = Board(hub.db, hub.rules)
        self.live = Live(self._moving, beside)

    def close(self) -> None:
        """End every stream and give the connections back."""
        self.live.close()
        self._board.close()
        self._moving.close()

    @property
    def routes(self) -> list[Route]:
        """What a server has to route here."""
        return [
            Route("/", self._page, include_in_schema=False),
            Route("/live/rows", self._rows, include_in_schema=False),
            Route("/live/why", self._why, include_in_schema=False),
            Route("/live/stream", self._stream, include_in_schema=False),
            *self._alerts.routes,
            *(page.route for page in self._asked),
            Route("/scan", self._scan, include_in_schema=False),
            Route("/scan-worker.js", self._scan_worker, include_in_schema=False),
            Route("/static/{version}/{path:path}", _static, include_in_schema=False),
        ]

    async def _page(self, request: Request) -> Response:
        search = _search(request)
        async with self._reading:
            rows, more = await asyncio.to_thread(self._board.rows, search)
            channels = await asyncio.to_thread(self._board.channels)
            locations = await asyncio.to_thread(self._board.locations)
        shown = {"q": search, "rows": rows, "more": more, "channels": channels, "locations": locations}
        open_alerts = await asyncio.to_thread(self._alerts.open)
        return self._render("live.html", page="live", version=version(), open_alerts=open_alerts, **shown)

    async def _rows(self, request: Request) -> Response:
        search = _search(request)
        async with self._reading:
            rows, more = await asyncio.to_thread(self._board.rows, search)
        return self._render("rows.html", q=search, rows=rows, more=more)

    async def _why(self, request: Request) -> Response:
        channel, sku = request.query_params.get("channel", ""), request.query_params.get("sku", "")
        async with self._reading:
            why = await asyncio.to_thread(self._board.why, channel, sku)
        return self._render("why.html", why=why) if why else self._render("why_empty.html")

    async def _scan(self, _: Request) -> Response:
        response = self._render("scan.html", version=version())
        response.headers["content-security-policy"] = _SCAN_POLICY
        return response

    async def _scan_worker(self, _: Request) -> Response:
        """What keeps the counting page on a device; another one whenever a file of it is another."""
        files = [
            f"/static/{version()}/{path}" for path in static_files() if path in _SCAN or path.startswith(_SCAN_PARTS)
        ]
        script = self._templates.get_template("scan_worker.js").render(version=version(), files=sorted(files))
        return Response(script, media_type="text/javascript", headers=_HEADERS)

    async def _stream(self, _: Request) -> Response:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self.live.watch(), media_type="text/event-stream", headers=headers)

    def _render(self, name: str, **values: Any) -> Response:
        html = self._templates.get_template(name).render(beside=self._beside, **values)
        return HTMLResponse(html, headers=_HEADERS)


async def _static(request: Request) -> Response:
    file = static_files().get(request.path_params["path"])
    if file is None:
        return Response(status_code=404)
    return Response(file.body, media_type=file.media_type, headers=file.headers)


def _search(request: Request) -> str:
    return request.query_params.get("q", "").strip().replace("\0", "")[:_SEARCH_MAX]
