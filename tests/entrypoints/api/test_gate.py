"""Who may call what: without keys, with keys of every scope, and with keys bound to a channel."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, Serve, problem
from truestock.catalog.keys import KeyDraft, create_key, revoke_key
from truestock.entrypoints.api.serve import NeedsKeys, check_address

ORDER = {"channel": "web", "ref": "1", "lines": [{"sku": "A"}]}
ITEM: dict[str, Any] = {"lines": [{"sku": "A"}]}
RECEIPT = {"lines": [{"kind": "receive", "sku": "A", "location": "dc", "qty": 1}]}
CALLS = {
    "read": ("GET", "/v1/items", None),
    "orders": ("POST", "/v1/orders", ORDER),
    "stock": ("POST", "/v1/movements", RECEIPT),
    "catalog": ("POST", "/v1/items", ITEM),
    "admin": ("GET", "/v1/keys", None),
}
OPEN = ["/health", "/ready", "/docs", "/docs/swagger-ui-bundle.js", "/openapi.json", "/problems", "/problems/busy"]


def key_of(live: Live, *scopes: str, channel: str | None = None) -> dict[str, str]:
    """The header of a new key."""
    made = create_key(live.hub.db, KeyDraft("test", scopes, channel))
    header = {"authorization": f"Bearer {made.token}"}
    until(lambda: live.http.get("/v1/echo", headers=header).status_code != 401)
    return header


def call(live: Live, scope: str, headers: dict[str, str]) -> httpx2.Response:
    method, path, body = CALLS[scope]
    return live.http.request(method, path, json=body, headers=headers)


def test_a_hub_without_keys_is_open_on_loopback(shared: Live) -> None:
    assert all(call(shared, scope, {}).is_success for scope in CALLS)


def test_from_the_first_key_on_everybody_needs_one(live: Live) -> None:
    made = live.http.post("/v1/keys", json={"name": "first", "scopes": ["admin"]})
    assert made.status_code == 201
    for scope in CALLS:
        found = call(live, scope, {})
        problem(found, 401, "unauthorized")
        assert "Bearer" in found.headers["www-authenticate"]
        assert call(live, scope, {"authorization": f"Bearer {made.json()['token']}"}).is_success
    problem(live.http.get("/metrics"), 401, "unauthorized")
    problem(live.http.get("/v1/nothing"), 401, "unauthorized")
    assert [live.http.get(path).status_code for path in OPEN] == [200] * len(OPEN)


@pytest.mark.parametrize("scope", CALLS)
def test_a_key_opens_what_its_scope_says(live: Live, scope: str) -> None:
    header = key_of(live, scope)
    for wanted in CALLS:
        found = call(live, wanted, header)
        if wanted == scope or scope == "admin":
            assert found.is_success, (wanted, found.text)
        else:
            assert wanted in problem(found, 403, "forbidden")["detail"]


def test_a_key_that_is_bound_acts_for_its_channel_alone(live: Live) -> None:
    header = key_of(live, "orders", "read", "stock", "catalog", channel="web")
    retail = ORDER | {"channel": "retail"}
    assert live.http.post("/v1/orders", json=ORDER, headers=header).is_success
    assert live.http.get("/v1/atp?channel=web&sku=A", headers=header).is_success
    problem(live.http.post("/v1/orders", json=retail, headers=header), 403, "forbidden")
    problem(live.http.get("/v1/atp?channel=retail&sku=A", headers=header), 403, "forbidden")
    ship = {"channel": "retail", "ref": "1"}
    problem(live.http.post("/v1/orders/ship", json=ship, headers=header), 403, "forbidden")
    problem(live.http.post("/v1/movements", json=RECEIPT, headers=header), 403, "forbidden")
    problem(live.http.post("/v1/items", json=ITEM, headers=header), 403, "forbidden")
    problem(live.http.get("/v1/listings", headers=header), 403, "forbidden")
    problem(live.http.get("/v1/figures", headers=header), 403, "forbidden")
    bulk = live.http.post("/v1/orders/bulk", json={"orders": [ORDER, retail]}, headers=header)
    assert [one["status"] for one in bulk.json()["answers"]] == [200, 403]


def test_a_revoked_key_stops_within_seconds(live: Live) -> None:
    header = key_of(live, "read")
    key = header["authorization"].split("_")[2]
    assert call(live, "read", header).is_success
    revoke_key(live.hub.db, key)
    until(lambda: not call(live, "read", header).is_success)
    problem(call(live, "read", header), 401, "unauthorized")


def test_an_expired_key_opens_nothing(live: Live) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    made = live.http.post("/v1/keys", json={"name": "old", "scopes": ["admin"], "expires_at": past.isoformat()})
    header = {"authorization": f"Bearer {made.json()['token']}"}
    problem(call(live, "read", header), 401, "unauthorized")


def test_a_browser_may_give_the_key_as_a_password(live: Live) -> None:
    token = key_of(live, "read")["authorization"].removeprefix("Bearer ")
    basic = base64.b64encode(f"me:{token}".encode()).decode()
    assert call(live, "read", {"authorization": f"Basic {basic}"}).is_success


@pytest.mark.parametrize("header", ["Bearer", "Basic", "Basic !", "Basic /w==", "Digest x", "x", "Bearer ts"])
def test_other_credentials_are_none_even_on_an_open_hub(shared: Live, header: str) -> None:
    problem(call(shared, "read", {"authorization": header}), 401, "unauthorized")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8765", "evil.example:127.0.0.1", ""])
def test_a_page_whose_name_points_here_reads_nothing_of_an_open_hub(shared: Live, host: str) -> None:
    problem(shared.http.get("/v1/items", headers={"host": host}), 403, "forbidden")


@pytest.mark.parametrize("host", ["localhost", "localhost:8765", "127.0.0.1", "[::1]:8765", "[::1]"])
def test_local_names_are_answered(shared: Live, host: str) -> None:
    assert shared.http.get("/v1/items", headers={"host": host}).is_success


def test_a_hub_that_others_can_reach_answers_nobody_without_a_key(serve: Serve) -> None:
    live = serve(on_loopback=False)
    problem(call(live, "read", {}), 401, "unauthorized")
    assert call(live, "read", key_of(live, "read")).is_success


def test_a_hub_without_keys_does_not_listen_elsewhere(serve: Serve) -> None:
    live = serve(host="0.0.0.0")
    with pytest.raises(NeedsKeys):
        check_address(live.hub)
    create_key(live.hub.db, KeyDraft("first"))
    assert check_address(live.hub) is False


def test_no_secret_shows_in_answers_or_logs(live: Live) -> None:
    with capture_logs() as logs:
        made = live.http.post("/v1/keys", json={"name": "canary", "scopes": ["admin"]}).json()
        header = {"authorization": f"Bearer {made['token']}"}
        seen = [call(live, scope, header) for scope in CALLS]
        seen += [live.http.get(path, headers=header) for path in ("/v1/keys", "/metrics", "/v1/nothing", *OPEN)]
        seen.append(live.http.delete(f"/v1/keys/{made['key']['id']}", headers=header))
        seen.append(call(live, "read", header))
    secret = made["token"].split("_", 3)[3]
    assert not [one for one in seen if secret in one.text or secret in str(one.headers)]
    assert logs
    assert secret not in str(logs)
    assert [line for line in logs if line.get("key") == made["key"]["id"] and line.get("actor") == "canary"]
