"""The machine that figures are of, and the settings by which its PostgreSQL keeps what it answered."""

import os
import platform
from contextlib import suppress
from pathlib import Path

import msgspec

from truestock.entrypoints.bench.stages.stage import Stage

SHOWN = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "wal_segment_size",
    "shared_buffers",
)


class Machine(msgspec.Struct, frozen=True):
    """Names the machine; `load` is what others did to it while the bench began."""

    cpu: str
    cores: int
    memory_mb: int
    system: str
    python: str
    file_system: str
    load: float
    postgresql: dict[str, str]


def machine_of(stage: Stage) -> Machine:
    """The machine a stage stands on."""
    with stage.hub.db.transaction() as conn:
        settings = {name: str(conn.execute(f"SHOW {name}").fetchall()[0][0]) for name in SHOWN}
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 0,
        memory_mb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        file_system=_file_system(stage.home),
        load=round(os.getloadavg()[0], 2),
        postgresql=settings,
    )


def _cpu() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _file_system(folder: Path) -> str:
    """The type of the file system under a folder; on tmpfs a durable commit costs nothing, and figures say nothing."""
    found = ("", "unknown")
    with suppress(OSError):
        for line in Path("/proc/mounts").read_text().splitlines():
            _, place, kind, *_ = line.split()
            if folder.resolve().is_relative_to(place) and len(place) >= len(found[0]):
                found = (place, kind)
    return found[1]
