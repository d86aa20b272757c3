"""What both kinds of folders hold to: whole files or none, no links, bounds, and plain words for what is amiss."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.connectors.files.conftest import Opened
from truestock.connectors.contract.answers import ChannelDown
from truestock.connectors.files.folders import folder as folders
from truestock.connectors.files.folders import local, sftp
from truestock.connectors.files.folders.folder import Folder, NoFile, TooBig
from truestock.connectors.files.folders.local import LocalFolder

T = TypeVar("T")


def done(opened: Opened, root: Path, work: Callable[[Folder], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened(root) as folder:
            return await work(folder)

    return asyncio.run(run())


def test_a_file_is_there_whole_and_takes_the_place_of_an_older_one(opened: Opened, tmp_path: Path) -> None:
    async def work(folder: Folder) -> None:
        await folder.write("stock.csv", b"old")
        await folder.write("stock.csv", b"x" * 3_000_000)

    done(opened, tmp_path, work)
    assert [path.name for path in tmp_path.iterdir()] == ["stock.csv"]
    assert (tmp_path / "stock.csv").read_bytes() == b"x" * 3_000_000


def test_what_is_read_is_what_is_there(opened: Opened, tmp_path: Path) -> None:
    content = bytes(range(256)) * 20_000
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.csv").write_bytes(content)
    assert done(opened, tmp_path, lambda folder: folder.read("in/a.csv", len(content))) == content
    with pytest.raises(TooBig):
        done(opened, tmp_path, lambda folder: folder.read("in/a.csv", len(content) - 1))
    with pytest.raises(NoFile):
        done(opened, tmp_path, lambda folder: folder.read("in/b.csv", 10))


def test_only_whole_files_are_listed_and_no_links(opened: Opened, tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    for name in ("good.csv", "half.csv.part", "half.csv.filepart", ".hidden.csv", "half.tmp", "half~"):
        (inside / name).write_text("x")
    (inside / "folder.csv").mkdir()
    (tmp_path / "secret").write_text("secret")
    (inside / "link.csv").symlink_to(tmp_path / "secret")
    os.mkfifo(inside / "pipe.csv")
    found = done(opened, tmp_path, lambda folder: folder.entries("in"))
    assert [(entry.path, entry.name, entry.size) for entry in found] == [("in/good.csv", "good.csv", 1)]
    assert done(opened, tmp_path, lambda folder: folder.look("in/link.csv")) is None
    assert done(opened, tmp_path, lambda folder: folder.look("in/none.csv")) is None
    looked = done(opened, tmp_path, lambda folder: folder.look("in/good.csv"))
    assert looked == found[0]


def test_a_folder_that_is_not_there_is_named(opened: Opened, tmp_path: Path) -> None:
    for work in (lambda folder: folder.entries("inn"), lambda folder: folder.write("inn/a.csv", b"")):
        with pytest.raises(ChannelDown, match=r"there is no folder .*inn: make it"):
            done(opened, tmp_path, work)


def test_a_folder_that_nobody_clears_is_not_listed(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (folders, local, sftp):
        monkeypatch.setattr(module, "ENTRIES_MAX", 3)
    for number in range(4):
        (tmp_path / f"{number}.csv").touch()
    with pytest.raises(ChannelDown, match="over 3 files: clear it"):
        done(opened, tmp_path, lambda folder: folder.entries(""))


def test_files_are_moved_into_a_folder_that_is_made_and_never_over_each_other(opened: Opened, tmp_path: Path) -> None:
    async def work(folder: Folder) -> None:
        for content in (b"1", b"2", b"3"):
            await folder.write("a.csv", content)
            await folder.move("a.csv", "done")
        with pytest.raises(NoFile):
            await folder.move("a.csv", "done")

    done(opened, tmp_path, work)
    assert {path.name: path.read_text() for path in (tmp_path / "done").iterdir()} == {
        "a.csv": "1",
        "a.1.csv": "2",
        "a.2.csv": "3",
    }


def test_no_link_leads_out_of_a_local_folder(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "a.csv").write_text("secret")
    (root / "in").symlink_to(outside)
    (root / "a.csv").symlink_to(outside / "a.csv")
    (root / "b.csv.part").symlink_to(outside / "b.csv")
    folder = LocalFolder(str(root))
    for work in (folder.entries("in"), folder.read("in/a.csv", 10), folder.write("in/b.csv", b"x")):
        with pytest.raises(ChannelDown, match="links are not followed"):
            asyncio.run(work)
    with pytest.raises(ChannelDown):
        asyncio.run(folder.read("a.csv", 10))
    with pytest.raises(ChannelDown):
        asyncio.run(folder.write("b.csv", b"x"))
    assert [path.name for path in outside.iterdir()] == ["a.csv"]


def test_a_right_that_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o500)
    folder, before = LocalFolder(str(tmp_path)), os.geteuid()
    # What is imported only now could not be read by somebody else.
    asyncio.run(folder.write("a.csv", b"x"))
    try:
        if before == 0:
            os.seteuid(65_534)
        with pytest.raises(ChannelDown, match=r"the hub may not write out/a\.csv: give its account the right"):
            asyncio.run(folder.write("out/a.csv", b"x"))
    finally:
        os.seteuid(before)


def test_a_full_disk_leaves_no_part_behind(tmp_path: Path) -> None:
    with pytest.raises(ChannelDown, match="cannot write"):
        # A name of 255 characters fits, and its part does not.
        asyncio.run(LocalFolder(str(tmp_path)).write("n" * 255, b"x"))
    assert list(tmp_path.iterdir()) == []
