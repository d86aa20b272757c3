"""What those who run a hub see: health, metrics, request ids."""

import re
import subprocess
import sys

import pytest
from psycopg import sql

from tests.entrypoints.api.conftest import Live, problem


def test_a_hub_is_up_and_ready(live: Live) -> None:
    assert live.http.get("/health").json() == {"status": "ok"}
    ready = live.http.get("/ready")
    assert ready.status_code == 200
    assert {check["name"] for check in ready.json()["checks"]} == {"database", "migrations", "partitions", "lane"}


def test_a_hub_whose_schema_is_not_current_is_up_and_not_ready(live: Live) -> None:
    with live.hub.db.transaction() as conn:
        conn.execute("UPDATE migration SET checksum = 'another'")
    ready = live.http.get("/ready")
    assert ready.status_code == 503
    assert {check["name"]: check["ok"] for check in ready.json()["checks"]}["migrations"] is False
    assert live.http.get("/health").status_code == 200


def test_a_hub_without_room_for_the_coming_month_is_not_ready(live: Live) -> None:
    with live.hub.db.transaction() as conn:
        found = conn.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'entry'::regclass")
        for month in sorted(name for (name,) in found)[1:]:
            conn.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(month)))
    assert live.http.get("/ready").status_code == 503


def test_metrics_count_requests_orders_and_the_lane(live: Live) -> None:
    live.order("1", ("A", 4))
    problem(live.order("2", ("C", 1)), 409, "insufficient-stock")
    live.http.get("/v1/items")
    told = live.http.get("/metrics").text
    assert 'truestock_request_seconds_count{method="POST",route="/v1/orders",status="201"} 1.0' in told
    assert 'truestock_request_seconds_count{method="POST",route="/v1/orders",status="409"} 1.0' in told
    assert 'truestock_request_seconds_count{method="GET",route="/v1/items",status="200"} 1.0' in told
    assert "truestock_orders_refused_total 1.0" in told
    assert "truestock_lane_depth 0.0" in told
    assert 'truestock_lane_batch_bucket{le="1.0"} 2.0' in told
    assert 'truestock_lane_batch_bucket{le="+Inf"} 2.0' in told
    # The first one too, if the lane had begun to read ahead by then.
    assert re.search(r"^truestock_lane_ahead_total [12]\.0$", told, re.MULTILINE)
    assert "truestock_lane_ahead_in_vain_total 0.0" in told


def test_every_answer_has_the_requests_id(live: Live) -> None:
    for path in ("/v1/echo", "/v1/items", "/v1/nothing", "/v1/atp", "/health"):
        assert live.http.get(path, headers={"x-request-id": "mine-1"}).headers["x-request-id"] == "mine-1"
        made = live.http.get(path).headers["x-request-id"]
        assert made
        assert made != live.http.get(path).headers["x-request-id"]
    assert len(live.http.get("/v1/echo", headers={"x-request-id": "x" * 1000}).headers["x-request-id"]) < 100


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_logged_failure_shows_no_value_of_a_variable(form: str) -> None:
    code = f"""
import structlog
from truestock.config import Settings
from truestock.entrypoints.api.operate.logs import configure

def fail(secret):
    raise ValueError("something failed")

configure(Settings(log_format="{form}"))
log = structlog.get_logger("truestock.api")
try:
    fail("-".join(["hush", "hush"]))
except ValueError:
    log.exception("it failed")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "it failed" in done.stderr
    assert "ValueError: something failed" in done.stderr
    assert "hush-hush" not in done.stderr
