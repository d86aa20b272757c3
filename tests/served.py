"""`truestock serve` in a process of its own, as an operator starts it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

PROGRAM = [sys.executable, "-c", "from truestock.entrypoints.cli import main; main()"]


@contextmanager
def serving(program: list[str], database_url: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A hub that serves, and its address."""
    with subprocess.Popen(
        [*program, "serve", "--port", "0", "--database-url", database_url],
        env={**os.environ, "TRUESTOCK_LOG_LEVEL": "error"},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        said, address = "", None
        while address is None:
            line = process.stderr.readline()
            said += line
            assert line, said
            address = re.search(r"http://[\d.:]+", line)
        try:
            yield process, address.group()
        finally:
            process.kill()
