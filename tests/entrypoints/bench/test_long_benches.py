"""The benches of channels and of size run and answer in the shape that is documented."""

import pytest

from tests.entrypoints.bench.shape import SHORT_S, well_formed
from truestock.entrypoints.bench.channels import syncing
from truestock.entrypoints.bench.channels.alerting import alerts
from truestock.entrypoints.bench.channels.files.feeding import feed
from truestock.entrypoints.bench.channels.hearing import webhooks
from truestock.entrypoints.bench.channels.syncing import reset_all, sync
from truestock.entrypoints.bench.scale import scale
from truestock.entrypoints.bench.stages.world import World


def test_sync_tells_every_channel_of_every_change() -> None:
    result = sync(SHORT_S, listings=40)
    assert well_formed(result, {"p50_ms", "p99_ms"})
    assert result.measured["calls"] >= 10


def test_alerts_sees_every_alert_that_was_called_for() -> None:
    result = alerts(SHORT_S, listings=1_000)
    assert well_formed(result, {"changes_per_s", "p50_ms", "p99_ms"})
    assert all(sample.count > 0 for sample in result.rounds)


def test_webhooks_keeps_every_message() -> None:
    result = webhooks(SHORT_S, listings=20)
    assert well_formed(result, {"rate_per_s", "p99_ms"})
    assert result.measured["kept"] == sum(sample.count for sample in result.rounds)


def test_reset_tells_every_listing_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syncing, "ROUNDS", 1)
    assert well_formed(reset_all(SHORT_S, listings=40), {"seconds"}, rounds=1)


def test_feed_stands_beside_a_bare_copy() -> None:
    result = feed(SHORT_S, None, World(items=100, locations=5))
    assert well_formed(result, {"times_bare_copy", "times_bare_copy_under_load", "longest_wait_ms"})
    assert result.measured["rows"] == 500


def test_scale_has_a_curve() -> None:
    large = World(items=20, locations=3, channels=3, sales=2, promises=3, hot_promises=120)
    result = scale(SHORT_S, None, World(items=10), large, World(items=5), (2, 4), (3, 4))
    assert well_formed(result, {"hot_of_small", "spread_of_small", "server_memory_mb"})
    assert {"2_locations_atp_per_s", "4_locations_atp_per_s", "4_channels_hot_per_s"} <= result.measured.keys()
