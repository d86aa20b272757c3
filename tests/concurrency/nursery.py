"""Processes for tests: each is forked from one that has imported the program, which by itself takes a second."""

import multiprocessing
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

Process = BaseProcess
_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload(["tests.concurrency.casualty"])


def born(stack: ExitStack, work: Callable[..., None], *given: Any) -> tuple[Process, Connection]:
    """A process that does this work with one end of a pipe, and the other end; it does not outlive the stack."""
    ours, theirs = _NURSERY.Pipe()
    stack.enter_context(ours)
    with theirs:
        process = _NURSERY.Process(target=work, args=(theirs, *given))
        process.start()
    stack.callback(_end, process)
    return process, ours


def _end(process: Process) -> None:
    process.kill()
    process.join()
    process.close()
