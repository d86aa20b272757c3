"""A hub in a process that is killed at work: it writes every answer out at once, and stops at a failure.

Reads its plan when it is told to begin; `begin` tells it to, and `answers` gives what it has said."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from subprocess import PIPE

import msgspec

from tests.concurrency.crowd import ROOT, Call, decoded
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings

CALLERS = 48
Process = subprocess.Popen[str]


def spare(stack: ExitStack) -> Process:
    """A process that waits for its plan; it does not outlive the stack."""
    command = [sys.executable, "-m", "tests.concurrency.casualty"]
    process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True))
    stack.callback(process.kill)
    return process


def begin(process: Process, url: str, calls: Sequence[Call]) -> None:
    """Let it work; returns with the first answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([url, [asdict(call) for call in calls]]) + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == "working\n"


def answers(process: Process) -> dict[int, dict[str, object]]:
    """What it has answered before it ended, by the place of the call in the plan; half a line is no answer."""
    assert process.stdout is not None
    lines = process.stdout.read().splitlines(keepends=True)
    return dict(json.loads(line) for line in lines if line.endswith("\n"))


async def _work(hub: Hub, calls: Iterator[tuple[int, Call]]) -> None:
    async def caller() -> None:
        for n, call in calls:
            handler, command = decoded(call)
            (answer,) = await hub.call(handler, [command])
            if isinstance(answer, Exception):
                return
            os.write(1, json.dumps([n, msgspec.to_builtins(answer)]).encode() + b"\n")

    await asyncio.gather(*(caller() for _ in range(CALLERS)))


def main() -> None:
    """One casualty."""
    url, plan = json.loads(sys.stdin.readline())
    with open_hub(Settings(database_url=url, request_deadline_s=3)) as hub:
        os.write(1, b"working\n")
        asyncio.run(_work(hub, iter(list(enumerate(Call(**call) for call in plan)))))


if __name__ == "__main__":
    main()
