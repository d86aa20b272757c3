"""SFTP when it goes wrong: who answers, who is let in, and what is known after a connection was lost at any step."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.connectors.counterparts.sftp import (
    CLIENT_KEY,
    HOST_KEY,
    OTHER_KEY,
    Files,
    Server,
    cut,
    fill_up,
    forbid,
    private,
    public,
    serving,
)
from tests.connectors.files.conftest import over
from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.files.folders.door import door
from truestock.connectors.files.folders.sftp import SftpFolder

# As ssh-keygen writes one that is locked.
LOCKED = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABA=\n"
    "-----END OPENSSH PRIVATE KEY-----"
)


def played(root: Path, play: Callable[[Server, SftpFolder], Awaitable[None]], **given: object) -> Server:
    async def run() -> Server:
        async with serving(root) as server:
            folder = over(server, **given)
            try:
                await play(server, folder)
            finally:
                await folder.close()
            return server

    return asyncio.run(run())


def test_a_server_with_another_key_is_told_nothing(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        with pytest.raises(ChannelDown, match="another key than host_key says"):
            await folder.write("a.csv", b"x")
        assert server.logins == 0

    played(tmp_path, play, key=public(OTHER_KEY))


def test_one_of_several_keys_is_enough(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        assert await folder.entries("") == []

    played(tmp_path, play, key=f"{public(OTHER_KEY)}; {public(HOST_KEY)}")


def test_a_private_key_opens(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        await folder.write("a.csv", b"x")

    played(tmp_path, play, secrets={"private_key": private(CLIENT_KEY)})
    assert (tmp_path / "a.csv").read_bytes() == b"x"


def test_a_wrong_password_is_said_and_not_repeated(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        with pytest.raises(ChannelDown, match="not let in as hub: check user, password") as down:
            await folder.entries("")
        assert "swordfish" not in str(down.value)

    played(tmp_path, play, secrets={"password": "swordfish"})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"user": ""}, "user: give the account"),
        ({"host_key": ""}, "host_key: give the server's public key"),
        ({"host_key": "SHA256:abc"}, "host_key: write it as ssh-ed25519"),
        ({"secrets": {}}, "password: give a password or a private_key"),
        ({"secrets": {"private_key": "nonsense"}}, "private_key: give it whole"),
        ({"secrets": {"private_key": LOCKED}}, "private_key: .*without a passphrase"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_before_any_call(given: dict[str, object], says: str) -> None:
    meant: dict[str, object] = {
        "host": "h",
        "port": 22,
        "user": "u",
        "host_key": public(CLIENT_KEY),
        "secrets": {"password": "p"},
        "connect_s": 1.0,
    }
    with pytest.raises(ValueError, match=says):
        door(**(meant | given))  # type: ignore[arg-type]  # cases of mixed kinds


@pytest.mark.parametrize("step", ["open", "write", "before rename"])
def test_a_connection_lost_before_the_file_had_its_name_had_no_effect(tmp_path: Path, step: str) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        # The kept connection is tried once more by itself where that can do no harm.
        server.once(step, *[cut] * 2)
        with pytest.raises(ChannelDown):
            await folder.write("a.csv", b"x" * 100)
        assert not (tmp_path / "a.csv").exists()
        assert [entry.name for entry in await folder.entries("")] == []
        server.at.clear()
        await folder.write("a.csv", b"y")

    played(tmp_path, play)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.csv": b"y"}


def test_a_connection_lost_after_the_file_had_its_name_is_found_out(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        server.once("after rename", cut)
        await folder.write("a.csv", b"x")
        assert server.logins == 2

    played(tmp_path, play)
    assert (tmp_path / "a.csv").read_bytes() == b"x"


def test_a_file_that_was_taken_at_once_or_cannot_be_seen_is_in_doubt(tmp_path: Path) -> None:
    def taken(files: Files) -> None:
        (tmp_path / "a.csv").unlink()
        cut(files)

    def down(files: Files) -> None:
        files.server.closed = True
        cut(files)

    async def play(server: Server, folder: SftpFolder) -> None:
        server.once("after rename", taken)
        with pytest.raises(InDoubt, match="was perhaps there and has been taken"):
            await folder.write("a.csv", b"x")
        server.once("after rename", down)
        with pytest.raises(InDoubt, match=r"nobody knows whether b\.csv is there"):
            await folder.write("b.csv", b"x")

    played(tmp_path, play)
    assert (tmp_path / "b.csv").exists()


def test_a_kept_connection_that_was_lost_meanwhile_is_opened_anew(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        await folder.write("a.csv", b"1")
        await folder.entries("")
        assert server.logins == 1
        server.cut_all()
        assert len(await folder.entries("")) == 1
        assert server.logins == 2

    played(tmp_path, play)


def test_a_connection_is_not_kept_for_ever(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        await folder.entries("")
        await asyncio.sleep(0.2)
        await folder.entries("")
        assert server.logins == 2

    played(tmp_path, play, kept_s=0.05)


def test_many_calls_at_once_share_one_connection(tmp_path: Path) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        await asyncio.gather(*(folder.write(f"{n}.csv", b"x") for n in range(20)))
        assert server.logins == 1

    played(tmp_path, play)
    assert len(list(tmp_path.iterdir())) == 20


@pytest.mark.parametrize(
    ("fault", "says"), [(forbid, "the hub may not write a.csv"), (fill_up, "does not write a.csv")]
)
def test_what_the_server_refuses_is_said(tmp_path: Path, fault: Callable[[Files], None], says: str) -> None:
    async def play(server: Server, folder: SftpFolder) -> None:
        server.once("open", fault)
        with pytest.raises(ChannelDown, match=says):
            await folder.write("a.csv", b"x")

    played(tmp_path, play)


def test_a_server_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def run() -> None:
        silent = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with silent:
            folder = over(Server(tmp_path, silent.sockets[0].getsockname()[1]), timeout_s=0.1)
            with pytest.raises(ChannelDown, match="does not answer"):
                await folder.entries("")

    asyncio.run(run())


def test_an_answer_that_does_not_come_ends_the_wait(tmp_path: Path) -> None:
    def slow(_: Files) -> None:
        time.sleep(2)

    async def play(server: Server, folder: SftpFolder) -> None:
        server.once("write", slow)
        with pytest.raises(ChannelDown, match="connection was lost"):
            await folder.write("a.csv", b"x")
        assert not (tmp_path / "a.csv").exists()

    played(tmp_path, play, timeout_s=1.0)
