"""The PostgreSQL that tests run on, and folders that its account can enter.

TRUESTOCK_TEST_PG=15 takes the system's PostgreSQL of that version instead of the embedded one.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from truestock.store.embedded import Binaries

# The data of a test run dies with it, so nothing waits for the disk. What the tests prove of durability they
# prove by killing processes, which needs no fsync.
FAST = {
    "fsync": "off",
    "min_wal_size": "80MB",
    "max_wal_size": "512MB",
    "shared_buffers": "128MB",
    "max_connections": "200",
}
ROOM_BYTES = 2 << 30  # for three workers' servers, 200 MB each, and some to spare


def binaries_under_test() -> Binaries:
    """The embedded server's, or those of the system's PostgreSQL that TRUESTOCK_TEST_PG names."""
    version = os.environ.get("TRUESTOCK_TEST_PG")
    return Binaries(Path(f"/usr/lib/postgresql/{version}/bin")) if version else Binaries.from_wheel()


def memory() -> Path | None:
    """The folder that lies in memory, where there is one with room for a test run: databases are made there in a third
    of the time."""
    there = Path("/dev/shm")
    return there if there.is_dir() and shutil.disk_usage(there).free > ROOM_BYTES else None


@contextmanager
def temporary_home(parent: Path | None = None) -> Iterator[Path]:
    """A new folder below `parent` (the system's for temporary files), removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="ts-", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
