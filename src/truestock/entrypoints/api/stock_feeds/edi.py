"""What warehouses and partners are told by X12: each answer is one interchange, under a number of its own."""

from typing import Annotated

from fastapi import Depends, Response

from truestock.entrypoints.api.framework.route import Body, Router, TheHub
from truestock.entrypoints.api.front.call import ORDERS, STOCK
from truestock.entrypoints.api.stock_feeds.mapping import Interchanges
from truestock.feeds.stock.partners.write import ExpectedReceipt, ShipOrder, StockReport, write

router = Router("edi", STOCK)
orders = Router("edi", ORDERS)


@orders.post("/v1/edi/940", response_class=Interchanges)
def ship_order(asked: Annotated[ShipOrder, Depends(Body(ShipOrder))], hub: TheHub) -> Response:
    """Write a 940: a location shall ship what an order is promised there, to the address that its channel has told.

    Nothing is booked. The header `control` is our number of the interchange."""
    return _answer(hub, asked)


@router.post("/v1/edi/943", response_class=Interchanges)
def expected_receipt(asked: Annotated[ExpectedReceipt, Depends(Body(ExpectedReceipt))], hub: TheHub) -> Response:
    """Write a 943: what is still to come of a purchase order or a transfer to a location."""
    return _answer(hub, asked)


@router.post("/v1/edi/846", response_class=Interchanges)
def stock_report(asked: Annotated[StockReport, Depends(Body(StockReport))], hub: TheHub) -> Response:
    """Write an 846: what lies at a location (QTY 17), and what of it nobody was promised (QTY 33)."""
    return _answer(hub, asked)


def _answer(hub: TheHub, asked: ShipOrder | ExpectedReceipt | StockReport) -> Response:
    written = write(hub.db, asked)
    return Interchanges(written.content, headers={"control": str(written.control)})
