"""All benches by name, and the report of those that were run."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from truestock.entrypoints.bench.channels.alerting import alerts
from truestock.entrypoints.bench.channels.files.feeding import feed
from truestock.entrypoints.bench.channels.hearing import webhooks
from truestock.entrypoints.bench.channels.syncing import reset_all, sync
from truestock.entrypoints.bench.figures.machine import Machine, machine_of
from truestock.entrypoints.bench.figures.result import Result
from truestock.entrypoints.bench.reading import atp, explain_one
from truestock.entrypoints.bench.reserving import reserve_hot, reserve_spread
from truestock.entrypoints.bench.scale import scale
from truestock.entrypoints.bench.serving import reserve_bulk, reserve_http
from truestock.entrypoints.bench.stages.stage import stage_of
from truestock.entrypoints.bench.stages.world import World

Bench = Callable[[float, Path | None], Result]
BENCHES: dict[str, Bench] = {
    "reserve-hot": reserve_hot,
    "reserve-spread": reserve_spread,
    "reserve-http": reserve_http,
    "reserve-bulk": reserve_bulk,
    "atp": atp,
    "explain": explain_one,
    "sync": sync,
    "webhooks": webhooks,
    "alerts": alerts,
    "feed": feed,
    "reset": reset_all,
    "scale": scale,
}
LONG = {"scale", "reset", "feed"}


class Report(msgspec.Struct, frozen=True):
    """The machine, and what was measured on it."""

    machine: Machine
    results: list[Result]

    def alone(self) -> dict[str, Any]:
        """One result as one object, with the machine in it."""
        found: dict[str, Any] = msgspec.to_builtins(self.results[0])
        return found | {"machine": msgspec.to_builtins(self.machine)}


def measure(names: Sequence[str] | None, seconds: float, parent: Path | None, say: Callable[[str], None]) -> Report:
    """Run the benches of these names, or all that are not long; data lies below `parent` meanwhile."""
    with stage_of(World(), parent) as stage:
        machine = machine_of(stage)
    if machine.file_system == "tmpfs":
        say("The folder for temporary files is in memory: name one on a disk with --data-dir, or commits cost nothing.")
    results = []
    for name in names or [name for name in BENCHES if name not in LONG]:
        say(f"Measuring {name} ...")
        results.append(BENCHES[name](seconds, parent))
    return Report(machine, results)
