"""Seals everything anew with the newest key, in one transaction; killed anywhere, the next one goes on.

Until the older key is dropped every process opens what either has sealed."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from truestock.connections.key_file import add_key, alone, drop_older_keys, keys_in
from truestock.connections.seal import Seal, SealBroken
from truestock.store.database import Connection, Database

# Whoever has read the older key has written by then what it sealed.
SETTLED_AFTER_S: Final = 5.0


class Vault(NamedTuple):
    """A table with sealed secrets: `lock` reads (id, sealed) of all rows, `put` takes arrays of `ids` and `sealed`."""

    table: str
    whose: Callable[[int], str]
    lock: str
    put: str


class Rotated(msgspec.Struct, frozen=True):
    """How many secrets were sealed anew, and whose cannot be opened with any key there is."""

    resealed: int
    broken: list[str]


def reseal(db: Database, vaults: Sequence[Vault], seal: Seal) -> Rotated:
    """Seal anew what an older key has sealed, all or nothing; what no key opens stays as it is."""
    with db.transaction() as conn:
        done = [_reseal(conn, vault, seal) for vault in vaults]
    return Rotated(sum(one.resealed for one in done), [whose for one in done for whose in one.broken])


def rotate_file(
    db: Database,
    vaults: Sequence[Vault],
    file: Path,
    older: Sequence[bytes] = (),
    settled_after_s: float = SETTLED_AFTER_S,
) -> Rotated:
    """Make a new key in the file, seal everything with it, and drop the one before it; `older` ones open as well.

    Raises Conflict while another one is under way, ValueError and OSError for a file that cannot be used."""
    with alone(file.parent):
        add_key(file)
        newest, *before = keys_in(file)
        seal = Seal(newest, [*before, *older])
        first = reseal(db, vaults, seal)
        time.sleep(settled_after_s)
        late = reseal(db, vaults, seal)
        drop_older_keys(file)
    return Rotated(first.resealed + late.resealed, late.broken)


def _reseal(conn: Connection, vault: Vault, seal: Seal) -> Rotated:
    rows: list[tuple[int, bytes]] = conn.execute(vault.lock).fetchall()
    fresh: dict[int, bytes] = {}
    broken: list[str] = []
    for row, sealed in rows:
        whose = vault.whose(row)
        if seal.is_newest(whose, sealed):
            continue
        try:
            fresh[row] = seal.close(whose, seal.open(whose, sealed))
        except SealBroken:
            broken.append(whose)
    if fresh:
        conn.execute(vault.put, {"ids": list(fresh), "sealed": list(fresh.values())})
    return Rotated(len(fresh), broken)
