"""The file that keeps the key where no setting does: its newest key, and while keys are changed the one before it.

Its owner alone may read it. It is replaced as a whole, so that whoever reads it sees the keys of one moment."""

import base64
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from truestock.connections.seal import KEY_BYTES, key_from
from truestock.core.problems import Conflict


def keys_in(file: Path) -> list[bytes]:
    """The keys, the newest first; the first one is made on the first use. Raises ValueError, OSError."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return [key_from(line) for line in file.read_text(encoding="ascii").split()]
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(_line(os.urandom(KEY_BYTES)))
    return keys_in(file)


def add_key(file: Path) -> None:
    """Put a new key before the present one; where a change was begun and not ended, its key stays the new one."""
    keys = keys_in(file)
    if len(keys) == 1:
        _write(file, [os.urandom(KEY_BYTES), *keys])


def drop_older_keys(file: Path) -> None:
    """Keep the newest key alone."""
    _write(file, keys_in(file)[:1])


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else changes the keys of this folder meanwhile. Raises Conflict where somebody does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict("keys are being changed already; wait until that has ended") from None
    finally:
        os.close(handle)


def _write(file: Path, keys: Sequence[bytes]) -> None:
    owner = file.stat()
    fresh = file.with_name(file.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.writelines(map(_line, keys))
        # Root may change keys for whom the hub runs as.
        os.fchown(out.fileno(), owner.st_uid, owner.st_gid)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _line(key: bytes) -> str:
    return base64.b64encode(key).decode() + "\n"
