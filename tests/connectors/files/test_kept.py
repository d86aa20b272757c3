"""A channel over SFTP from being connected until the hub stops: numbers and orders go through, nothing is left open."""

import asyncio
import gc
import logging
import time
from pathlib import Path

import pytest

from tests.clocks import PATIENCE_S
from tests.connectors.counterparts.sftp import HOST_KEY, PASSWORD, USER, Server, public, serving
from tests.sync.conftest import stage
from tests.sync.stage import Stage
from truestock.connections.keeper import Keeper
from truestock.connections.seal import Seal
from truestock.sync import manage
from truestock.sync.pusher import pusher_of

__all__ = ["stage"]
SEAL = Seal(b"k" * 32)


def connect(stage: Stage, server: Server) -> str:
    """As people type it; what a check sees."""
    given = {
        "folder": "/",
        "host": "127.0.0.1",
        "port": str(server.port),
        "user": USER,
        "host_key": public(HOST_KEY),
        "decrements": "at_once",
        "file_every_s": "0",
        "header": "false",
    }
    manage.connect(stage.shop.hub.db, SEAL, "web", "files", given, {"password": PASSWORD})
    return manage.try_connection(stage.shop.hub.db, SEAL, "web")


def test_numbers_arrive_and_the_connection_ends_with_the_hub(
    stage: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "stock").mkdir()
    _, sku = stage.listing(30)
    db = stage.shop.hub.db

    async def story() -> None:
        async with serving(tmp_path) as server:
            assert await asyncio.to_thread(connect, stage, server) == f"{USER} at 127.0.0.1, folder /"
            keeper = Keeper(db, lambda: SEAL, [pusher_of(db)], look_every_s=0.05)
            keeper.start()
            end = time.monotonic() + PATIENCE_S
            while not list((tmp_path / "stock").glob("*.csv")):
                assert time.monotonic() < end, "no file came"
                await asyncio.sleep(0.02)
            await asyncio.to_thread(keeper.stop)

    with caplog.at_level(logging.ERROR):
        asyncio.run(story())
        gc.collect()
    assert [path.read_text() for path in (tmp_path / "stock").glob("*.csv")] == [f"{sku},30\n"]
    assert caplog.records == []
