"""Connections: how channels are reached, and how far they are in step. Secrets go in and never come out."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends

from truestock.connections import reached
from truestock.connections.places import Place, places
from truestock.connections.reached import Connection
from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.framework.shapes import Rows
from truestock.entrypoints.api.front.call import ADMIN
from truestock.entrypoints.installed import Connector, installed
from truestock.sync import manage
from truestock.sync.cutover import takeover
from truestock.sync.cutover.takeover import Takeover
from truestock.sync.guards.listing import ComputedGuard, guards_of
from truestock.sync.outbound import Drifted
from truestock.sync.telling.pages import manage as pages
from truestock.sync.telling.pages.manage import PagesStatus

router = Router("connections", ADMIN)


class NewConnection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a channel shall be reached, all of it: what is left out of an earlier connection is forgotten."""

    connector: str
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}


class NewPlaces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The channel's own locations, each with the codes of the locations whose units it shows there."""

    places: dict[str, list[str]]


class Begin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the opening stock was counted; by default as its files said."""

    as_of: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Live(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the channel is to be live whatever stands against it."""

    force: bool = False


class DriftRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    tolerance: int | None = None
    repush: bool | None = None


class PagesSwitch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether titles, texts, images and prices are written to the channel."""

    on: bool


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty object. It has to be sent, so that no web page of somebody else's can send it unasked."""


class Tried(msgspec.Struct, frozen=True):
    """The other side answered; `said` is one line about it."""

    channel: str
    said: str


class ResetDone(msgspec.Struct, frozen=True):
    """How many listings will be sent anew."""

    channel: str
    listings: int


Sent = Annotated[Nothing, Depends(Body(Nothing))]


@router.get("/v1/connectors")
def list_connectors() -> Rows[Connector]:
    """The connectors that are installed, each with the JSON Schema of its settings and what its secrets are."""
    return Rows(installed(), None)


@router.get("/v1/connections")
def list_connections(hub: TheHub) -> Rows[manage.ChannelStatus]:
    """All connected channels by code, with how far each is behind; they come on one page."""
    return Rows(manage.status(hub.db), None)


@router.get("/v1/connections/{channel:path}/cutover")
def read_cutover(channel: str, hub: TheHub) -> Takeover:
    """How far a channel has been taken over: its orders, and its numbers beside ours, the widest differences first."""
    return takeover.report(hub.db, channel)


@router.post("/v1/connections/{channel:path}/cutover")
def begin_cutover(channel: str, body: Annotated[Begin, Depends(Body(Begin))], hub: TheHub) -> Takeover:
    """Take a channel over: its open orders come in, its numbers are compared, and nothing is written to it."""
    return takeover.begin(hub.db, channel, body.as_of)


@router.post("/v1/connections/{channel:path}/live")
def go_live(channel: str, body: Annotated[Live, Depends(Body(Live))], hub: TheHub) -> Takeover:
    """Write to the channel from now on; a conflict says what stands against it, unless it is forced."""
    return takeover.go_live(hub.db, channel, force=body.force)


@router.get("/v1/connections/{channel:path}/places")
def list_places(channel: str, hub: TheHub) -> Rows[Place]:
    """Where the channel's own locations are here; none for a channel that keeps one number a listing."""
    return Rows(places(hub.db, channel), None)


@router.put("/v1/connections/{channel:path}/places")
def put_places(channel: str, body: Annotated[NewPlaces, Depends(Body(NewPlaces))], hub: TheHub) -> Rows[Place]:
    """Say which locations lie at which of the channel's own, all of it; each is then sent its number."""
    return Rows(manage.put_places(hub.db, hub.seal(), channel, body.places), None)


@router.get("/v1/connections/{channel:path}/drift")
def list_drift(channel: str, hub: TheHub) -> Rows[Drifted]:
    """The listings that show another number than the channel acknowledged, as read back last: 100 at most."""
    return Rows(manage.drift(hub.db, channel), None)


@router.get("/v1/connections/{channel:path}/guard")
def read_guards(channel: str, hub: TheHub) -> Rows[ComputedGuard]:
    """Units that the channel may have sold and the hub has not heard of, most first: 500 items at most."""
    return Rows(guards_of(hub.db, channel), None)


@router.put("/v1/connections/{channel:path}/drift")
def set_drift(channel: str, body: Annotated[DriftRule, Depends(Body(DriftRule))], hub: TheHub) -> Connection:
    """Say by how many units the channel may show another number, and whether one changed there is sent again."""
    return reached.set_drift(hub.db, channel, tolerance=body.tolerance, repush=body.repush)


@router.get("/v1/connections/{channel:path}/pages")
def read_pages(channel: str, hub: TheHub) -> PagesStatus:
    """How far the channel's pages are written, if at all, what of them is not, and 100 that it would not take."""
    return pages.status(hub.db, hub.seal(), channel)


@router.put("/v1/connections/{channel:path}/pages")
def switch_pages(channel: str, body: Annotated[PagesSwitch, Depends(Body(PagesSwitch))], hub: TheHub) -> PagesStatus:
    """Have the channel's pages written from now on, behind its stock, or no longer; what was written stays there."""
    return pages.switch(hub.db, hub.seal(), channel, on=body.on)


@router.get("/v1/connections/{channel:path}")
def read_connection(channel: str, hub: TheHub) -> manage.ChannelStatus:
    """How a channel is reached, how far it is behind, and the listings that it would not take."""
    (found,) = manage.status(hub.db, channel)
    return found


@router.put("/v1/connections/{channel:path}")
def put_connection(
    channel: str, body: Annotated[NewConnection, Depends(Body(NewConnection))], hub: TheHub
) -> Connection:
    """Connect a channel, or connect it otherwise; every listing is then sent anew. No answer has the secrets."""
    return manage.connect(hub.db, hub.seal(), channel, body.connector, body.settings, body.secrets)


@router.post("/v1/connections/{channel:path}/test")
def try_connection(channel: str, _: Sent, hub: TheHub) -> Tried:
    """Call the channel without changing anything; a channel that does not answer is a conflict that says why."""
    return Tried(channel, manage.try_connection(hub.db, hub.seal(), channel))


@router.post("/v1/connections/{channel:path}/pause")
def pause(channel: str, _: Sent, hub: TheHub) -> manage.ChannelStatus:
    """Send nothing until it is resumed; what changes meanwhile is sent then."""
    manage.pause(hub.db, channel)
    return read_connection(channel, hub)


@router.post("/v1/connections/{channel:path}/resume")
def resume(channel: str, _: Sent, hub: TheHub) -> manage.ChannelStatus:
    """Go on sending, first what changed meanwhile."""
    manage.resume(hub.db, channel)
    return read_connection(channel, hub)


@router.post("/v1/connections/{channel:path}/reset")
def reset(channel: str, _: Sent, hub: TheHub) -> ResetDone:
    """Have every listing sent anew with the number it has, for a channel that has lost its numbers."""
    done = ResetDone(channel, manage.reset(hub.db, channel))
    hub.channels.wake()
    return done
