"""What eBay says is left of a day's calls, and how fast they may go so that they last. Partly pure."""

from datetime import UTC, datetime
from time import monotonic
from typing import Final

import msgspec

from truestock.connectors.contract.answers import ChannelDown, Throttle
from truestock.connectors.vendors.ebay.calls.transport import EbayApi

PATH: Final = "/developer/analytics/v1_beta/rate_limit/?api_name=inventory&api_context=sell"
LOOK_EVERY_S: Final = 900.0


class Rate(msgspec.Struct, frozen=True):
    """Calls in a span of time."""

    limit: int
    remaining: int
    reset: datetime


class Resource(msgspec.Struct, frozen=True):
    """Calls that are counted together."""

    rates: list[Rate] = []


class ApiLimits(msgspec.Struct, frozen=True):
    """Of one API."""

    resources: list[Resource] = []


class Limits(msgspec.Struct, frozen=True):
    """All that was asked for."""

    apis: list[ApiLimits] = msgspec.field(name="rateLimits", default_factory=list)


class DaysCalls:
    """Asks once in a quarter of an hour; what was told stays good until then."""

    def __init__(self, api: EbayApi, calls_per_s: float) -> None:
        self._api = api
        self._calls_per_s = calls_per_s
        self._look_at = 0.0
        self._told = Throttle()

    async def throttle(self) -> Throttle:
        """What holds now. An application that may not ask keeps its own rate."""
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + LOOK_EVERY_S
            try:
                found = await self._api.read(PATH, Limits)
            except ChannelDown:
                return self._told
            self._told = throttle_of(found, self._calls_per_s, datetime.now(UTC))
        return self._told


def throttle_of(limits: Limits, calls_per_s: float, now: datetime) -> Throttle:
    """The tightest of the rates, spread over the time until it begins anew."""
    rates = [rate for api in limits.apis for resource in api.resources for rate in resource.rates]
    slowest = Throttle(per_s=calls_per_s)
    for rate in rates:
        left_s = max(1.0, (rate.reset - now).total_seconds())
        if rate.remaining <= 0:
            return Throttle(retry_after_s=left_s, per_s=calls_per_s)
        per_s = min(calls_per_s, rate.remaining / left_s)
        if slowest.per_s is None or per_s < slowest.per_s:
            slowest = Throttle(per_s=per_s)
    return slowest
