"""A messenger in a process of its own, to be killed with a mail in hand."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sync.messages.conftest import messenger
from truestock.store.database import Database

ROOT = Path(__file__).parents[3]


@contextmanager
def at_work(url: str, smtp_url: str, lease_s: float) -> Iterator["subprocess.Popen[bytes]"]:
    """The process; it does not outlive the block."""
    command = [sys.executable, "-m", "tests.sync.messages.casualty", url, smtp_url, str(lease_s)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def main() -> None:
    """One casualty."""
    with Database(sys.argv[1]) as db:
        messenger(db, sys.argv[2], lease_s=float(sys.argv[3])).start()
        time.sleep(60)


if __name__ == "__main__":
    main()
