"""The change stream over HTTP: pages, events, reconnection, and the end of a server whose clients stay."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2

from tests.clocks import PATIENCE_S, until
from tests.entrypoints.api.conftest import Live, Serve, problem
from truestock.entrypoints.api.hot.streams.changes import HEARTBEAT_S


def listed(live: Live) -> None:
    lines = [{"channel": c, "sku": "L", "components": [{"item": "A"}]} for c in ("web", "retail")]
    assert live.http.post("/v1/listings", json={"lines": lines}).status_code == 200


def pages(live: Live, cursor: str | None, wanted: int) -> tuple[list[dict[str, Any]], str]:
    """Changes from a cursor on, as soon as there are so many."""
    found: list[dict[str, Any]] = []
    at = cursor

    def enough() -> bool:
        nonlocal at
        page = live.http.get("/v1/changes", params={} if at is None else {"cursor": at}).json()
        found.extend(page["changes"])
        at = page["next"]
        return len(found) >= wanted

    until(enough)
    assert at is not None
    return found, at


def events(response: httpx2.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """The id and data of each event."""
    seen = ""
    for line in response.iter_lines():
        if line.startswith("id: "):
            seen = line[4:]
        elif line.startswith("data: "):
            yield seen, json.loads(line[6:])


def test_changes_come_by_pages_from_a_cursor_on(live: Live) -> None:
    listed(live)
    first, cursor = pages(live, None, 2)
    assert {(c["channel"], c["sku"], c["atp"]) for c in first} == {("web", "L", 10), ("retail", "L", 10)}
    live.order("1", ("L", 4))
    then, _ = pages(live, cursor, 2)
    assert {(c["channel"], c["atp"]) for c in then} == {("web", 6), ("retail", 6)}
    assert all(c["rev"] == 2 for c in then)
    problem(live.http.get("/v1/changes?cursor=eHg"), 422, "invalid")


def test_events_arrive_and_go_on_where_a_client_left(live: Live) -> None:
    listed(live)
    _, cursor = pages(live, None, 2)
    with live.http.stream("GET", "/v1/changes/stream", params={"channel": "web", "cursor": cursor}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response)
        live.order("1", ("L", 1))
        last, change = next(told)
        assert (change["channel"], change["atp"]) == ("web", 9)
    for n in range(2, 5):
        live.order(str(n), ("L", 1))
        time.sleep(0.15)
    with live.http.stream("GET", "/v1/changes/stream?channel=web", headers={"last-event-id": last}) as response:
        told = events(response)
        atps = [next(told)[1]["atp"]]
        while atps[-1] > 6:
            atps.append(next(told)[1]["atp"])
    assert atps == sorted(atps, reverse=True)
    assert atps[-1] == 6


def test_the_first_who_listens_hears_at_once_what_happens_from_then_on(live: Live) -> None:
    listed(live)
    pages(live, None, 2)
    with live.http.stream("GET", "/v1/changes/stream", params={"channel": "web"}) as response:
        begun = time.monotonic()
        live.order("1", ("L", 1))
        _, change = next(events(response))
    assert change["atp"] == 9
    assert time.monotonic() - begun < HEARTBEAT_S - 1, "only the sign of life woke it"


def test_a_server_with_open_streams_stops_within_seconds(serve: Serve) -> None:
    live = serve(shutdown_grace_s=120)
    opened = threading.Barrier(4, timeout=PATIENCE_S)
    ended = []

    def listen() -> None:
        with live.http.stream("GET", "/v1/changes/stream") as response:
            opened.wait()
            ended.append(sum(1 for _ in response.iter_lines()))

    listeners = [threading.Thread(target=listen) for _ in range(3)]
    for listener in listeners:
        listener.start()
    opened.wait()
    begun = time.monotonic()
    live.server.should_exit = True
    for listener in listeners:
        listener.join(PATIENCE_S)
    assert len(ended) == 3
    assert time.monotonic() - begun < PATIENCE_S
