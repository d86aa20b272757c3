"""What the hot figure is held against, in the same run: PostgreSQL alone, our own use case ungathered, and Redis."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter, sleep

from truestock.bootstrap import Hub
from truestock.entrypoints.bench.figures.result import BenchFailed, Sample, sample_of
from truestock.entrypoints.bench.load import MakeOrder
from truestock.entrypoints.bench.stages.stage import Stage
from truestock.ledger.desk import Desk
from truestock.orders.reserve import Reserve, reserve
from truestock.store.database import errors_translated
from truestock.store.errors import Busy, Duplicate

CLIENTS = (1, 2, 4, 8, 16, 32, 64)
CONNECTIONS = 32
REDIS_CLIENTS = 50
CHECK_AND_DECREMENT = (
    "local n = tonumber(redis.call('GET', KEYS[1])) "
    "if n >= tonumber(ARGV[1]) then return redis.call('DECRBY', KEYS[1], ARGV[1]) end return -1"
)


class PgBench:
    """Updates of one hot row by PostgreSQL's own bench: check and decrement, no ledger, no order."""

    def __init__(self, stage: Stage) -> None:
        beside = stage.server.cluster.binaries.folder / "pgbench"
        self._program = str(beside) if beside.is_file() else program("pgbench")
        self._url = stage.url
        self._script = stage.home / "hot_row.sql"
        self._script.write_text("UPDATE bench_hot SET qty = qty - 1 WHERE id = 1 AND qty >= 1;\n")
        with stage.hub.db.transaction() as conn:
            conn.execute("CREATE TABLE bench_hot (id integer PRIMARY KEY, qty bigint NOT NULL) WITH (fillfactor = 50)")
            conn.execute("INSERT INTO bench_hot VALUES (1, 1000000000)")

    def rate(self, clients: int, seconds: int) -> float:
        """Transactions a second."""
        told = subprocess.run(
            [self._program, "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
             "-T", str(seconds), "-f", str(self._script), self._url],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = re.search(r"^tps = ([\d.]+)", told.stdout, re.MULTILINE)
        if not found:
            raise BenchFailed(f"pgbench failed: {told.stderr.strip()[-500:]}")
        return float(found[1])

    def best_clients(self) -> int:
        """How many clients are best for it; a second each."""
        return max(CLIENTS, key=lambda clients: self.rate(clients, 1))


def one_per_request(hub: Hub, make_order: MakeOrder, seconds: float) -> Sample:
    """Our own use case with a transaction for each order, over many connections."""
    numbers = count()
    end = perf_counter() + seconds

    def caller(_: int) -> list[float]:
        latencies: list[float] = []
        conn = hub.db.connect()
        desk = Desk(conn, hub.rules)
        try:
            while perf_counter() < end:
                command = Reserve(make_order(next(numbers)), "bench")
                asked = perf_counter()
                _until_done(hub, desk, command)
                latencies.append(perf_counter() - asked)
        finally:
            desk.conn.close()
        return latencies

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        found = [latency for latencies in pool.map(caller, range(CONNECTIONS)) for latency in latencies]
    return sample_of(found, seconds)


def _until_done(hub: Hub, desk: Desk, command: Reserve) -> None:
    while True:
        try:
            with errors_translated():
                reserve(desk, [command])
        except (Busy, Duplicate):  # as the lane would: another has the rows, or drew the same number
            desk.conn.close()
            desk.conn = hub.db.connect()
        else:
            return


def bare_insert(hub: Hub, times: int = 300) -> float:
    """Milliseconds (p50) of an INSERT that commits by itself, through the same driver."""
    conn = hub.db.connect()
    try:
        conn.execute("CREATE TABLE IF NOT EXISTS bench_bare (n integer)")
        latencies = []
        for n in range(times):
            begun = perf_counter()
            conn.execute("INSERT INTO bench_bare VALUES (%s)", [n], prepare=True)
            latencies.append(perf_counter() - begun)
    finally:
        conn.close()
    return sample_of(latencies, sum(latencies)).p50_ms


def program(name: str) -> str:
    """The full path of a program. Raises BenchFailed."""
    found = shutil.which(name)
    if found is None:
        raise BenchFailed(f"there is no {name} on PATH")
    return found


def redis_found() -> bool:
    """Whether Redis and its bench are on PATH."""
    return all(map(shutil.which, ("redis-server", "redis-cli", "redis-benchmark")))


@contextmanager
def private_redis(home: Path) -> Iterator[Path]:
    """A Redis of our own on a socket, each write synced to disk before its answer."""
    folder = home / "redis"
    folder.mkdir()
    socket = folder / "redis.sock"
    server = subprocess.Popen(
        [program("redis-server"), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder),
         "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = perf_counter() + 10
        while not socket.exists():
            if perf_counter() > deadline:
                raise BenchFailed("redis-server did not start")
            sleep(0.05)
        subprocess.run(
            [program("redis-cli"), "-s", str(socket), "SET", "hot", "1000000000"], check=True, capture_output=True
        )
        yield socket
    finally:
        server.terminate()
        server.wait()


def redis_rate(socket: Path, seconds: float) -> float:
    """Check-and-decrement scripts a second: a short run says how many fill the time, the next one is measured."""
    guess = _redis_run(socket, 5_000)
    return _redis_run(socket, max(5_000, int(guess * seconds)))


def _redis_run(socket: Path, times: int) -> float:
    told = subprocess.run(
        [program("redis-benchmark"), "-s", str(socket), "-c", str(REDIS_CLIENTS), "-n", str(times), "--csv",
         "EVAL", CHECK_AND_DECREMENT, "1", "hot", "1"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    # The last line is the test's; the script stands in its first field, commas and all.
    numbers = re.findall(r'"([\d.]+)"', told.strip().splitlines()[-1])
    if not numbers:
        raise BenchFailed(f"redis-benchmark failed: {told[-500:]}")
    return float(numbers[0])
