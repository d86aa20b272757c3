"""POST /v1/orders: soft allocation at "buy"."""

import msgspec

from truestock.bootstrap import Hub
from truestock.entrypoints.api.front.call import ORDERS, Call
from truestock.entrypoints.api.front.wire import check_media, decode, read_body
from truestock.entrypoints.api.hot.answers import problem_in, status_of
from truestock.entrypoints.api.hot.deadlines import Deadlines
from truestock.entrypoints.api.operate.tally import Tally
from truestock.entrypoints.api.problems.surface import Refused
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import NewOrder, OrderResult

_order = msgspec.json.Decoder(NewOrder)
_encode = msgspec.json.Encoder().encode


class PlaceOrder:
    """Reserves one order; 201 when it is new, 200 when its key was answered before."""

    def __init__(self, hub: Hub, tally: Tally) -> None:
        self._hub = hub
        self._tally = tally
        self._limit = hub.settings.body_max_bytes
        self._deadlines = Deadlines(hub.settings.request_deadline_s)

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        caller = call.caller
        caller.require(ORDERS)
        check_media(call.content_type)
        order: NewOrder = decode(_order, await read_body(call.receive, self._limit))
        caller.require_channel(order.channel)
        (waiting,) = self._hub.lane.submit(reserve, (Reserve(order, caller.actor),))
        answer = await self._deadlines.watch(waiting)
        if (problem := problem_in(answer)) is not None:
            self._tally.refused_orders += isinstance(problem, Refused)
            raise problem
        assert isinstance(answer, OrderResult)
        return status_of(answer), _encode(answer)
