"""Many connections that ask a server at once: wrk where it is installed, otherwise plain clients of our own."""

import asyncio
import json
import shutil
import subprocess
from importlib import resources
from itertools import count
from time import perf_counter, time_ns

import uvloop

from truestock.entrypoints.bench.figures.result import BenchFailed, Sample, sample_of
from truestock.entrypoints.bench.stages.served import Served
from truestock.entrypoints.bench.stages.world import channel, sku

NO_WRK = (
    "wrk is not installed (on Debian: apt-get install wrk), so clients in Python asked instead; "
    "they take most of a core, and the figures are lower for it"
)
ECHO = "/v1/echo?n=1"


def measure_http(served: Served, connections: int, seconds: float, *, skus: int, channels: int) -> Sample:
    """One round of orders over some SKUs, or with none of them of echoes. Every answer must be a success."""
    if program := shutil.which("wrk"):
        return _wrk(program, served, connections, seconds, skus, channels)
    if NO_WRK not in served.notes:
        served.notes.append(NO_WRK)
    return uvloop.run(_ask(served, connections, seconds, skus, channels))


def _wrk(program: str, served: Served, connections: int, seconds: float, skus: int, channels: int) -> Sample:
    folder = resources.files(__package__)
    parts = ["told.lua", "orders.lua"] if skus else ["told.lua"]
    script = served.scratch / f"{'orders' if skus else 'echo'}.lua"
    script.write_text("\n".join(folder.joinpath(part).read_text() for part in parts))
    path = "/v1/orders" if skus else ECHO
    told = subprocess.run(
        [program, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(script), served.url + path,
         "--", f"{time_ns():x}", str(skus), str(channels)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    _, mark, line = told.stdout.rpartition("TOLD ")
    if not mark:
        raise BenchFailed(f"wrk failed: {(told.stderr or told.stdout)[-500:]}")
    found = json.loads(line)
    if found["errors"]:
        raise BenchFailed(f"{found['errors']} of {found['count']} requests were not answered as they should")
    rate = round(found["count"] / found["seconds"], 1)
    return Sample(rate, round(found["p50_ms"], 3), round(found["p99_ms"], 3), found["count"])


async def _ask(served: Served, connections: int, seconds: float, skus: int, channels: int) -> Sample:
    latencies: list[float] = []
    numbers = count()
    tag = f"{time_ns():x}"
    begun = perf_counter()

    def request() -> bytes:
        if not skus:
            return f"GET {ECHO} HTTP/1.1\r\nHost: {served.host}\r\n\r\n".encode()
        n = next(numbers)
        order = {
            "channel": channel(1 + n % channels),
            "ref": f"{tag}-{n}",
            "lines": [{"sku": sku(1 + n * 7919 % skus)}],
        }
        body = json.dumps(order)
        return (
            f"POST /v1/orders HTTP/1.1\r\nHost: {served.host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(served.host, served.port)
        try:
            while (asked := perf_counter()) < begun + seconds or not latencies:
                writer.write(request())
                await _answer(reader)
                latencies.append(perf_counter() - asked)
        finally:
            writer.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(client())
    return sample_of(latencies, perf_counter() - begun)


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, rest = head.partition(b"content-length:")
    body = await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
    if not head.startswith(b"http/1.1 2"):
        raise BenchFailed(f"a request was answered {head[:15]!r}: {body[:300]!r}")
