"""The ASGI application of a hub: the front with its hot endpoints, and the framework with everything else behind it."""

import asyncio
import gc
import logging
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from truestock import __version__
from truestock.bootstrap import Hub
from truestock.catalog.keys import KeyRing
from truestock.core.problems import Problem
from truestock.entrypoints.api.docs.pages import PAGES
from truestock.entrypoints.api.framework.openapi import TITLE, document
from truestock.entrypoints.api.front.dispatch import Front
from truestock.entrypoints.api.front.gate import Gate
from truestock.entrypoints.api.hot.endpoints import HOT_DOCS, hot_endpoints
from truestock.entrypoints.api.hot.streams.feed import Feed
from truestock.entrypoints.api.operate.one_core import OneCore
from truestock.entrypoints.api.operate.tally import Tally
from truestock.entrypoints.api.problems import encoded
from truestock.entrypoints.api.problems.surface import InvalidFields, MethodNotAllowed, NoSuchPath
from truestock.entrypoints.api.routes import ROUTERS
from truestock.store.errors import StoreError

log = logging.getLogger(__name__)


def application(hub: Hub, *, on_loopback: bool = True, pages: Iterable[BaseRoute] = ()) -> Front:
    """An application that serves a hub; `pages` are further routes, behind the same gate.

    With `on_loopback` false nothing is answered without an API key."""
    gate = Gate(KeyRing(hub.db), on_loopback=on_loopback)
    tally = Tally()
    app = FastAPI(
        title=TITLE,
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    stopping = asyncio.Event()
    app.state.hub, app.state.tally, app.state.gate = hub, tally, gate
    app.state.feed = Feed(hub, stopping)
    # The routes as they are: the framework's own way of including routers builds each of them a second time.
    app.router.routes += [*(route for router in ROUTERS for route in router.routes), *PAGES, *pages]
    paths = description()["paths"]
    app.state.methods = {doc.path: ", ".join(sorted(paths[doc.path])).upper() for doc in HOT_DOCS}

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, object]:
        return description()

    for kind in (Problem, StoreError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _problem)
    return Front(app, hot_endpoints(hub, tally), gate, tally, stopping)


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document, which is the same for every hub."""
    return document(ROUTERS, HOT_DOCS)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep keys and changes fresh, and what is made by now out of the collector's way: it would stop the sales."""
    gate: Gate = app.state.gate
    hub: Hub = app.state.hub
    keeping = [asyncio.create_task(gate.keep()), asyncio.create_task(app.state.feed.run())]
    if hub.settings.one_core:
        keeping.append(asyncio.create_task(OneCore([threading.get_native_id(), hub.lane.thread_id]).keep()))
    keeping.append(asyncio.create_task(asyncio.to_thread(_warm_up, hub)))
    hub.publisher.on_change(lambda _: hub.channels.wake())
    hub.publisher.start()
    hub.channels.start()
    hub.jobs.start()
    hub.webhooks.start()
    hub.messages.start()
    hub.alerts.start()
    hub.alert_messages.start()
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        await asyncio.to_thread(hub.publisher.stop)
        await asyncio.to_thread(hub.channels.stop)
        await asyncio.to_thread(hub.jobs.stop)
        await asyncio.to_thread(hub.webhooks.stop)
        await asyncio.to_thread(hub.messages.stop)
        await asyncio.to_thread(hub.alerts.stop)
        await asyncio.to_thread(hub.alert_messages.stop)
        await hub.door.close()
        with suppress(StoreError):
            await asyncio.to_thread(gate.ring.note_use)


def _warm_up(hub: Hub) -> None:
    try:
        hub.warm_up()
    except StoreError as fault:
        log.warning("books are not read ahead: %s", fault)


async def _problem(request: Request, error: Exception) -> Response:
    path = request.url.path
    allowed: str | None = None
    if isinstance(error, HTTPException):
        # The framework does not know the methods of the hot endpoints.
        allowed = request.app.state.methods.get(path) or (error.headers or {}).get("Allow")
    status, body, headers = encoded(_in_our_words(error, allowed), path)
    response = Response(body, status)
    response.raw_headers += headers
    if allowed is not None:
        response.headers["allow"] = allowed
    return response


def _field(place: Sequence[str | int]) -> str:
    """Where the framework found a fault, as the parameter's name; one of several values as sku[0]."""
    _, name, *rest = place
    return f"{name}" + "".join(f"[{n}]" for n in rest)


def _in_our_words(error: Exception, allowed: str | None) -> Exception:
    """The framework's own refusals as problems."""
    if isinstance(error, RequestValidationError):
        return InvalidFields([(_field(fault["loc"]), fault["msg"]) for fault in error.errors()])
    if isinstance(error, HTTPException):
        if allowed is not None:
            return MethodNotAllowed(f"this path takes {allowed}")
        if error.status_code == 404:
            return NoSuchPath("no endpoint has this path; /docs lists them")
    return error
