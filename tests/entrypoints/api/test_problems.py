"""Every error is a problem document that names the field at fault and says what to do."""

import json
from collections.abc import Iterator
from html import escape

import pytest

from tests.entrypoints.api.conftest import Live, Serve, problem
from truestock.core.problems import Problem
from truestock.entrypoints.api.problems import TABLE

ORDER = {"channel": "web", "ref": "1", "lines": [{"sku": "A", "qty": 1}]}
JSON = {"content-type": "application/json"}


def kinds(of: type[Problem] = Problem) -> Iterator[type[Problem]]:
    """Every kind that the API can answer; the command line has one of its own."""
    yield of
    for kind in of.__subclasses__():
        if not kind.__module__.startswith("truestock.entrypoints.cli"):
            yield from kinds(kind)


def test_every_type_of_problem_is_in_the_table_and_has_a_page(shared: Live) -> None:
    for kind in kinds():
        entry = TABLE[kind.type]
        assert (entry.type, entry.status) == (kind.type, kind.status), kind
    for name, entry in TABLE.items():
        page = shared.http.get(f"/problems/{name}")
        assert page.status_code == 200
        assert escape(entry.title) in page.text
    assert all(f'id="{name}"' in shared.http.get("/problems").text for name in ("busy", "insufficient-stock"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"lines": [{"sku": "A", "qty": "1"}]}, "lines[0].qty"),
        ({"lines": [{"sku": "A", "qty": 0}]}, "lines[0].qty"),
        ({"lines": [{"qty": 1}]}, "lines[0].sku"),
        ({"lines": [{"sku": "A", "size": 1}]}, "lines[0].size"),
        ({"lines": []}, "lines"),
        ({"ref": ""}, "ref"),
        ({"mode": "maybe"}, "mode"),
        ({"lat": 91.0}, "lat"),
        ({"placed_at": "2026-01-01T00:00:00"}, "placed_at"),
        ({"lines": [{"sku": "A", "qty": 10**400}]}, "lines[0].qty"),
    ],
)
def test_a_field_that_cannot_be_meant_is_named(shared: Live, change: dict[str, object], field: str) -> None:
    assert problem(shared.http.post("/v1/orders", json=ORDER | change), 422, "invalid")["field"] == field


def test_a_body_that_is_not_an_object_is_invalid(shared: Live) -> None:
    assert problem(shared.http.post("/v1/orders", json=[]), 422, "invalid")["field"] == "body"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b'{"channel":"\xc3\x28"}',
        b'{"channel":"\\ud800","ref":"1","lines":[]}',
        b"[" * 200_000,
        json.dumps(ORDER | {"ref": "a\0b"}).encode(),
    ],
)
@pytest.mark.parametrize("path", ["/v1/orders", "/v1/items", "/v1/orders/ship", "/v1/movements"])
def test_what_is_no_json_of_ours_is_refused(shared: Live, path: str, body: bytes) -> None:
    answer = shared.http.post(path, content=body, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    problem(answer, answer.status_code, "malformed" if answer.status_code == 400 else "invalid")


def test_a_nul_is_refused_wherever_it_stands(live: Live) -> None:
    nul = {"lines": [{"sku": "A", "name": "a\0b"}]}
    problem(live.http.post("/v1/items", json=nul), 400, "malformed")
    problem(live.http.get("/v1/items?search=%00"), 400, "malformed")
    problem(live.http.get("/v1/items/%00"), 400, "malformed")
    problem(live.http.get("/v1/atp?channel=web&sku=%00"), 422, "invalid")
    assert live.http.post("/v1/items", json={"lines": [{"sku": "A", "name": "\\u0000"}]}).status_code == 200


def test_the_body_must_say_that_it_is_json(live: Live) -> None:
    for path in ("/v1/orders", "/v1/items"):
        plain = live.http.post(path, content=json.dumps(ORDER), headers={"content-type": "text/plain"})
        problem(plain, 415, "unsupported-media-type")
    assert live.http.post(
        "/v1/orders", content=json.dumps(ORDER), headers={"content-type": "Application/JSON; charset=utf-8"}
    ).is_success


def test_a_body_past_the_bound_is_refused(serve: Serve) -> None:
    live = serve(body_max_bytes=1000, bulk_max_lines=2)
    problem(live.http.post("/v1/orders", json=ORDER | {"ref": "x" * 1000}), 413, "too-large")
    chunks = (b"x" * 500 for _ in range(10))
    problem(live.http.post("/v1/items", content=chunks, headers=JSON), 413, "too-large")
    problem(live.http.post("/v1/orders/bulk", json={"orders": [ORDER] * 3}), 413, "too-large")


def test_paths_and_methods_that_are_not_there(shared: Live) -> None:
    problem(shared.http.get("/v1/nothing"), 404, "no-such-path")
    found = shared.http.put("/v1/items", json={})
    problem(found, 405, "method-not-allowed")
    assert "POST" in found.headers["allow"]
    found = shared.http.delete("/v1/orders")
    problem(found, 405, "method-not-allowed")
    assert found.headers["allow"] == "GET, POST"
    assert shared.http.delete("/v1/atp").headers["allow"] == "GET, POST"


def test_parameters_are_named_too(shared: Live) -> None:
    assert problem(shared.http.get("/v1/items?limit=0"), 422, "invalid")["field"] == "limit"
    assert problem(shared.http.get("/v1/items?limit=100000"), 422, "invalid")["field"] == "limit"
    assert problem(shared.http.get("/v1/items?cursor=!"), 422, "invalid")["field"] == "cursor"
    assert problem(shared.http.get("/v1/policies?cursor=QUJD"), 422, "invalid")["field"] == "cursor"
    assert problem(shared.http.get("/v1/atp?channel=web&sku=A&x=1"), 422, "invalid")["field"] == "x"
    assert problem(shared.http.get("/v1/atp?channel=web"), 422, "invalid")["field"] == "sku"


def test_past_the_queues_bound_callers_come_back_later(serve: Serve) -> None:
    live = serve(lane_queue_bound=5)
    orders = [ORDER | {"ref": str(n)} for n in range(6)]
    found = live.http.post("/v1/orders/bulk", json={"orders": orders})
    problem(found, 429, "too-many-requests")
    assert int(found.headers["retry-after"]) >= 1


def test_an_answer_that_does_not_come_in_time_is_unknown(serve: Serve) -> None:
    live = serve(request_deadline_s=0.5)
    conn = live.hub.db.connect()
    with conn.transaction():
        conn.execute("SELECT FROM head FOR UPDATE")
        found = live.order("1", ("A", 1))
        problem(found, 503, "outcome-unknown")
        assert int(found.headers["retry-after"]) >= 1
    conn.close()
    assert live.order("1", ("A", 1)).is_success
    assert live.atp("A") == 9
