"""Where a bench plays: a server of its own in a temporary folder, with the settings of production, and an open hub."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from pydantic import SecretStr

from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.entrypoints.bench.stages.world import World, make
from truestock.store.embedded import EmbeddedServer


@dataclass(frozen=True, slots=True)
class Stage:
    """A hub on a fresh database; `home` is a folder that goes with it."""

    home: Path
    server: EmbeddedServer
    url: str
    hub: Hub


@contextmanager
def server_of(parent: Path | None = None) -> Iterator[EmbeddedServer]:
    """A running server in a new folder below `parent` (the system's for temporary files), removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="ts-bench-", dir=parent))
    home.chmod(0o755)  # PostgreSQL's own account has to enter it
    try:
        with EmbeddedServer(home, say=lambda _: None) as server:
            yield server
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def stage_on(server: EmbeddedServer, name: str, world: World, *, made: bool = False) -> Iterator[Stage]:
    """A hub on a database of a running server, new and filled with a world unless it is `made` already."""
    server.cluster.create_database(name)
    url = server.cluster.url(name)
    with open_hub(Settings(database_url=SecretStr(url), data_dir=server.cluster.home), lambda _: None) as hub:
        if not made:
            make(hub.db, world)
        warm_up(hub)
        yield Stage(server.cluster.home, server, url, hub)


def warm_up(hub: Hub) -> None:
    """As a server does after its start; to the end, before anything is measured."""
    warming = hub.warm_up()
    while not warming.done:
        sleep(0.01)


@contextmanager
def stage_of(world: World, parent: Path | None = None) -> Iterator[Stage]:
    """A world on a server of its own."""
    with server_of(parent) as server, stage_on(server, "bench", world) as stage:
        yield stage
