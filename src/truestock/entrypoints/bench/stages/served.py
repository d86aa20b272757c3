"""A `truestock serve` of its own process over a stage's database."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import perf_counter, sleep

from truestock.entrypoints.bench.figures.result import BenchFailed
from truestock.entrypoints.bench.stages.stage import Stage

READY_WITHIN_S = 30.0
SERVE = "from truestock.entrypoints.cli import main; main()"


@dataclass(slots=True)
class Served:
    """Where it listens, and the process it is."""

    host: str
    port: int
    pid: int
    scratch: Path
    notes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Of its root."""
        return f"http://{self.host}:{self.port}"

    def memory_mb(self) -> float:
        """What the server's Python process holds, its peak included."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        return 0.0


@contextmanager
def serving(stage: Stage) -> Iterator[Served]:
    """A server that is ready; stopped at the end as Ctrl-C would."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    log = stage.home / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, "serve"],
            env={**os.environ, "TRUESTOCK_DATABASE_URL": stage.url, "TRUESTOCK_DATA_DIR": str(stage.home),
                 "TRUESTOCK_HOST": "127.0.0.1", "TRUESTOCK_PORT": str(port), "TRUESTOCK_LOG_LEVEL": "warning"},
            stdout=output, stderr=output,
        )  # fmt: skip
    served = Served("127.0.0.1", port, process.pid, stage.home)
    try:
        _wait(served, process, log)
        yield served
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(served: Served, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = perf_counter() + READY_WITHIN_S
    while not _ready(served):
        if process.poll() is not None or perf_counter() > deadline:
            raise BenchFailed(f"the server did not start: {log.read_text(errors='replace')[-1000:]}")
        sleep(0.05)


def _ready(served: Served) -> bool:
    with suppress(OSError, HTTPException), closing(HTTPConnection(served.host, served.port, timeout=2)) as conn:
        conn.request("GET", "/ready")
        return conn.getresponse().status == 200
    return False
