"""What a page was asked for by its address, and the pages that show what is asked for and nothing else."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from truestock.entrypoints.web.static_files import version

TEXT_MAX: Final = 200
Render = Callable[..., Response]


def text_in(request: Request, name: str) -> str | None:
    """The text of a field, cut to what a code can have; None where nothing stands in it."""
    return request.query_params.get(name, "").strip().replace("\0", "")[:TEXT_MAX] or None


class AskedPage:
    """The page of a name: its template is shown with what `shown` reads for a request. `render` makes a response of a
    template and its values, `open_alerts` counts those for the menu."""

    def __init__(
        self, name: str, shown: Callable[[Request], dict[str, Any]], render: Render, open_alerts: Callable[[], int]
    ) -> None:
        self._name = name
        self._shown = shown
        self._render = render
        self._open_alerts = open_alerts

    @property
    def route(self) -> Route:
        """What a server has to route here."""
        return Route(f"/{self._name}", self._page, include_in_schema=False)

    async def _page(self, request: Request) -> Response:
        shown = await asyncio.to_thread(self._read, request)
        return self._render(f"{self._name}.html", page=self._name, version=version(), **shown)

    def _read(self, request: Request) -> dict[str, Any]:
        return {**self._shown(request), "open_alerts": self._open_alerts()}
