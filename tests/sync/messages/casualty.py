"""A messenger in a process of its own, to be killed with a mail in hand."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sync.messages.conftest import messenger
from truestock.store.database import Database
from truestock.sync.messages.alerts.outbox import Alerts
from truestock.sync.messages.messenger import Shoppers

ROOT = Path(__file__).parents[3]


@contextmanager
def at_work(url: str, smtp_url: str, lease_s: float, box: str = "shoppers") -> Iterator["subprocess.Popen[bytes]"]:
    """The process; it does not outlive the block."""
    command = [sys.executable, "-m", "tests.sync.messages.casualty", url, smtp_url, str(lease_s), box]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def main() -> None:
    """One casualty."""
    with Database(sys.argv[1]) as db:
        url, lease_s = sys.argv[2], float(sys.argv[3])
        if sys.argv[4] == "alerts":
            messenger(db, url, Alerts(), lease_s=lease_s).start()
        else:
            messenger(db, url, Shoppers(), lease_s=lease_s).start()
        time.sleep(60)


if __name__ == "__main__":
    main()
