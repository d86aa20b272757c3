"""What sources' files call items and locations."""

from typing import Annotated

from fastapi import Depends

from truestock.catalog.listings.aliases import (
    ITEM_ALIASES,
    LOCATION_ALIASES,
    ItemAliasDraft,
    LocationAliasDraft,
    StoredItemAlias,
    StoredLocationAlias,
)
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

router = Router("aliases", CATALOG)
reader = Router("aliases", READ)


@reader.get("/v1/item-aliases")
def list_item_aliases(hub: TheHub, page: ThePage, source: str) -> Rows[StoredItemAlias]:
    """A source's names of items."""
    return rows_of(ITEM_ALIASES.list(hub.db, source, page.after, page.limit))


@router.post("/v1/item-aliases")
def put_item_aliases(
    drafts: Annotated[list[ItemAliasDraft], Depends(Lines(ItemAliasDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Say which items a source means by its names."""
    return answers_of(ITEM_ALIASES.put(hub.db, drafts, how))


@router.delete("/v1/item-aliases")
def remove_item_alias(source: str, alias: str, hub: TheHub) -> LineAnswer:
    """Forget a source's name of an item."""
    return answer_of(ITEM_ALIASES.remove(hub.db, [(source, alias)]))


@reader.get("/v1/location-aliases")
def list_location_aliases(hub: TheHub, page: ThePage, source: str) -> Rows[StoredLocationAlias]:
    """A source's names of locations."""
    return rows_of(LOCATION_ALIASES.list(hub.db, source, page.after, page.limit))


@router.post("/v1/location-aliases")
def put_location_aliases(
    drafts: Annotated[list[LocationAliasDraft], Depends(Lines(LocationAliasDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Say which locations a source means by its names."""
    return answers_of(LOCATION_ALIASES.put(hub.db, drafts, how))


@router.delete("/v1/location-aliases")
def remove_location_alias(source: str, alias: str, hub: TheHub) -> LineAnswer:
    """Forget a source's name of a location."""
    return answer_of(LOCATION_ALIASES.remove(hub.db, [(source, alias)]))
