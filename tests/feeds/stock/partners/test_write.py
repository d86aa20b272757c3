"""Warehouses and partners are told what the hub knows: each document reads back as what was meant."""

import io
from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec
import pytest
from pydantic import SecretStr

from tests.factories import Shop, ahead
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.connectors.contract.orders import Buyer
from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.feeds.stock.files import FeedRow, Format, Mapping, read
from truestock.feeds.stock.files.edi.x12 import examine
from truestock.feeds.stock.partners.write import ExpectedReceipt, ShipOrder, StockReport, Written, write
from truestock.ledger.documents import Document, DocumentLine, put_document
from truestock.ledger.values import Opening
from truestock.orders.actions import Ship, ShipLine
from truestock.store.database import Database

ENDS: dict[str, Any] = {"sender": "ZZ:HUB", "receiver": "ZZ:WAREHOUSE"}
DOCUMENTS = count(1)


@pytest.fixture(scope="module")
def shop(module_db: Database) -> Iterator[Shop]:
    with open_hub(Settings(database_url=SecretStr(module_db.url))) as hub:
        yield Shop(hub)


def told(shop: Shop, asked: ShipOrder | ExpectedReceipt | StockReport) -> tuple[Written, list[list[str]]]:
    """What is written, and its segments; its envelope is in order."""
    written = write(shop.hub.db, asked)
    (found,) = examine(io.BytesIO(written.content))
    assert (found.sender, found.receiver, int(found.control)) == ("ZZ:HUB", "ZZ:WAREHOUSE", written.control)
    assert not found.troubles
    return written, [segment.split("*") for segment in written.content.decode().replace("\n", "").split("~")]


def of(segments: list[list[str]], *names: str) -> list[list[str]]:
    return [segment for segment in segments if segment[0] in names]


def test_a_940_asks_for_what_is_promised_there_and_has_not_left(shop: Shop) -> None:
    sku, other = shop.item(dc=5, store=20), shop.item(store=9)
    ref = shop.new_ref()
    shop.buy("web", {sku: 7, other: 2}, ref)
    asked = ShipOrder(channel="web", order=ref, location="store", **ENDS)
    written, segments = told(shop, asked)
    assert [(segment[5], segment[1]) for segment in of(segments, "W01")] == [(sku, "7"), (other, "2")]
    assert of(segments, "W05", "W76") == [["W05", "N", ref], ["W76", "9"]]
    assert ["N1", "WH", "", "92", "store"] in segments
    assert written.lines == 2
    shop.do(Ship("web", ref, [ShipLine(1, 2)]))
    assert [segment[5] for segment in of(told(shop, asked)[1], "W01")] == [sku]


def test_a_940_names_the_lot_and_where_the_order_goes(shop: Shop) -> None:
    sku, ref = shop.item(lots=True), shop.new_ref()
    shop.lot(sku, "L-1", ahead(days=300))
    shop.book(Opening(sku=sku, location="dc", qty=4, lot="L-1"))
    shop.buy("web", {sku: 1}, ref)
    buyer = Buyer(name="Ada *L*", street="1 Main St", city="Ulm", region="BW", postcode="89073", country="DE")
    (row,) = shop.read("SELECT part, id, channel FROM orders WHERE ref = %s", ref)
    with shop.hub.db.transaction() as conn:
        told_of = msgspec.json.encode(buyer).decode()
        conn.execute("INSERT INTO buyer VALUES (%s, %s, %s, now(), %s)", (*row, told_of))
    _, segments = told(shop, ShipOrder(channel="web", order=ref, location="dc", **ENDS))
    assert of(segments, "W01")[0][5:] == [sku, "", "", "L-1"]
    assert of(segments, "N1", "N3", "N4")[1:] == [
        ["N1", "ST", "Ada  L"], ["N3", "1 Main St"], ["N4", "Ulm", "BW", "89073", "DE"],
    ]  # fmt: skip


def test_each_document_has_a_number_of_its_own(shop: Shop) -> None:
    shop.item(dc=3)
    asked = StockReport(location="dc", **ENDS)
    assert told(shop, asked)[0].control < told(shop, asked)[0].control


def test_an_846_reads_back_as_what_lies_there(shop: Shop) -> None:
    sku = shop.item(far=12)
    shop.buy("web", {sku: 5})
    on_hand, promised = shop.shelf(sku)["far"]
    written, _ = told(shop, StockReport(location="far", **ENDS))
    for quantity, figure in (("33", on_hand - promised), ("17", on_hand)):
        found = list(read(Format("x12", quantity=quantity), io.BytesIO(written.content), Mapping()))
        rows = {row.fields["sku"]: row.fields for row in found if isinstance(row, FeedRow)}
        assert (rows[sku]["qty"], rows[sku]["location"]) == (str(figure), "far")
        assert len(rows) == len(found) == written.lines


def test_a_943_tells_what_is_still_to_come(shop: Shop) -> None:
    sku, ref = shop.item(), f"PO-{next(DOCUMENTS)}"
    lines = [DocumentLine(sku, 40), DocumentLine(shop.item(), 2, "store")]
    due = ahead(hours=48)
    put_document(shop.hub.db, shop.hub.rules, Document(ref, lines, "", "dc", due), "test")
    written, segments = told(shop, ExpectedReceipt(document=ref, location="dc", **ENDS))
    assert [(s[1], s[5]) for s in of(segments, "W04")] == [("40", sku)]
    assert of(segments, "W06")[0][2:4] == [ref, due.strftime("%Y%m%d")]
    assert written.lines == 1


@pytest.mark.parametrize(
    ("asked", "kind", "field"),
    [
        (ShipOrder(channel="nowhere", order="1", location="dc", **ENDS), NotFound, "channel"),
        (ShipOrder(channel="web", order="none", location="dc", **ENDS), NotFound, "order"),
        (ExpectedReceipt(document="none", location="dc", **ENDS), Conflict, "document"),
        (StockReport(location="nowhere", **ENDS), NotFound, "location"),
    ],
)
def test_what_there_is_not_is_named(shop: Shop, asked: StockReport, kind: type[Problem], field: str) -> None:
    with pytest.raises(kind) as refused:
        write(shop.hub.db, asked)
    assert refused.value.field == field


def test_what_has_left_or_is_of_another_location_is_not_asked_for(shop: Shop) -> None:
    sku, ref = shop.item(dc=5), shop.new_ref()
    shop.buy("web", {sku: 2}, ref)
    with pytest.raises(Conflict, match="nothing of it waits to leave far"):
        write(shop.hub.db, ShipOrder(channel="web", order=ref, location="far", **ENDS))


def test_a_partner_that_x12_cannot_name_is_refused(shop: Shop) -> None:
    shop.item(dc=3)
    with pytest.raises(Invalid, match="write a qualifier"):
        write(shop.hub.db, StockReport(location="dc", sender="HUB1", receiver="ZZ:WAREHOUSE"))
