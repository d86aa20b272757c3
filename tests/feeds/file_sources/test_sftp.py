"""A supplier's folder on an SFTP server."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.counterparts.sftp import HOST_KEY, OTHER_KEY, PASSWORD, USER, Server, cut, public, serving
from tests.feeds.file_sources.conftest import Supplier
from truestock.feeds.file_sources.reading import Unreached


def played(supplier: Supplier, play: Callable[[Server], None], **settings: Any) -> None:
    """Beside a server over the supplier's folder."""

    async def run() -> None:
        async with serving(supplier.folder) as server:
            given = {"address": f"sftp://127.0.0.1:{server.port}/", "user": USER, "host_key": public(HOST_KEY)}
            supplier.source({"password": PASSWORD}, **{**given, "timeout_s": 2.0, **settings})
            await asyncio.to_thread(play, server)

    asyncio.run(run())


def test_files_are_fetched_read_and_moved(supplier: Supplier) -> None:
    def play(_: Server) -> None:
        supplier.drop("a.csv", "TEA,Green tea,3.50,10", ago_s=60)
        supplier.drop("b.csv", "TEA,Green tea,3.50,9", ago_s=30)
        looked = supplier.look()
        assert looked.place == f"{USER} at 127.0.0.1, folder /"
        assert [report.file for report in looked.files] == ["a.csv", "b.csv"]
        assert supplier.lies("TEA") == 9
        assert supplier.read() == []

    played(supplier, play, after_reading="move")
    assert sorted(path.name for path in (supplier.folder / "done").iterdir()) == ["a.csv", "b.csv"]


def test_a_connection_that_is_lost_leaves_the_file_for_the_next_look(supplier: Supplier) -> None:
    def play(server: Server) -> None:
        supplier.drop("a.csv", "TEA,Green tea,3.50,10")
        server.once("open", cut, cut)
        with pytest.raises(Unreached, match="connection was lost"):
            supplier.read()
        assert supplier.shop.read("SELECT count(*) FROM item") == [(0,)]
        assert [report.file for report in supplier.read()] == ["a.csv"]
        assert supplier.now.trouble == ""

    played(supplier, play)


def test_a_server_with_another_key_is_told_nothing(supplier: Supplier) -> None:
    def play(server: Server) -> None:
        with pytest.raises(Unreached, match="another key than host_key says"):
            supplier.read()
        assert server.logins == 0

    played(supplier, play, host_key=public(OTHER_KEY))


def test_a_folder_below_the_root_is_named_by_the_address(supplier: Supplier) -> None:
    Path(supplier.folder / "out going").mkdir()
    supplier.drop("out going/a.csv", "TEA,Green tea,3.50,10")

    def play(server: Server) -> None:
        supplier.source(
            {"password": PASSWORD},
            address=f"sftp://127.0.0.1:{server.port}/out%20going",
            user=USER,
            host_key=public(HOST_KEY),
        )
        assert [report.file for report in supplier.read()] == ["a.csv"]

    played(supplier, play)


def test_a_folder_to_move_to_that_cannot_be_made_is_named(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,10")

    def play(_: Server) -> None:
        with pytest.raises(Unreached, match="there is no folder //archive"):
            supplier.read()

    played(supplier, play, after_reading="move", done_folder="archive/2026")
