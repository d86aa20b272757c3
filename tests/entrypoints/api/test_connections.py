"""Connections over HTTP: made, tried, paused, reset and watched; a secret that went in is never seen again."""

import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from structlog.testing import capture_logs

from tests.connectors.counterparts.generic import SECRET, Shop
from tests.entrypoints.api.conftest import Live, problem
from tests.entrypoints.api.test_gate import key_of
from tests.entrypoints.shops import BEARER, SETTINGS, answering, everything_stored, secret_forms
from truestock.catalog.items import Component
from truestock.catalog.listings import ListingDraft, put_listings

NOWHERE = "http://127.0.0.1:9/hub"
WEB = "/v1/connections/web"
VERBS = ("test", "pause", "resume", "reset")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with answering(Shop({"A": 0, "B": 0}, bearer=BEARER)) as shop:
        yield shop


def connect(live: Live, url: str = NOWHERE, **more: Any) -> httpx2.Response:
    """Connect the channel web."""
    body = {
        "connector": "generic",
        "settings": {"base_url": url, **SETTINGS},
        "secrets": {"signing_secret": SECRET, "bearer_token": BEARER},
    }
    return live.http.put(WEB, json={**body, **more})


def do(live: Live, verb: str, channel: str = "web") -> httpx2.Response:
    return live.http.post(f"/v1/connections/{channel}/{verb}", json={})


def test_installed_connectors_come_with_the_schema_of_their_settings(shared: Live) -> None:
    found = {row["name"]: row for row in shared.http.get("/v1/connectors").json()["rows"]}
    generic = found["generic"]
    assert set(generic["secrets"]) == {"signing_secret", "bearer_token"}
    settings = jsonschema_rs.validator_for(generic["settings"])
    assert settings.is_valid({"base_url": NOWHERE, **SETTINGS})
    assert not settings.is_valid({"base_url": NOWHERE})


def test_a_channel_is_connected_read_and_connected_otherwise(live: Live) -> None:
    problem(live.http.get(WEB), 404, "not-found")
    assert live.http.get("/v1/connections").json() == {"rows": [], "next": None}
    made = connect(live)
    assert made.status_code == 200
    assert made.json()["settings"]["batch_max"] == 100
    found = live.http.get(WEB).json()
    assert {**found["connection"], "trouble": "", "trouble_since": None} == made.json()
    assert live.http.get("/v1/connections").json()["rows"][0]["connection"]["channel"] == "web"
    assert connect(live, settings={"base_url": NOWHERE, **SETTINGS, "batch_max": 7}).is_success
    assert live.http.get(WEB).json()["connection"]["settings"]["batch_max"] == 7


@pytest.mark.parametrize(
    ("more", "field", "said"),
    [
        ({"connector": "nothing"}, "connector", "installed are"),
        ({"settings": {}}, "settings", "base_url"),
        ({"settings": {"base_url": NOWHERE, **SETTINGS, "colour": "red"}}, "settings", "colour"),
        ({"secrets": {"password": SECRET}}, "secrets", "'password'"),
        ({"secrets": {"signing_secret": 5}}, "secrets", "Expected `str`"),
        ({"secret": SECRET}, "secret", "unknown field"),
    ],
)
def test_what_is_wrong_with_a_connection_is_named_and_no_secret_shown(
    shared: Live, more: dict[str, Any], field: str, said: str
) -> None:
    found = problem(connect(shared, **more), 422, "invalid")
    assert found["field"].startswith(field)
    assert said in found["detail"]
    assert not [form for form in secret_forms() if form in str(found)]


def test_an_unknown_channel_is_not_found(shared: Live) -> None:
    body = {"connector": "generic", "settings": {"base_url": NOWHERE, **SETTINGS}}
    problem(shared.http.put("/v1/connections/nowhere", json=body), 404, "not-found")
    for verb in VERBS:
        problem(do(shared, verb, "nowhere"), 404, "not-found")


def test_a_connected_channel_is_tried(live: Live, shop: Shop) -> None:
    connect(live, shop.url)
    assert do(live, "test").json() == {"channel": "web", "said": "Corner shop"}
    connect(live, shop.url, secrets={"signing_secret": SECRET})
    assert "bearer token" in problem(do(live, "test"), 409, "conflict")["detail"]
    connect(live)
    assert "check the base URL" in problem(do(live, "test"), 409, "conflict")["detail"]


def test_a_channel_is_paused_resumed_and_reset(live: Live) -> None:
    put_listings(live.hub.db, [ListingDraft("web", "A", (Component("A", 1),))])
    connect(live)
    assert do(live, "pause").json()["connection"]["paused"] is True
    problem(do(live, "pause"), 422, "invalid")
    assert do(live, "resume").json()["connection"]["paused"] is False
    problem(do(live, "resume"), 422, "invalid")
    assert set(do(live, "reset").json()) == {"channel", "listings"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_web_page_of_somebody_else_cannot_do_it_unasked(shared: Live, verb: str) -> None:
    """What a browser sends elsewhere without asking first has no body, or one that is not JSON."""
    path = f"{WEB}/{verb}"
    problem(shared.http.post(path), 415, "unsupported-media-type")
    problem(
        shared.http.post(path, content=b"{}", headers={"content-type": "text/plain"}), 415, "unsupported-media-type"
    )


def test_only_an_administrator_may(live: Live) -> None:
    others = key_of(live, "read", "orders", "stock", "catalog")
    admin = key_of(live, "admin")
    body = {
        "connector": "generic",
        "settings": {"base_url": NOWHERE, **SETTINGS},
        "secrets": {"signing_secret": SECRET},
    }
    calls: list[tuple[str, str, Any]] = [("GET", "/v1/connectors", None), ("GET", "/v1/connections", None)]
    calls += [("PUT", WEB, body), ("GET", WEB, None), *(("POST", f"{WEB}/{verb}", {}) for verb in VERBS)]
    for method, path, sent in calls:
        problem(live.http.request(method, path, json=sent, headers=others), 403, "forbidden")
        assert live.http.request(method, path, json=sent, headers=admin).status_code in (200, 409), path


def test_a_secret_is_in_no_answer_no_log_line_and_no_row(
    live: Live, shop: Shop, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    put_listings(live.hub.db, [ListingDraft("web", sku, (Component(sku, 1),)) for sku in "AB"])
    shop.faults.reject = {"B"}
    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        said = [connect(live, shop.url), connect(live, secrets={"signing_secret": SECRET, SECRET[:9]: BEARER})]
        said += [do(live, verb) for verb in (*VERBS, "reset", "nothing")]
        shop.faults.throttle_next, shop.faults.throttle_status = 3, 401
        said += [do(live, "test"), live.http.get(WEB), live.http.get("/v1/connections"), live.http.get("/metrics")]
        connect(live, NOWHERE)
        said += [do(live, "test"), live.http.get("/v1/changes")]
    out, err = capfd.readouterr()
    shown = "\n".join([*(f"{r.text} {r.headers}" for r in said), caplog.text, str(lines), out, err])
    assert "Corner shop" in shown
    assert lines
    assert not [form for form in secret_forms() if form in shown]
    rows = everything_stored(live.hub.db)
    assert NOWHERE in rows
    assert not [form for form in secret_forms() if form in rows]
