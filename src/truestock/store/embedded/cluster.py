"""One PostgreSQL data directory: how it is made, and how a server on it is started, found and stopped.

Knows nothing of who else uses it or what happens when it dies; that is `server.py`.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from truestock.store.embedded import tuning
from truestock.store.embedded.account import account_for, reachable
from truestock.store.embedded.binaries import Binaries
from truestock.store.errors import StoreError

USER = "truestock"
SOCKET_NAME = ".s.PGSQL.5432.lock"
# sun_path holds 108 bytes with its NUL on Linux, 104 on the BSDs and macOS.
SOCKET_PATH_BYTES_MAX = 103
START_TIMEOUT_S = 300.0
STOP_TIMEOUT_S = 60.0


class ServerFailed(StoreError):
    """PostgreSQL could not be set up or started; the message ends with its own last words."""


class Cluster:
    """The data directory `home/postgres` and the server on it."""

    def __init__(self, home: Path, binaries: Binaries, extra: dict[str, str], say: Callable[[str], None]) -> None:
        self.home = home.absolute()
        self.data = self.home / "postgres"
        self.account = account_for(self.data)
        self.extra = extra
        self._say = say
        self._start_log = self.home / "postgres-start.log"
        self.home.mkdir(parents=True, exist_ok=True)
        if not self.account.can("-x", self.home):
            raise ServerFailed(
                f"PostgreSQL runs as uid {self.account.uid}, which cannot enter {self.home}. "
                "Set TRUESTOCK_DATA_DIR to a folder whose parents others may enter, such as /var/lib/truestock."
            )
        self.binaries = reachable(binaries, self.account, self.home)
        if self.binaries != binaries:
            say(f"PostgreSQL's programs were copied to {self.binaries.folder}, where its account can run them")

    def url(self, database: str) -> str:
        """How to connect to a database of the running server."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.socket_dir()), safe='')}"

    def socket_dir(self) -> Path:
        """The data directory itself, or a short private folder when its path is too long for a socket."""
        if len(os.fsencode(self.data / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"truestock-{self.account.uid}-{digest}"

    def make(self) -> None:
        """Create the data directory unless it is there, whole or not at all; refuse one of another major version."""
        version_file = self.data / "PG_VERSION"
        if version_file.exists():
            major = int(version_file.read_text())
            if major != self.binaries.major:
                raise ServerFailed(
                    f"{self.data} was made by PostgreSQL {major}, and this is {self.binaries.version}. Back it up with "
                    f"the version of truestock that made it (truestock db backup), then restore into an empty folder."
                )
            return
        self._say(f"Making a new database in {self.data}")
        unfinished = self.home / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.account.owns(unfinished)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if self.binaries.major >= 17 else []
        # Trust is for who reaches the socket, which lies in a folder that only the server's account can enter. While a
        # new segment of the log is written nobody commits: small ones hold callers up for 15 ms instead of 60.
        self._run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C.UTF-8", *locale,
                  "--data-checksums", "--wal-segsize=4", "--no-instructions", "--pgdata", str(unfinished))  # fmt: skip
        unfinished.rename(self.data)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.binaries.program(program), *arguments],
            cwd="/", env=self._environment(), capture_output=True, text=True, check=False, **self.account.switch,
        )  # fmt: skip
        if done.returncode:
            raise ServerFailed(f"{program} failed: {done.stderr.strip()[-2000:]}")

    @staticmethod
    def _environment() -> dict[str, str]:
        # PostgreSQL's own variables (PGDATA, PGPORT) must not reach it from whoever called us.
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}

    def pid(self) -> int | None:
        """The process id in the pid file, whoever that is by now."""
        with suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        return None

    def answers(self) -> bool:
        """Whether a server on this data takes connections now."""
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def start(self) -> int:
        """Start the server, wait until it takes connections, and return its process id."""
        socket_dir = self.socket_dir()
        if socket_dir != self.data:
            self._make_private(socket_dir)
        self._disown_pid_file()
        settings = {**tuning.settings(str(socket_dir)), **self.extra}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self._start_log.open("wb") as log:
            process = subprocess.Popen(
                [self.binaries.program("postgres"), "-D", str(self.data), *options],
                cwd="/", env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to handle, not PostgreSQL's
                **self.account.switch,
            )  # fmt: skip
        # The server may outlive this process, when others use it; without this Popen would complain.
        process.returncode = 0
        try:
            self._wait_for(process.pid)
        except BaseException:  # a Ctrl-C too must not leave a server behind
            stop(process.pid)
            raise
        return process.pid

    def _wait_for(self, pid: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            if not alive(pid) or time.monotonic() > deadline:
                raise ServerFailed(f"PostgreSQL did not start: {self._start_log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.03)

    def _make_private(self, folder: Path) -> None:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self.account.owns(folder)
        if folder.is_symlink() or folder.stat().st_uid != self.account.uid:
            raise ServerFailed(f"{folder}, where the socket would lie, belongs to somebody else.")

    def _disown_pid_file(self) -> None:
        """Write our own pid over one that another program has taken since the server was killed.

        PostgreSQL would refuse to start beside a living process of that number, but ignores its parent's. The file
        stays, because its other lines keep a second server off memory that the first one's children still hold.
        """
        pid = self.pid()
        if pid is None or alive(pid):
            return
        file = self.data / "postmaster.pid"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    def create_database(self, name: str) -> None:
        """Create a database unless it is there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            if not conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                conn.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))


def alive(pid: int) -> bool:
    """Whether this process is a running PostgreSQL server, and not one that ended or another program by now."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that ended stays in the list until somebody asks
    if Path("/proc/self/stat").exists():
        with suppress(OSError):
            name, state = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rsplit(")", 1)
            return name == "postgres" and state.split()[0] != "Z"
        return False
    told = subprocess.run(["/bin/ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip().endswith("postgres") and not told.stdout.startswith("Z")


def stop(pid: int) -> None:
    """Stop a server: a fast shutdown that ends sessions and leaves a clean data directory, or at last an abrupt one."""
    for sent in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not alive(pid):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, sent)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(0.03)
