"""A shop's server as a process that ends with the tests, whichever way they end."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.real.installed import node

READY_S = 90.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    """What a shop's process knows of the world: nothing of ours, and a home of its own."""
    home = str(folder)
    return {"PATH": os.defpath, "HOME": home, "XDG_CONFIG_HOME": home, "NODE_ENV": "production", **given}


def run(folder: Path, script: list[str], given: Mapping[str, str]) -> None:
    """Run a script to its end."""
    with subprocess.Popen(
        [node(), *script], cwd=folder, env=environment(folder, given), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        said = process.stdout.read()
        status = process.wait(READY_S)
    assert status == 0, said[-4000:]


@contextmanager
def running(folder: Path, script: list[str], given: Mapping[str, str], health: str) -> Iterator[None]:
    """A server that answers at `health`, until the block ends; its own words go to a file beside it."""
    log = folder / "log"
    with (
        log.open("w") as words,
        subprocess.Popen(
            [node(), *script], cwd=folder, env=environment(folder, given), stdin=subprocess.PIPE, stdout=words,
            stderr=words,
        ) as process,
    ):  # fmt: skip
        try:
            _wait(process, health, log)
            yield
        finally:
            process.kill()


def _wait(process: "subprocess.Popen[bytes]", health: str, log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(health, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise AssertionError(f"the shop did not start: {log.read_text()[-4000:]}")
