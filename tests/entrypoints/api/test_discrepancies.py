"""Discrepancies over HTTP: listed, shown with the entries around them, and decided."""

from tests.entrypoints.api.conftest import Live, problem
from tests.factories import ago
from truestock.core.identity import part_of
from truestock.core.reconcile import Difference
from truestock.reconciliation.discrepancies.agree import agreed
from truestock.reconciliation.discrepancies.weigh import weigh


def stated(live: Live, sku: str, units: int, run: int) -> int:
    """A source says that so many units lie at dc; the number of the discrepancy."""
    with live.hub.db.transaction() as conn:
        ((item, have),) = conn.execute(
            "SELECT i.id, sum(s.on_hand)::bigint FROM item i JOIN stock s ON s.item = i.id WHERE i.sku = %s GROUP BY 1",
            [sku],
        ).fetchall()
        ((place,),) = conn.execute("SELECT id FROM location WHERE code = 'dc'").fetchall()
    told = Difference(part_of(item), item, place, None, 0, units, have, ago(), run)
    weigh(live.hub.db, "wms", "reconcile", [told], ago())
    agreed(live.hub.db, "wms", run, [], {place: 4}, told.as_of, ago())
    rows = live.http.get("/v1/discrepancies", params={"sku": sku, "source": "wms"}).json()["rows"]
    return int(rows[0]["id"])


def test_one_is_listed_shown_and_put_right(live: Live) -> None:
    number = stated(live, "A", 8, 1)
    (row,) = live.http.get("/v1/discrepancies", params={"beyond": True}).json()["rows"]
    assert (row["sku"], row["location"], row["stated"], row["expected"], row["difference"]) == ("A", "dc", 8, 10, -2)
    assert (row["state"], row["cause"], row["within_tolerance"]) == ("review", "shrinkage", False)
    shown = live.http.get(f"/v1/discrepancies/{number}").json()
    assert [(entry["kind"], entry["on_hand"]) for entry in shown["entries"]] == [("receive", 10)]
    assert shown["meaning"] == "units are gone, and nothing explains it"
    done = live.http.post(f"/v1/discrepancies/{number}/adjust", json={"reason": "counted"}).json()
    assert (done["state"], done["reason"], live.atp("A")) == ("adjusted", "counted", 8)
    assert live.http.get(f"/v1/movements/{done['movement']}").json()["head"]["reason"] == "counted"
    problem(live.http.post(f"/v1/discrepancies/{number}/adjust", json={"reason": "again"}), 409, "conflict")


def test_it_is_accepted_dismissed_or_counted_again(live: Live) -> None:
    for run, (what, state) in enumerate((("recount", "review"), ("dismiss", "dismissed"), ("accept", "accepted")), 2):
        number = stated(live, "B", 5, run)
        done = live.http.post(f"/v1/discrepancies/{number}/{what}", json={"reason": "so it is"}).json()
        assert done["state"] == state
    assert live.atp("B") == 3


def test_what_cannot_be_decided_is_a_problem(live: Live) -> None:
    problem(live.http.get("/v1/discrepancies/77"), 404, "not-found")
    problem(live.http.post("/v1/discrepancies/77/accept", json={"reason": "x"}), 404, "not-found")
    problem(live.http.post("/v1/discrepancies/77/adjust", json={"reason": "x"}), 404, "not-found")
    problem(live.http.post("/v1/discrepancies/77/accept", json={}), 422, "invalid")
    problem(live.http.get("/v1/discrepancies", params={"state": "lost"}), 422, "invalid")


def test_tolerances_are_set_listed_and_ended(live: Live) -> None:
    number = live.http.post("/v1/tolerances", json={"units": 2, "location": "dc"}).json()["id"]
    (row,) = live.http.get("/v1/tolerances").json()["rows"]
    assert (row["id"], row["units"], row["location"], row["item"]) == (number, 2, "dc", None)
    problem(live.http.post("/v1/tolerances", json={"location": "dc"}), 422, "invalid")
    assert live.http.delete(f"/v1/tolerances/{number}").json() == {"id": number}
    problem(live.http.delete(f"/v1/tolerances/{number}"), 404, "not-found")


def test_accuracy_is_told_by_day_and_cause(live: Live) -> None:
    stated(live, "A", 9, 9)
    found = live.http.get("/v1/accuracy", params={"source": "wms", "location": "dc"}).json()
    (day,) = found["days"]
    assert (day["cells"], day["right"], day["percent"], day["units"]) == (4, 3, 75.0, 1)
    assert [(cause["cause"], cause["cells"]) for cause in found["causes"]] == [("shrinkage", 1)]
    assert live.http.get("/v1/accuracy", params={"until": "2020-01-01"}).json() == {"days": [], "causes": []}
