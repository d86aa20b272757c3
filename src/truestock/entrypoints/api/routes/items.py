"""What is sold: items, their barcodes, kits and lots."""

from typing import Annotated

from fastapi import Depends

from truestock.catalog import barcodes, items, kits, lots
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
reader = Router("catalog", READ, by_channel=True)


@reader.get("/v1/items")
def list_items(
    hub: TheHub, page: ThePage, search: str | None = None, category: str | None = None
) -> Rows[items.StoredItem]:
    """Items by SKU; `search` is any part of the SKU, the name or a barcode."""
    return rows_of(items.list_items(hub.db, search, category, page.after, page.limit))


@router.post("/v1/items")
def put_items(
    drafts: Annotated[list[items.ItemDraft], Depends(Lines(items.ItemDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make or change items."""
    return answers_of(items.put_items(hub.db, drafts, how))


@reader.get("/v1/items/{sku:path}")
def read_item(sku: str, hub: TheHub) -> items.StoredItem:
    """An item with its barcodes and components."""
    found = items.read_items(hub.db, [sku]).get(sku)
    if found is None:
        raise NotFound("item", sku, "sku")
    return found


@router.post("/v1/kits")
def put_kits(
    drafts: Annotated[list[kits.KitDraft], Depends(Lines(kits.KitDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make items kits, or change what they are made of."""
    return answers_of(kits.put_kits(hub.db, drafts, how))


@router.post("/v1/barcodes")
def put_barcodes(
    drafts: Annotated[list[barcodes.BarcodeDraft], Depends(Lines(barcodes.BarcodeDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Give items barcodes."""
    return answers_of(barcodes.put_barcodes(hub.db, drafts, how))


@reader.get("/v1/barcodes/{gtin}")
def read_barcode(gtin: str, hub: TheHub) -> barcodes.StoredBarcode:
    """The item that a GTIN of 8, 12, 13 or 14 digits means."""
    for found in barcodes.find_barcodes(hub.db, [gtin]).values():
        return found
    raise NotFound("barcode", gtin, "gtin")


@router.delete("/v1/barcodes/{gtin}")
def remove_barcode(gtin: str, hub: TheHub) -> LineAnswer:
    """Take a barcode away from its item."""
    return answer_of(barcodes.remove_barcodes(hub.db, [gtin]))


@reader.get("/v1/lots")
def list_lots(hub: TheHub, page: ThePage, item: str) -> Rows[lots.StoredLot]:
    """The lots of an item."""
    return rows_of(lots.list_lots(hub.db, item, page.after_id, page.limit))


@router.post("/v1/lots")
def put_lots(
    drafts: Annotated[list[lots.LotDraft], Depends(Lines(lots.LotDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Make lots, or change their dates."""
    return answers_of(lots.put_lots(hub.db, drafts, how))


@router.post("/v1/lot-holds")
def hold_lots(
    drafts: Annotated[list[lots.HoldDraft], Depends(Lines(lots.HoldDraft))], hub: TheHub, how: TheHow
) -> Answers:
    """Keep lots from being promised: a quality hold, a recall."""
    return answers_of(lots.hold_lots(hub.db, drafts, how))


@router.delete("/v1/lot-holds")
def release_lot(item: str, code: str, hub: TheHub) -> LineAnswer:
    """End the hold of a lot."""
    return answer_of(lots.release_lots(hub.db, [(item, code)]))
