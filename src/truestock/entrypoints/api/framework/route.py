"""How a route of the framework takes and gives bodies: decoded and encoded like the hot endpoints', and documented."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from typing import Annotated, Any, get_type_hints

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from truestock.bootstrap import Hub
from truestock.entrypoints.api.front.call import Call
from truestock.entrypoints.api.front.wire import check_media, decode, read_body

_encode = msgspec.json.Encoder().encode


def hub_of(request: Request) -> Hub:
    """The hub that the application serves."""
    hub: Hub = request.app.state.hub
    return hub


def call_of(request: Request) -> Call:
    """The call as the front made it."""
    call: Call = request.scope["state"]["call"]
    return call


TheHub = Annotated[Hub, Depends(hub_of)]
TheCall = Annotated[Call, Depends(call_of)]


class Needs:
    """A dependency: the caller has this scope, and is bound to no channel unless the route minds that itself."""

    def __init__(self, scope: str, by_channel: bool) -> None:
        self.scope = scope
        self._by_channel = by_channel

    def __call__(self, call: TheCall) -> None:
        call.caller.require(self.scope)
        if not self._by_channel:
            call.caller.require_unbound()


class Body:
    """A dependency: the body, decoded as this type. Goes into `Annotated[T, Depends(Body(T))]`."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape
        self._decoder = msgspec.json.Decoder(shape)

    async def __call__(self, request: Request, hub: TheHub, call: TheCall) -> Any:
        check_media(call.content_type)
        return decode(self._decoder, await read_body(request.receive, hub.settings.body_max_bytes))


class Route(APIRoute):
    """A route whose answer is encoded as what its function says it returns."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        gives = get_type_hints(endpoint)["return"]
        self.gives: Any = None if isinstance(gives, type) and issubclass(gives, Response) else gives
        options["response_model"] = None
        status = options.get("status_code") or 200
        super().__init__(path, _answering(endpoint, status), **options)

    def dependencies_of(self, kind: type) -> list[Any]:
        """The dependencies of a kind, those of the router too."""
        found = [dependant.call for dependant in self.dependant.dependencies]
        return [call for call in found if isinstance(call, kind)]


class Router(APIRouter):
    """A part of the API whose routes need a scope; with `by_channel` keys that are bound to a channel may call too."""

    def __init__(self, tag: str, scope: str | None = None, *, by_channel: bool = False) -> None:
        needs: Sequence[Any] = [] if scope is None else [Depends(Needs(scope, by_channel))]
        super().__init__(route_class=Route, tags=[tag], dependencies=needs)


def _answering(endpoint: Callable[..., Any], status: int) -> Callable[..., Any]:
    if iscoroutinefunction(endpoint):

        @wraps(endpoint)
        async def later(*args: Any, **kwargs: Any) -> Response:
            return _answer(await endpoint(*args, **kwargs), status)

        return later

    @wraps(endpoint)
    def now(*args: Any, **kwargs: Any) -> Response:
        return _answer(endpoint(*args, **kwargs), status)

    return now


def _answer(value: Any, status: int) -> Response:
    """A value as JSON; one that has an `http_status` says its status itself."""
    if isinstance(value, Response):
        return value
    return Response(_encode(value), getattr(value, "http_status", status), media_type="application/json")
