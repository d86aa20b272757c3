"""reserve-hot and reserve-spread: durable reservations through the lane of one process."""

from pathlib import Path

from truestock.entrypoints.bench import rivals
from truestock.entrypoints.bench.figures.result import Result, Sample, mid, result_of
from truestock.entrypoints.bench.load import ROUNDS, drive, hot_orders, spread_orders
from truestock.entrypoints.bench.stages.stage import Stage, stage_of
from truestock.entrypoints.bench.stages.world import World

RIVAL_S = 1.0


def reserve_hot(seconds: float, parent: Path | None = None) -> Result:
    """One hot SKU, 256 callers, beside what PostgreSQL, one transaction per request and Redis reach."""
    world, side = World(), min(RIVAL_S, seconds)
    rounds: list[Sample] = []
    theirs: dict[str, list[float]] = {name: [] for name in ("pgbench", "one_per_request", "lone_p50_ms", "bare_ms")}
    with stage_of(world, parent) as stage:
        hub, pgbench = stage.hub, rivals.PgBench(stage)
        clients = pgbench.best_clients()
        for _ in range(ROUNDS):
            rounds.append(drive(hub, hot_orders(world), seconds / ROUNDS))
            theirs["pgbench"].append(pgbench.rate(clients, round(RIVAL_S)))
            theirs["one_per_request"].append(rivals.one_per_request(hub, hot_orders(world), side).rate_per_s)
            theirs["lone_p50_ms"].append(drive(hub, hot_orders(world), side / 2, callers=1).p50_ms)
            theirs["bare_ms"].append(rivals.bare_insert(hub))
        redis = _beside_redis(stage, world, side) if rivals.redis_found() else {}
    mids = {name: mid(values) for name, values in theirs.items()} | redis
    rate = mid(sample.rate_per_s for sample in rounds)
    ratios = {
        "times_pgbench": rate / mids["pgbench"],
        "times_one_per_request": rate / mids["one_per_request"],
        "lone_caller_times_bare_insert": mids["lone_p50_ms"] / mids["bare_ms"],
    }
    if redis:
        ratios["times_redis"] = redis["with_50_callers"] / redis["redis"]
    return result_of(
        "reserve-hot",
        rounds,
        figures={"rate_per_s": rate, "p99_ms": mid(sample.p99_ms for sample in rounds)},
        ratios=ratios,
        measured=mids | {"pgbench_clients": clients},
        notes=[] if redis else ["Redis left out: redis-server and redis-benchmark are not on PATH"],
    )


def _beside_redis(stage: Stage, world: World, seconds: float) -> dict[str, float]:
    """Ours and Redis in turn, with as many clients each."""
    ours, redis = [], []
    with rivals.private_redis(stage.home) as socket:
        for _ in range(ROUNDS):
            ours.append(drive(stage.hub, hot_orders(world), seconds, callers=rivals.REDIS_CLIENTS).rate_per_s)
            redis.append(rivals.redis_rate(socket, seconds))
    return {"with_50_callers": mid(ours), "redis": mid(redis)}


def reserve_spread(seconds: float, parent: Path | None = None, items: int = 10_000) -> Result:
    """Many SKUs at 10 locations, 256 callers: orders of one line, and of three."""
    world = World(items=items)
    single: list[Sample] = []
    triple: list[Sample] = []
    with stage_of(world, parent) as stage:
        for _ in range(ROUNDS):
            single.append(drive(stage.hub, spread_orders(world), seconds / ROUNDS / 2))
            triple.append(drive(stage.hub, spread_orders(world, lines=3), seconds / ROUNDS / 2))
    rate, three = mid(s.rate_per_s for s in single), mid(s.rate_per_s for s in triple)
    return result_of(
        "reserve-spread",
        single,
        figures={"rate_per_s": rate, "three_line_orders_per_s": three},
        measured={
            "three_lines_p50_ms": mid(s.p50_ms for s in triple),
            "three_lines_p99_ms": mid(s.p99_ms for s in triple),
        },
    )
