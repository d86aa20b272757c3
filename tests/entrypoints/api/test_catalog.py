"""The catalog, the ledger and availability over HTTP."""

import pytest

from tests.entrypoints.api.conftest import Live, problem


def test_a_catalog_is_made_read_changed_and_listed_by_pages(live: Live) -> None:
    made = live.http.post("/v1/items", json={"lines": [{"sku": f"X/{n}", "cost": "1.25"} for n in range(5)]})
    assert [line["outcome"] for line in made.json()["lines"]] == ["created"] * 5
    changed = live.http.post("/v1/items?mode=change", json={"lines": [{"sku": "X/1", "name": "one"}, {"sku": "no"}]})
    assert changed.status_code == 207
    assert changed.json()["lines"][1]["problem"]["type"] == "/problems/not-found"
    assert live.http.get("/v1/items/X%2F1").json()["name"] == "one"
    problem(live.http.get("/v1/items/X%2F9"), 404, "not-found")
    asked, seen = {"limit": "3", "search": "X/"}, []
    while True:
        page = live.http.get("/v1/items", params=asked).json()
        seen += [row["sku"] for row in page["rows"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert seen == [f"X/{n}" for n in range(5)]


def test_a_dry_run_and_all_or_nothing_write_nothing(live: Live) -> None:
    lines = {"lines": [{"sku": "new"}, {"sku": " bad"}]}
    assert live.http.post("/v1/items?all_or_nothing=true", json=lines).json()["lines"][0]["outcome"] == "not_written"
    assert live.http.post("/v1/items?dry_run=true", json=lines).json()["lines"][0]["outcome"] == "created"
    problem(live.http.get("/v1/items/new"), 404, "not-found")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/v1/kits", {"sku": "K", "components": [{"item": "A", "units": 2, "size": 1}]}),
        ("/v1/listings", {"channel": "web", "sku": "L", "components": [{"item": "A", "units": "2"}]}),
        ("/v1/channels", {"code": "c", "locations": [1]}),
        ("/v1/policies", {"kind": "buffer", "value": 1, "colour": "red"}),
        ("/v1/lots", {"item": "A", "code": "1", "expires_at": "soon"}),
        ("/v1/locations", {"code": "x", "lat": "north"}),
    ],
)
def test_lines_with_fields_that_are_unknown_or_of_another_type_are_refused(
    shared: Live, path: str, line: dict[str, object]
) -> None:
    found = problem(shared.http.post(path, json={"lines": [line]}), 422, "invalid")
    assert found["field"].startswith("lines[0].")


def test_rules_listings_and_channels_change_what_is_promised(live: Live) -> None:
    pack = {"channel": "web", "sku": "PACK", "components": [{"item": "A", "units": 3}]}
    assert live.http.post("/v1/listings", json={"lines": [pack]}).status_code == 200
    assert live.atp("PACK") == 3
    rule = live.http.post("/v1/policies", json={"lines": [{"kind": "buffer", "channel": "web", "value": 4}]})
    assert live.atp("A") == 6
    (line,) = rule.json()["lines"]
    ranked = live.http.get("/v1/policies/ranked", params={"kind": "buffer", "item": "A", "channel": "web"}).json()
    assert [(row["standing"], row["policy"]["value"]) for row in ranked["rows"]] == [("holds", 4)]
    assert live.http.delete(f"/v1/policies/{line['id']}").json()["outcome"] == "ended"
    assert live.atp("A") == 10
    assert live.http.get("/v1/channels/web").json()["locations"] == ["dc"]
    assert live.http.get("/v1/listings?channel=web").json()["rows"][0]["sku"] == "PACK"
    assert live.http.delete("/v1/channel-locations?channel=web&location=dc").status_code == 200
    assert live.atp("A") == 0


def test_a_csv_file_is_loaded_and_its_bad_lines_reported(live: Live) -> None:
    csv = {"content-type": "text/csv; charset=utf-8"}
    report = live.http.post("/v1/loads/items", content="sku,weight_g\nQ,5\nR,heavy\n", headers=csv).json()
    assert (report["created"], report["refused"]) == (1, 1)
    assert (report["problems"][0]["line"], report["problems"][0]["field"]) == (3, "weight_g")
    problem(live.http.post("/v1/loads/nothing", content="a", headers=csv), 404, "not-found")
    problem(live.http.post("/v1/loads/items", json={}), 415, "unsupported-media-type")


def test_movements_are_booked_line_by_line_once_per_key_and_reversed_after_a_preview(live: Live) -> None:
    lines = [
        {"kind": "receive", "sku": "C", "location": "dc", "qty": 5},
        {"kind": "receive", "sku": "C", "location": "nowhere", "qty": 5},
        {"kind": "adjust", "sku": "A", "location": "dc", "qty": -2, "reason": "broken"},
    ]
    key = {"idempotency-key": "delivery-7"}
    for _ in range(2):
        told = live.http.post("/v1/movements", json={"lines": lines}, headers=key)
        assert told.status_code == 207
    assert told.json()["lines"][1]["problem"]["field"] == "location"
    assert (live.atp("C"), live.atp("A")) == (5, 8)
    other = live.http.post("/v1/movements", json={"lines": [lines[0] | {"qty": 6}]}, headers=key)
    assert other.json()["lines"][0]["problem"]["type"] == "/problems/idempotency-key-reused"
    movement = told.json()["lines"][0]["booked"]["movement"]
    path = f"/v1/movements/{movement}/reverse"
    preview = live.http.post(path, params={"dry_run": True}, json={"reason": "typo"}).json()
    assert (preview["movement"], preview["changes"][0]["on_hand"]) == (None, -5)
    assert live.atp("C") == 5
    assert live.http.post(path, json={"reason": "typo"}).json()["movement"]
    assert live.atp("C") == 0
    problem(live.http.post(path, json={"reason": "typo"}), 409, "conflict")
    problem(live.http.post("/v1/movements/1/reverse", json={"reason": "typo"}), 404, "not-found")


def test_availability_is_answered_many_at_once_by_location_over_time_and_explained(live: Live) -> None:
    wanted = [{"channel": "web", "sku": sku} for sku in ("A", "B", "no")]
    answers = live.http.post("/v1/atp", json={"wanted": wanted}).json()["answers"]
    assert [(one["state"], one.get("atp")) for one in answers] == [("known", 10), ("known", 3), ("unknown", None)]
    asked = {"channel": "retail", "sku": "A"}
    places = live.http.get("/v1/atp/locations", params=asked).json()["places"]
    assert [(place["location"], place["units"]) for place in places] == [("store", 0), ("dc", 10)]
    explained = live.http.get("/v1/atp/explain", params=asked).json()
    assert explained["root"]["value"] == explained["answer"]["atp"] == 10
    days = live.http.get("/v1/atp/days", params=asked | {"days": 3}).json()["days"]
    assert [day["atp"] for day in days] == [10, 10, 10]
    problem(live.http.get("/v1/atp/explain", params={"channel": "web", "sku": "no"}), 404, "not-found")


def test_a_past_number_can_be_read_and_explained(live: Live) -> None:
    before = live.http.get("/v1/atp", params={"channel": "web", "sku": "A"}).json()["as_of"]
    live.order("1", ("A", 4))
    asked = {"channel": "web", "sku": "A", "as_of": before, "axis": "recorded"}
    assert live.http.get("/v1/atp/as-of", params=asked).json()["atp"] == 10
    assert live.http.get("/v1/atp/explain", params=asked).json()["root"]["value"] == 10
    assert live.atp("A") == 6
    problem(live.http.get("/v1/atp/as-of", params=asked | {"as_of": "2026-11-01T00:00:00"}), 422, "invalid")


def test_three_figures_per_item_come_by_pages_or_by_name(live: Live) -> None:
    live.order("1", ("A", 4))
    page = live.http.get("/v1/figures", params={"limit": 2}).json()
    assert [row["sku"] for row in page["rows"]] == ["A", "B"]
    assert live.http.get("/v1/figures", params={"cursor": page["next"]}).json()["rows"][0]["sku"] == "C"
    web = next(one for one in page["rows"][0]["channels"] if one["viewer"] == "web")
    assert (web["on_hand"], web["allocated"], web["atp"]) == (10, 4, 6)
    assert [row["sku"] for row in live.http.get("/v1/figures?sku=B&sku=A").json()["rows"]] == ["B", "A"]
