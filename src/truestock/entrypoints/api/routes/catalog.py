"""Where stock lies and who sells it: locations, bins, channels, listings."""

from typing import Annotated

from fastapi import Depends

from truestock.catalog import channels, listings, locations
from truestock.core.problems import NotFound
from truestock.entrypoints.api.framework.route import Router, TheHub
from truestock.entrypoints.api.framework.shapes import (
    Answers,
    LineAnswer,
    Lines,
    Rows,
    TheHow,
    ThePage,
    answer_of,
    answers_of,
    rows_of,
)
from truestock.entrypoints.api.front.call import CATALOG, READ

router = Router("catalog", CATALOG)
reader = Router("catalog", READ)
Links = Annotated[list[channels.ChannelLocationDraft], Depends(Lines(channels.ChannelLocationDraft))]


@reader.get("/v1/locations")
def list_locations(hub: TheHub, page: ThePage) -> Rows[locations.StoredLocation]:
    """Locations by code."""
    return rows_of(locations.list_locations(hub.db, page.after, page.limit))


@router.post("/v1/locations")
def put_locations(
    drafts: Annotated[list[locations.LocationDraft], Depends(Lines(locations.LocationDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make or change locations."""
    return answers_of(locations.put_locations(hub.db, drafts, how))


@reader.get("/v1/locations/{code:path}")
def read_location(code: str, hub: TheHub) -> locations.StoredLocation:
    """A location."""
    found = locations.read_locations(hub.db, [code]).get(code)
    if found is None:
        raise NotFound("location", code, "code")
    return found


@reader.get("/v1/bins")
def list_bins(hub: TheHub, page: ThePage, location: str) -> Rows[locations.StoredBin]:
    """The bins of a location by code."""
    return rows_of(locations.list_bins(hub.db, location, page.after, page.limit))


@router.post("/v1/bins")
def put_bins(
    drafts: Annotated[list[locations.BinDraft], Depends(Lines(locations.BinDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make bins, or move them to another zone of their location."""
    return answers_of(locations.put_bins(hub.db, drafts, how))


@reader.get("/v1/channels")
def list_channels(hub: TheHub, page: ThePage) -> Rows[channels.StoredChannel]:
    """Channels by code, each with its locations in its order."""
    return rows_of(channels.list_channels(hub.db, page.after, page.limit))


@router.post("/v1/channels")
def put_channels(
    drafts: Annotated[list[channels.ChannelDraft], Depends(Lines(channels.ChannelDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make or change channels."""
    return answers_of(channels.put_channels(hub.db, drafts, how))


@reader.get("/v1/channels/{code:path}")
def read_channel(code: str, hub: TheHub) -> channels.StoredChannel:
    """A channel."""
    found = channels.read_channels(hub.db, [code]).get(code)
    if found is None:
        raise NotFound("channel", code, "code")
    return found


@router.post("/v1/channel-locations")
def put_channel_locations(drafts: Links, hub: TheHub, how: TheHow) -> Answers:
    """Let channels sell from locations; the others of a channel stay."""
    return answers_of(channels.put_channel_locations(hub.db, drafts, how))


@router.delete("/v1/channel-locations")
def end_channel_location(channel: str, location: str, hub: TheHub) -> LineAnswer:
    """Stop a channel selling from a location."""
    return answer_of(channels.end_channel_locations(hub.db, [(channel, location)]))


@reader.get("/v1/listings")
def list_listings(
    hub: TheHub, page: ThePage, channel: str | None = None, item: str | None = None, search: str | None = None
) -> Rows[listings.StoredListing]:
    """Listings of a channel, taking an item (itself or in a kit), or with a text in them."""
    return rows_of(listings.list_listings(hub.db, channel, item, search, page.after_id, page.limit))


@router.post("/v1/listings")
def put_listings(
    drafts: Annotated[list[listings.ListingDraft], Depends(Lines(listings.ListingDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make or change listings: how a channel sells an item, a pack or a bundle."""
    return answers_of(listings.put_listings(hub.db, drafts, how))


@router.delete("/v1/listings")
def end_listing(channel: str, sku: str, hub: TheHub) -> LineAnswer:
    """Stop a channel selling a listing."""
    return answer_of(listings.end_listings(hub.db, [(channel, sku)]))
