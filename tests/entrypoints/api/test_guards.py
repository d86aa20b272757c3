"""Guards over HTTP: computed by the job of a served hub, and listed with what they were made of."""

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, problem
from tests.sync.guards.late_orders import orders_read_for, sold_late
from truestock.connections.reached import channel_id, put_connection


def test_guards_are_computed_by_a_job_and_listed(live: Live) -> None:
    problem(live.http.get("/v1/connections/web/guard"), 404, "not-found")
    db = live.hub.db
    put_connection(db, live.hub.seal(), "web", "generic", {}, {})
    orders_read_for(db, 28)
    sold_late(db, channel_id(db, "web"), "A", 300)
    rule = {"kind": "guard_service", "value": 99, "channel": "web"}
    assert live.http.post("/v1/policies", json={"lines": [rule]}).status_code == 200
    (schedule,) = [row for row in live.http.get("/v1/schedules").json()["rows"] if row["what"] == "guards"]
    live.http.post(f"/v1/schedules/{schedule['id']}/run", json={})
    found = until(lambda: live.http.get("/v1/connections/web/guard").json()["rows"])
    assert [(row["item"], row["units"], row["percent"], row["lag_p95_s"]) for row in found] == [("A", 2, 99, 360.0)]
    assert live.atp("A") == 8
    told = live.http.get("/v1/atp/explain", params={"channel": "web", "sku": "A"}).text
    assert "99 % of demand at " in told
