"""Webhooks over HTTP: added, tried, paused, given new secrets, watched and replayed; a secret is shown once."""

from typing import Any

import pytest

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, Serve, problem
from tests.entrypoints.api.test_gate import key_of
from tests.entrypoints.shops import everything_stored
from tests.sync.webhooks.conftest import shipped
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.store.events import announce

URL = "https://shop.example/hooks"
HOOKS = "/v1/webhooks"
VERBS = ("test", "pause", "resume", "rotate")


def add(live: Live, url: str = URL, **more: Any) -> Any:
    made = live.http.post(HOOKS, json={"url": url, "kinds": ["order.shipped"], **more})
    assert made.status_code == 201, made.text
    return made.json()


def do(live: Live, webhook: int, verb: str) -> Any:
    return live.http.post(f"{HOOKS}/{webhook}/{verb}", json={})


def test_kinds_of_events_come_with_the_schema_of_their_data(shared: Live) -> None:
    found = {row["kind"]: row for row in shared.http.get("/v1/webhook-kinds").json()["rows"]}
    assert {"availability.changed", "order.shipped", "channel.down"} <= found.keys()
    assert all(row["meaning"] and row["data"] for row in found.values())


def test_a_webhook_lives_from_added_to_removed_and_its_secret_is_shown_once(serve: Serve) -> None:
    live = serve(webhooks_to_lan=True)
    receiver = Receiver()
    with answering(receiver):
        made = add(live, receiver.url, channel="web")
        webhook, secret = made["webhook"]["id"], made["secret"]
        tried = do(live, webhook, "test")
        assert (tried.status_code, tried.json()["status"]) == (200, 204)
        with live.hub.db.transaction() as conn:
            announce(conn, [shipped("1001"), shipped("77", "market")])
        until(lambda: len(receiver.seen) == 2)
        for seen in receiver.seen:
            seen.verify(secret)
        listed = f"{HOOKS}/{webhook}/deliveries"
        until(lambda: live.http.get(listed).json()["rows"][0]["state"] == "done")
        (delivery,) = live.http.get(listed).json()["rows"]
        assert delivery["id"] == receiver.ids[1]
        again = live.http.post(f"{HOOKS}/{webhook}/replay", json={"delivery": delivery["id"]})
        assert again.json() == {"webhook": webhook, "deliveries": 1}
        until(lambda: len(receiver.seen) == 3)
        rotated = do(live, webhook, "rotate").json()
        assert rotated["secret"] != secret
        assert do(live, webhook, "pause").json()["paused"] is True
        assert do(live, webhook, "resume").json()["paused"] is False
        told = "\n".join(
            live.http.get(path).text for path in (HOOKS, f"{HOOKS}/{webhook}", listed, "/metrics", "/openapi.json")
        )
        for each in (secret, rotated["secret"]):
            assert each not in told
            assert each.removeprefix("whsec_") not in everything_stored(live.hub.db)
        metrics = live.http.get("/metrics").text
        assert 'truestock_webhook_calls_total{result="done"}' in metrics
        assert f'truestock_webhook_waiting{{webhook="{webhook}"}} 0.0' in metrics
        assert f'truestock_webhook_answers{{webhook="{webhook}"}} 1.0' in metrics
        assert "truestock_events_waiting 0.0" in metrics
        assert live.http.delete(f"{HOOKS}/{webhook}").json()["id"] == webhook
        problem(live.http.get(f"{HOOKS}/{webhook}"), 404, "not-found")


@pytest.mark.parametrize(
    ("more", "status", "field", "said"),
    [
        ({"url": "http://shop.example/"}, 422, "url", "https://"),
        ({"url": "https://10.0.0.1/"}, 422, "url", "private network"),
        ({"url": "https://169.254.169.254/"}, 422, "url", "never"),
        ({"kinds": []}, 422, "kinds", ""),
        ({"kinds": ["order.lost"]}, 422, "kinds", "choose one of"),
        ({"channel": "nowhere"}, 404, "channel", "nowhere"),
        ({"secret": "mine"}, 422, "secret", "unknown field"),
    ],
)
def test_what_is_wrong_with_a_webhook_is_named(
    shared: Live, more: dict[str, Any], status: int, field: str, said: str
) -> None:
    body = {"url": URL, "kinds": ["order.shipped"], **more}
    found = problem(shared.http.post(HOOKS, json=body), status, "invalid" if status == 422 else "not-found")
    assert found["field"].startswith(field)
    assert said in found["detail"]


def test_one_that_is_not_there_is_not_found(shared: Live) -> None:
    for verb in VERBS:
        problem(do(shared, 7, verb), 404, "not-found")
    problem(shared.http.get(f"{HOOKS}/7/deliveries"), 404, "not-found")
    problem(shared.http.delete(f"{HOOKS}/7"), 404, "not-found")
    problem(shared.http.get(f"{HOOKS}/0"), 422, "invalid")


def test_a_receiver_that_may_not_be_called_is_a_conflict_that_says_why(live: Live) -> None:
    webhook = add(live, "https://localhost:8443/")["webhook"]["id"]
    found = problem(do(live, webhook, "test"), 409, "conflict")
    assert "private network" in found["detail"]


def test_pages_and_states_that_are_none_are_refused(live: Live) -> None:
    webhook = add(live)["webhook"]["id"]
    listed = f"{HOOKS}/{webhook}/deliveries"
    problem(live.http.get(listed, params={"state": "lost"}), 422, "invalid")
    problem(live.http.get(listed, params={"cursor": "bm8"}), 422, "invalid")
    problem(live.http.post(f"{HOOKS}/{webhook}/replay", json={}), 422, "invalid")
    problem(live.http.post(f"{HOOKS}/{webhook}/replay", json={"since": "2026-11-27T08:00:00"}), 422, "invalid")
    assert live.http.post(f"{HOOKS}/{webhook}/replay", json={"since": "2026-01-27T08:00:00Z"}).json()["deliveries"] == 0


def test_only_the_admin_sees_webhooks(live: Live) -> None:
    reader = key_of(live, "read", "orders", "stock", "catalog")
    for path in (HOOKS, "/v1/webhook-kinds"):
        problem(live.http.get(path, headers=reader), 403, "forbidden")
