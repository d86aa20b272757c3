"""The embedded server: safe by its settings, shared by processes, back after a crash, and gone with the last."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.clocks import until
from tests.postgres import binaries_under_test
from truestock.store.embedded import Binaries, EmbeddedServer, ServerFailed
from truestock.store.embedded.cluster import SOCKET_PATH_BYTES_MAX, alive

KEEP = "CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)"
# Whoever starts the tests in the background has them ignore Ctrl-C, and so what they start.
HOLD_OPEN = """
import signal, sys, time
from pathlib import Path
from truestock.store.embedded import Binaries, EmbeddedServer
signal.signal(signal.SIGINT, signal.default_int_handler)
with EmbeddedServer(Path(sys.argv[1]), Binaries(Path(sys.argv[2]))):
    print("up", flush=True)
    time.sleep(60)
"""


def serve(home: Path, say: Callable[[str], None] = print) -> EmbeddedServer:
    return EmbeddedServer(home, binaries_under_test(), say=say)


def query(server: EmbeddedServer, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url, autocommit=True) as conn:
        return conn.execute(statement.encode()).fetchall()


def other_process(home: Path) -> subprocess.Popen[str]:
    """Another truestock on the same data, which has joined the server when this returns."""
    command = [sys.executable, "-c", HOLD_OPEN, str(home), str(binaries_under_test().folder)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.stdout.close()
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_it_is_durable_checks_its_pages_and_is_reached_by_socket_alone(home: Path) -> None:
    with serve(home) as server:
        names = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses", "jit")
        shown = [query(server, f"SHOW {name}")[0][0] for name in names]
        ((segment,),) = query(server, "SHOW wal_segment_size")
    assert shown == ["on", "on", "on", "on", "", "off"]
    assert segment == "4MB"


def test_a_second_start_continues_with_the_data(home: Path) -> None:
    with serve(home) as server, psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute(KEEP)
    with serve(home) as server:
        assert query(server, "SELECT * FROM kept") == [(1,)]
    assert not server.pid


def test_a_server_that_is_killed_comes_back_with_what_was_committed(home: Path) -> None:
    with serve(home) as server:
        with psycopg.connect(server.url, autocommit=True) as conn:
            conn.execute(KEEP)
        killed = server.pid
        assert killed
        os.kill(killed, signal.SIGKILL)
        until(lambda: server.pid != killed and server.cluster.answers())
        assert query(server, "SELECT * FROM kept") == [(1,)]


def test_a_second_process_joins_and_the_last_to_leave_stops_the_server(home: Path) -> None:
    with serve(home) as first:
        pid = first.pid
        with serve(home) as second:
            assert second.pid == pid
        assert first.cluster.answers()
    assert not first.cluster.answers()


def test_the_first_process_may_leave_before_the_second(home: Path) -> None:
    first, second = serve(home).start(), serve(home).start()
    first.stop()
    assert second.cluster.answers()
    second.stop()
    assert not second.cluster.answers()


def test_a_killed_process_leaves_a_server_that_the_next_one_takes_over_and_stops(home: Path) -> None:
    end(other_process(home))
    said: list[str] = []
    with serve(home, said.append) as server:
        assert "Joined" in said[0]
    assert not server.cluster.answers()


def test_an_interrupted_process_takes_its_server_with_it(home: Path) -> None:
    other = other_process(home)
    os.killpg(other.pid, signal.SIGINT)  # what a terminal sends on Ctrl-C
    assert other.wait(20) != 0
    assert not (home / "postgres/postmaster.pid").exists()


def test_an_interrupt_while_the_server_starts_leaves_none_behind(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> bool:
        raise KeyboardInterrupt

    server = serve(home)
    monkeypatch.setattr(type(server.cluster), "answers", interrupt)
    with pytest.raises(KeyboardInterrupt):
        server.start()
    assert not server.pid


def test_a_server_started_by_another_process_is_watched_too(home: Path) -> None:
    other = other_process(home)
    with serve(home) as server:
        end(other)
        assert server.pid
        killed = server.pid
        os.kill(killed, signal.SIGKILL)
        until(lambda: server.pid != killed and server.cluster.answers())


def test_a_pid_file_whose_number_now_belongs_to_another_program_does_not_stop_the_start(home: Path) -> None:
    with serve(home) as server:
        file = server.cluster.data / "postmaster.pid"
        stale = file.read_text().splitlines()
    bystander = subprocess.Popen(["/bin/sleep", "60"])
    try:
        file.write_text("\n".join([str(bystander.pid), *stale[1:]]) + "\n")
        assert not alive(bystander.pid)
        with serve(home) as server:
            assert query(server, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_path_too_long_for_a_socket_gets_a_short_one_elsewhere(home: Path) -> None:
    long = home / ("d" * 60) / ("e" * 60)
    with serve(long) as server:
        assert query(server, "SELECT 1") == [(1,)]
        assert len(bytes(server.cluster.socket_dir())) < SOCKET_PATH_BYTES_MAX
    shutil.rmtree(server.cluster.socket_dir())


def test_data_of_another_major_version_is_refused_untouched(home: Path) -> None:
    data = home / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerFailed, match="made by PostgreSQL 9"):
        serve(home).start()
    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


def test_a_set_up_that_was_cut_short_is_begun_anew(home: Path) -> None:
    unfinished = home / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with serve(home) as server:
        assert query(server, "SELECT 1") == [(1,)]
    assert not unfinished.exists()


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(ServerFailed, match="no_such_setting"):
        EmbeddedServer(home, binaries_under_test(), {"no_such_setting": "1"}).start()


def test_parent_folders_keep_their_permissions(home: Path) -> None:
    home.chmod(0o751)
    with serve(home) as server:
        assert server.cluster.data.stat().st_mode & 0o777 == 0o700
        assert home.stat().st_mode & 0o777 == 0o751


class TestAsRoot:
    """PostgreSQL refuses to run as root, so another account does; these run where the tests themselves are root."""

    pytestmark = pytest.mark.root

    def test_the_server_runs_under_an_unprivileged_account_that_owns_the_data(self, home: Path) -> None:
        with serve(home) as server:
            assert server.cluster.account.uid != 0
            assert Path(f"/proc/{server.pid}").stat().st_uid == server.cluster.data.stat().st_uid
            assert server.cluster.data.stat().st_uid == server.cluster.account.uid

    def test_data_keeps_the_account_it_was_made_under(self, home: Path) -> None:
        serve(home).start().stop()
        nobody = pwd.getpwnam("nobody")
        for path in [home / "postgres", *(home / "postgres").rglob("*")]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        with serve(home) as server:
            assert Path(f"/proc/{server.pid}").stat().st_uid == nobody.pw_uid

    def test_programs_that_the_account_cannot_reach_are_copied_beside_the_data(self, home: Path) -> None:
        closed = home / "closed"
        closed.mkdir(mode=0o700)
        package = Binaries.from_wheel().folder.parents[1]
        for part in (package, package.with_name(package.name + ".libs")):
            shutil.copytree(part, closed / part.name, symlinks=True)
        said: list[str] = []
        with EmbeddedServer(
            home / "data", Binaries(closed / package.name / "pginstall/bin"), say=said.append
        ) as server:
            assert query(server, "SELECT 1") == [(1,)]
        assert "were copied to" in said[0]

    def test_a_data_folder_that_the_account_cannot_reach_is_refused_with_advice(self, home: Path) -> None:
        home.chmod(0o700)
        with pytest.raises(ServerFailed, match="TRUESTOCK_DATA_DIR"):
            serve(home / "data")
