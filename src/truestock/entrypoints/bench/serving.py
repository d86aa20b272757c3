"""reserve-http and reserve-bulk: a real server process, asked over real sockets."""

import json
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, time_ns

from truestock.entrypoints.bench.clients import measure_http
from truestock.entrypoints.bench.figures.result import BenchFailed, Result, Sample, mid, result_of, sample_of
from truestock.entrypoints.bench.load import ROUNDS
from truestock.entrypoints.bench.stages.served import serving
from truestock.entrypoints.bench.stages.stage import stage_of
from truestock.entrypoints.bench.stages.world import World, channel, sku

CONNECTIONS = 256
ECHO_S = 1.0
BULK_ORDERS = 5_000


def reserve_http(seconds: float, parent: Path | None = None, items: int = 10_000) -> Result:
    """Full reserves over HTTP, beside the same server's echo: one hot SKU, and spread over many."""
    world = World(items=items)
    hot: list[Sample] = []
    echo: list[Sample] = []
    spread: list[Sample] = []
    with stage_of(world, parent) as stage, serving(stage) as served:
        for _ in range(ROUNDS):
            hot.append(measure_http(served, CONNECTIONS, seconds / ROUNDS, skus=1, channels=world.channels))
            echo.append(measure_http(served, CONNECTIONS, min(ECHO_S, seconds), skus=0, channels=0))
            spread.append(measure_http(served, CONNECTIONS, seconds / ROUNDS, skus=items, channels=world.channels))
        memory = served.memory_mb()
        notes = served.notes
    rate, echoed = mid(s.rate_per_s for s in hot), mid(s.rate_per_s for s in echo)
    return result_of(
        "reserve-http",
        hot,
        figures={"rate_per_s": rate},
        ratios={"of_echo": rate / echoed},
        measured={
            "echo_per_s": echoed,
            "spread_per_s": mid(s.rate_per_s for s in spread),
            "spread_p99_ms": mid(s.p99_ms for s in spread),
            "server_memory_mb": memory,
        },
        notes=notes,
    )


def reserve_bulk(seconds: float, parent: Path | None = None, items: int = 10_000, orders: int = BULK_ORDERS) -> Result:
    """Lines a second through the bulk endpoint, one call of many orders after another, over many SKUs."""
    world = World(items=items)
    with (
        stage_of(world, parent) as stage,
        serving(stage) as served,
        closing(HTTPConnection(served.host, served.port, timeout=60)) as conn,
    ):
        bulk = _Bulk(conn, world, orders)
        bulk.call()
        rounds = [bulk.round(seconds / ROUNDS) for _ in range(ROUNDS)]
    rate = mid(s.rate_per_s for s in rounds)
    return result_of("reserve-bulk", rounds, figures={"rate_per_s": rate}, measured={"lines_a_call": orders})


class _Bulk:
    """Calls of so many orders of one line; latencies are of whole calls."""

    def __init__(self, conn: HTTPConnection, world: World, orders: int) -> None:
        self._conn = conn
        self._world = world
        self._orders = orders
        self._calls = 0
        self._tag = f"{time_ns():x}"

    def call(self) -> None:
        """One call; every order must be granted."""
        self._calls += 1
        world, first = self._world, self._calls * self._orders
        orders = [
            {
                "channel": channel(1 + n % world.channels),
                "ref": f"{self._tag}-{n}",
                "lines": [{"sku": sku(1 + n * 7919 % world.items)}],
            }
            for n in range(first, first + self._orders)
        ]
        self._conn.request(
            "POST", "/v1/orders/bulk", json.dumps({"orders": orders}), {"Content-Type": "application/json"}
        )
        answer = self._conn.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise BenchFailed(f"a bulk call was answered {answer.status}: {body[:300]!r}")

    def round(self, seconds: float) -> Sample:
        """Call until the time is over, at least twice."""
        latencies: list[float] = []
        begun = last = perf_counter()
        while last < begun + seconds or len(latencies) < 2:
            self.call()
            now = perf_counter()
            latencies.append(now - last)
            last = now
        calls = sample_of(latencies, last - begun)
        rate = round(calls.count * self._orders / (last - begun), 1)
        return Sample(rate, calls.p50_ms, calls.p99_ms, calls.count * self._orders, self._orders)
