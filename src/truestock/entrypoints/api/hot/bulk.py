"""POST /v1/orders/bulk: many orders in one call, each atomic with its own key and its own answer."""

from typing import Annotated

import msgspec
from msgspec import Meta

from truestock.bootstrap import Hub
from truestock.core.problems import Problem
from truestock.entrypoints.api.front.call import ORDERS, Call, Caller
from truestock.entrypoints.api.front.wire import check_media, decode, read_body
from truestock.entrypoints.api.hot.answers import problem_in, status_of
from truestock.entrypoints.api.operate.tally import Tally
from truestock.entrypoints.api.problems import Document, document_of
from truestock.entrypoints.api.problems.surface import Refused, TooLarge
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderResult

ORDERS_MAX = 10_000


class OrdersInBulk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Orders, each with its own channel and ref."""

    orders: Annotated[list[NewOrder], Meta(min_length=1, max_length=ORDERS_MAX)]


class OrderAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the order would have been answered alone: its HTTP status, and the order or the problem."""

    status: int
    order: OrderResult | None = None
    problem: Document | None = None


class BulkAnswer(msgspec.Struct, frozen=True):
    """One answer an order, in their order; HTTP says 207 when any of them was not granted."""

    granted: int
    refused: int
    answers: list[OrderAnswer]


_orders = msgspec.json.Decoder(OrdersInBulk)
_encode = msgspec.json.Encoder().encode


class PlaceOrders:
    """Hands all orders to the lane at once; they share its transactions with everybody else's."""

    def __init__(self, hub: Hub, tally: Tally) -> None:
        self._hub = hub
        self._tally = tally

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        call.caller.require(ORDERS)
        check_media(call.content_type)
        settings = self._hub.settings
        orders: list[NewOrder] = decode(_orders, await read_body(call.receive, settings.body_max_bytes)).orders
        if (lines := sum(len(order.lines) for order in orders)) > settings.bulk_max_lines:
            raise TooLarge(f"{lines} lines in one call; send at most {settings.bulk_max_lines}")
        answers = [_refused(problem) if problem else None for problem in _not_theirs(call.caller, orders)]
        open_ones = [n for n, answer in enumerate(answers) if answer is None]
        commands = [Reserve(orders[n], call.caller.actor) for n in open_ones]
        for n, found in zip(open_ones, await self._hub.call(reserve, commands), strict=True):
            problem = problem_in(found)
            self._tally.refused_orders += isinstance(problem, Refused)
            answers[n] = OrderAnswer(status_of(found), order=found) if problem is None else _refused(problem)
        told = [answer for answer in answers if answer is not None]
        granted = sum(answer.problem is None for answer in told)
        body = _encode(BulkAnswer(granted, len(told) - granted, told))
        return 200 if granted == len(told) else 207, body


def _not_theirs(caller: Caller, orders: list[NewOrder]) -> list[Problem | None]:
    return [caller.channel_problem(order.channel) for order in orders]


def _refused(problem: Problem) -> OrderAnswer:
    return OrderAnswer(problem.status, problem=document_of(problem))
