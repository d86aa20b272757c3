"""webhooks: signed messages of channels, accepted at a steady rate while orders are sold and numbers are pushed."""

import asyncio
import json
import time
from pathlib import Path
from time import perf_counter, time_ns

from truestock.connectors.generic.signing import key_of, signed
from truestock.entrypoints.bench.channels.sink import sink_of
from truestock.entrypoints.bench.channels.syncing import CHANNELS, SECRET, Shown, connect_all, fill, sell, wait_for
from truestock.entrypoints.bench.figures.result import BenchFailed, Result, Sample, mid, result_of, sample_of
from truestock.entrypoints.bench.load import ROUNDS
from truestock.entrypoints.bench.stages.served import Served, serving
from truestock.entrypoints.bench.stages.stage import server_of, stage_on
from truestock.entrypoints.bench.stages.world import World, channel

MESSAGES_PER_S = 500
CONNECTIONS = 16
LISTINGS = 1_000
SALES_PER_S = 50


def webhooks(seconds: float, parent: Path | None = None, listings: int = LISTINGS) -> Result:
    """The time from sending a message to its answer, which comes after it is kept; orders are read meanwhile."""
    shown = Shown()
    with (
        server_of(parent) as server,
        stage_on(server, "bench", World(), made=True) as stage,
        sink_of(shown.hear) as sink,
    ):
        fill(stage, listings, CHANNELS)
        connect_all(stage, sink, CHANNELS, orders="read")
        with serving(stage) as served:
            wait_for(shown, listings)
            rounds = [asyncio.run(_round(served, shown, listings, seconds / ROUNDS)) for _ in range(ROUNDS)]
        with stage.hub.db.transaction() as conn:
            ((kept,),) = conn.execute("SELECT count(*) FROM notice").fetchall()
    if kept != sum(r.count for r in rounds):
        raise BenchFailed(f"{sum(r.count for r in rounds)} messages were accepted, and {kept} are kept")
    return result_of(
        "webhooks",
        rounds,
        figures={"rate_per_s": mid(r.rate_per_s for r in rounds), "p99_ms": mid(r.p99_ms for r in rounds)},
        measured={"kept": kept, "calls_to_channels": sink.calls},
    )


async def _round(served: Served, shown: Shown, listings: int, seconds: float) -> Sample:
    async with asyncio.TaskGroup() as group:
        selling = group.create_task(sell(served, shown, listings, seconds, SALES_PER_S))
        heard = await _tell(served, seconds)
        await selling
    return heard


async def _tell(served: Served, seconds: float) -> Sample:
    """So many messages a second, whatever the answers take."""
    total = max(CONNECTIONS, int(seconds * MESSAGES_PER_S))
    key, tag = key_of(SECRET), f"{time_ns():x}"
    latencies: list[float] = []
    begun = perf_counter()

    async def teller(first: int) -> None:
        reader, writer = await asyncio.open_connection(served.host, served.port)
        for n in range(first, total, CONNECTIONS):
            due = begun + n / MESSAGES_PER_S
            await asyncio.sleep(max(0.0, due - perf_counter()))
            body = json.dumps({"type": "order.changed", "id": f"{tag}-{n}"}).encode()
            headers = signed(key, f"{tag}-{n}", int(time.time()), body)
            lines = [f"{name}: {value}" for name, value in headers.items()]
            path = f"/v1/hooks/{channel(1 + n % CHANNELS)}"
            head = [f"POST {path} HTTP/1.1", f"Host: {served.host}", f"Content-Length: {len(body)}", *lines]
            writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            _, _, rest = answer.lower().partition(b"content-length:")
            said = await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
            if not answer.startswith(b"HTTP/1.1 200"):
                raise BenchFailed(f"a message was answered {answer[:15]!r}: {said[:200]!r}")
            latencies.append(perf_counter() - due)
        writer.close()

    async with asyncio.TaskGroup() as group:
        for first in range(CONNECTIONS):
            group.create_task(teller(first))
    return sample_of(latencies, perf_counter() - begun)
