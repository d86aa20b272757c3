"""Every bench runs and answers in the shape that is documented; how fast it was is not judged here."""

import json
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.entrypoints.bench.shape import SHORT_S, well_formed
from truestock.entrypoints.bench import rivals, serving
from truestock.entrypoints.bench.all import BENCHES
from truestock.entrypoints.bench.reading import atp, explain_one
from truestock.entrypoints.bench.reserving import reserve_hot, reserve_spread
from truestock.entrypoints.bench.serving import reserve_bulk, reserve_http
from truestock.entrypoints.bench.stages.stage import stage_of
from truestock.entrypoints.bench.stages.world import World
from truestock.entrypoints.cli import app


def test_reserve_hot_stands_beside_its_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivals, "CLIENTS", (2,))
    result = reserve_hot(SHORT_S)
    assert well_formed(result, {"rate_per_s", "p99_ms", *result.ratios})
    assert result.ratios.keys() >= {"times_pgbench", "times_one_per_request", "lone_caller_times_bare_insert"}


def test_reserve_spread_has_orders_of_one_and_of_three_lines() -> None:
    assert well_formed(reserve_spread(SHORT_S, items=40), {"rate_per_s", "three_line_orders_per_s"})


def test_reserve_http_stands_beside_the_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where wrk is installed, which measures for a second at least.
    monkeypatch.setattr(serving, "ROUNDS", 1)
    result = reserve_http(SHORT_S, items=20)
    assert well_formed(result, {"rate_per_s", "of_echo"}, rounds=1)
    assert result.measured["server_memory_mb"] > 0


def test_reserve_http_does_without_wrk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(serving, "ROUNDS", 1)
    result = reserve_http(SHORT_S, items=20)
    assert well_formed(result, {"rate_per_s"}, rounds=1)
    assert "wrk is not installed" in result.notes[0]


def test_reserve_bulk_counts_lines() -> None:
    result = reserve_bulk(SHORT_S, items=20, orders=50)
    assert well_formed(result, {"rate_per_s"})
    assert all(sample.count >= 2 * 50 for sample in result.rounds)


def test_atp_reads_one_item_and_many() -> None:
    assert well_formed(atp(SHORT_S, items=50), {"rate_per_s", "thousand_items_ms"})


def test_explain_has_the_entries_behind_it() -> None:
    result = explain_one(SHORT_S, entries=300)
    assert well_formed(result, {"ms"})
    assert result.measured["entries"] >= 300


def test_the_server_runs_with_the_settings_of_production() -> None:
    with stage_of(World()) as stage:
        with stage.hub.db.transaction() as conn:
            durable = [conn.execute(f"SHOW {name}").fetchall()[0][0] for name in ("fsync", "synchronous_commit")]
        home = stage.home
    assert durable == ["on", "on"]
    assert not Path(home).exists()


def test_the_command_answers_one_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BENCHES, "reserve-spread", partial(reserve_spread, items=40))
    told = CliRunner().invoke(app, ["bench", "reserve-spread", "--seconds", "0.1", "--json"])
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    assert {"rate_per_s", "p50_ms", "p99_ms", "ratios", "machine"} <= answer.keys()
    assert answer["machine"]["postgresql"]["fsync"] == "on"


def test_an_unknown_name_is_told() -> None:
    told = CliRunner().invoke(app, ["bench", "reserve-cold"])
    assert (told.exit_code, "reserve-cold" in told.stderr) == (1, True)
