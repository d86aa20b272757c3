"""Every bench runs and answers in the shape that is documented; how fast it was is not judged here."""

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from truestock.entrypoints.bench import rivals
from truestock.entrypoints.bench.channels.hearing import webhooks
from truestock.entrypoints.bench.channels.syncing import reset_all, sync
from truestock.entrypoints.bench.figures.result import Result
from truestock.entrypoints.bench.reading import atp, explain_one
from truestock.entrypoints.bench.reserving import reserve_hot, reserve_spread
from truestock.entrypoints.bench.scale import scale
from truestock.entrypoints.bench.serving import reserve_bulk, reserve_http
from truestock.entrypoints.bench.stages.stage import stage_of
from truestock.entrypoints.bench.stages.world import World
from truestock.entrypoints.cli import app

SHORT_S = 0.3


def well_formed(result: Result, figures: set[str]) -> bool:
    told = msgspec.to_builtins(result)
    main = told.get("rate_per_s") or told["ms"]
    return (
        main > 0
        and 0 < result.p50_ms <= result.p99_ms
        and len(result.rounds) == 3
        and {figure.name for figure in result.figures} >= figures
    )


def test_reserve_hot_stands_beside_its_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "CLIENTS", (2,))
    result = reserve_hot(SHORT_S)
    assert well_formed(result, {"rate_per_s", "p99_ms", *result.ratios})
    assert result.ratios.keys() >= {"times_pgbench", "times_one_per_request", "lone_caller_times_bare_insert"}


def test_reserve_spread_has_orders_of_one_and_of_three_lines() -> None:
    assert well_formed(reserve_spread(SHORT_S, items=40), {"rate_per_s", "three_line_orders_per_s"})


def test_reserve_http_stands_beside_the_echo() -> None:
    result = reserve_http(SHORT_S, items=20)
    assert well_formed(result, {"rate_per_s", "of_echo"})
    assert result.measured["server_memory_mb"] > 0


def test_reserve_http_does_without_wrk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    result = reserve_http(SHORT_S, items=20)
    assert well_formed(result, {"rate_per_s"})
    assert "wrk is not installed" in result.notes[0]


def test_sync_tells_every_channel_of_every_change() -> None:
    result = sync(SHORT_S, listings=40)
    assert well_formed(result, {"p50_ms", "p99_ms"})
    assert result.measured["calls"] >= 10


def test_webhooks_keeps_every_message() -> None:
    result = webhooks(SHORT_S, listings=20)
    assert well_formed(result, {"rate_per_s", "p99_ms"})
    assert result.measured["kept"] == sum(sample.count for sample in result.rounds)


def test_reset_tells_every_listing_anew() -> None:
    assert well_formed(reset_all(SHORT_S, listings=40), {"seconds"})


def test_reserve_bulk_counts_lines() -> None:
    result = reserve_bulk(SHORT_S, items=20)
    assert well_formed(result, {"rate_per_s"})
    assert all(sample.count >= 2 * 5_000 for sample in result.rounds)


def test_atp_reads_one_item_and_many() -> None:
    assert well_formed(atp(SHORT_S, items=50), {"rate_per_s", "thousand_items_ms"})


def test_explain_has_the_entries_behind_it() -> None:
    result = explain_one(SHORT_S, entries=300)
    assert well_formed(result, {"ms"})
    assert result.measured["entries"] >= 300


def test_scale_has_a_curve() -> None:
    large = World(items=20, locations=3, channels=3, sales=2, promises=3, hot_promises=120)
    result = scale(SHORT_S, None, World(items=10), large, World(items=5), (2, 4), (3, 4))
    assert well_formed(result, {"hot_of_small", "spread_of_small", "server_memory_mb"})
    assert {"2_locations_atp_per_s", "4_locations_atp_per_s", "4_channels_hot_per_s"} <= result.measured.keys()


def test_the_server_runs_with_the_settings_of_production() -> None:
    with stage_of(World()) as stage:
        with stage.hub.db.transaction() as conn:
            durable = [conn.execute(f"SHOW {name}").fetchall()[0][0] for name in ("fsync", "synchronous_commit")]
        home = stage.home
    assert durable == ["on", "on"]
    assert not Path(home).exists()


def test_the_command_answers_one_object() -> None:
    told = CliRunner().invoke(app, ["bench", "explain", "--seconds", "0.3", "--json"])
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert {"ms", "p50_ms", "p99_ms", "ratios", "machine"} <= answer.keys()
    assert answer["machine"]["postgresql"]["fsync"] == "on"


def test_an_unknown_name_is_told() -> None:
    told = CliRunner().invoke(app, ["bench", "reserve-cold"])
    assert (told.exit_code, "reserve-cold" in told.stderr) == (1, True)
