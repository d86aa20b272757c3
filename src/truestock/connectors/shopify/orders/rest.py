"""Reads the rest of an order that has more parts than an answer with many orders has room for."""

from typing import Final, TypeVar

import msgspec

from truestock.connectors.contract.answers import Throttle
from truestock.connectors.shopify.documents import Answer, PageInfo
from truestock.connectors.shopify.orders import documents, mapping
from truestock.connectors.shopify.orders.documents import Fulfillment, Identified, LineItem, MovedLine, Order, Refund
from truestock.connectors.shopify.transport import AdminApi

CALLS_MAX: Final = 100
T = TypeVar("T")
P = TypeVar("P", Fulfillment, Refund)


class TooLong(Exception):
    """An order has more parts than are read, or fewer than it had; the text says so."""


class Rest:
    """Of one order; `calls` counts what it took."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api
        self.calls = 0
        self.told = Throttle()

    async def read(self, order: Order) -> Order:
        """The order with all of its parts. Raises ChannelDown and TooLong."""
        lines = await self._lines(order)
        listed = (await self._ask(documents.PARTS, {"id": order.id}, Answer[documents.PartsData])).order
        if listed is None or documents.PARTS_MAX in (len(listed.fulfillments), len(listed.refunds)):
            raise TooLong(f"it has over {documents.PARTS_MAX} fulfillments or refunds, or has gone")
        sent, refunds = _uncut(order.fulfillments), _uncut(order.refunds)
        for part in _lacking(listed.fulfillments, sent):
            sent[part] = await self._part(part, documents.SENT_PART, Answer[documents.PartData[Fulfillment]])
        for part in _lacking(listed.refunds, refunds):
            refunds[part] = await self._part(part, documents.REFUNDED_PART, Answer[documents.PartData[Refund]])
        return mapping.whole(order, lines, list(sent.values()), list(refunds.values()))

    async def _lines(self, order: Order) -> list[LineItem]:
        lines, page = list(order.line_items.nodes), order.line_items.page_info
        while page.has_next_page:
            given: dict[str, object] = {"id": order.id, "after": page.end_cursor}
            found = (await self._ask(documents.LINES, given, Answer[documents.LinesData])).order
            if found is None:
                raise TooLong("it has gone while it was read")
            lines += found.line_items.nodes
            page = found.line_items.page_info
        return lines

    async def _part(self, gid: str, document: str, form: type[Answer[documents.PartData[P]]]) -> P:
        """All of one fulfillment or refund."""
        nodes: list[MovedLine] = []
        page = PageInfo(has_next_page=True)
        while page.has_next_page:
            part = (await self._ask(document, {"id": gid, "after": page.end_cursor}, form)).node
            nodes += part.lines.nodes
            page = part.lines.page_info
        return msgspec.structs.replace(part, lines=msgspec.structs.replace(part.lines, nodes=nodes))

    async def _ask(self, document: str, given: dict[str, object], form: type[Answer[T]]) -> T:
        if self.calls == CALLS_MAX:
            raise TooLong(f"it is not read within {CALLS_MAX} calls")
        self.calls += 1
        data, self.told = await self._api.read(document, given, form)
        return data


def _uncut(parts: list[P]) -> dict[str, P]:
    return {part.id: part for part in parts if not part.lines.page_info.has_next_page}


def _lacking(listed: list[Identified], known: dict[str, P]) -> list[str]:
    return [part.id for part in listed if part.id not in known]
