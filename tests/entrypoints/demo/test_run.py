"""The demo as a process: it is stopped, or killed, and goes on the next time."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.clocks import PATIENCE_S, until
from tests.served import PROGRAM
from truestock.ledger.proof import check
from truestock.reporting.lists import list_orders
from truestock.store.database import Database

Process = subprocess.Popen[str]


@contextmanager
def demo(database_url: str) -> Iterator[tuple[Process, str, str]]:
    """The process, its address, and what it has said so far."""
    with subprocess.Popen(
        [*PROGRAM, "demo", "--port", "0", "--database-url", database_url],
        env={**os.environ, "TRUESTOCK_LOG_LEVEL": "error", "TRUESTOCK_SHUTDOWN_GRACE_S": "120"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        said = ""
        while "Ctrl-C" not in said:
            line = process.stderr.readline()
            said += line
            assert line, said
        address = re.search(r"http://[\d.:]+", said)
        assert address
        try:
            yield process, address.group(), said
        finally:
            process.kill()


def waiting(database_url: str) -> int:
    """Orders of which nothing has left."""
    with Database(database_url) as db:
        return len(list_orders(db, state="open", limit=1_000).rows)


def sell(database_url: str, orders: int) -> None:
    until(lambda: waiting(database_url), lambda found: found >= orders, every_s=0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_once_though_somebody_watches_and_no_order_is_left_waiting(
    database_url: str, number: signal.Signals
) -> None:
    with demo(database_url) as (process, address, said):
        assert "opens its doors" in said
        assert "GR-1 of PO-NEW" in httpx2.get(f"{address}/receiving").text
        assert "NEW-1" in httpx2.get(f"{address}/discrepancies").text
        with httpx2.stream("GET", f"{address}/live/stream") as page:
            assert next(page.iter_lines())
            sell(database_url, 1)
            begun = time.monotonic()
            process.send_signal(number)
            assert process.stderr
            rest = process.stderr.read()
        assert (process.wait(PATIENCE_S), "Traceback" in rest, "Bye." in rest) == (0, False, True)
        assert time.monotonic() - begun < PATIENCE_S
    assert waiting(database_url) == 0


def test_killed_it_goes_on_the_next_time_and_sends_off_what_waited(database_url: str) -> None:
    with demo(database_url) as (process, _, _):
        sell(database_url, 3)
        process.kill()
        process.wait()
    left_behind = waiting(database_url)
    assert left_behind >= 3
    with demo(database_url) as (process, _, said):
        assert "goes on with the stock it has" in said
        assert f"{left_behind} parcels still waited" in said
        sell(database_url, 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    assert waiting(database_url) == 0
    with Database(database_url) as db:
        assert {law: found for law, found in check(db) if found} == {}


def test_a_port_that_is_taken_is_said_before_anything_is_made(database_url: str) -> None:
    with demo(database_url) as (_, address, _):
        port = address.rpartition(":")[2]
        second = subprocess.run(
            [*PROGRAM, "demo", "--port", port, "--database-url", database_url],
            capture_output=True, text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
    assert second.returncode == 1
    assert f"port {port} cannot be used" in second.stderr
