"""A server as a process: it says where it is, and ends on a signal, streams open or not."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.clocks import PATIENCE_S

PROGRAM = """
from truestock.bootstrap import open_hub
from truestock.config import settings
from truestock.entrypoints.api.serve import serve

with open_hub(settings()) as hub:
    serve(hub, ready=lambda url: print(url, flush=True))
print("closed", flush=True)
"""


@contextmanager
def running(database_url: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    environment = {"TRUESTOCK_DATABASE_URL": database_url, "TRUESTOCK_PORT": "0", "TRUESTOCK_SHUTDOWN_GRACE_S": "120"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_server_with_an_open_stream_and_closes_its_hub(database_url: str, number: int) -> None:
    with running(database_url) as (process, url), httpx2.stream("GET", f"{url}/v1/changes/stream") as response:
        assert url.startswith("http://127.0.0.1:")
        assert next(response.iter_lines())
        process.send_signal(number)
        assert process.stdout is not None
        assert process.stdout.read().endswith("closed\n")
        assert process.wait(PATIENCE_S) == 0
