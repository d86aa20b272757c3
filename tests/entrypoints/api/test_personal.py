"""A person is erased over HTTP by an administrator, and the log says who asked and never who was erased."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.entrypoints.api.conftest import Live, problem
from tests.entrypoints.api.test_gate import key_of
from tests.entrypoints.shops import SEALED_WITH
from truestock.connections.reached import connection, put_connection
from truestock.connections.seal import Seal, key_from
from truestock.connectors.contract.notices import Notice
from truestock.feeds.channel_orders.notices import Heard, add

ADA = {"email": "ada@example.org"}


def heard_of(live: Live, *bodies: bytes) -> None:
    """Messages of the web shop have come in."""
    put_connection(live.hub.db, Seal(key_from(SEALED_WITH)), "web", "generic", {}, {})
    channel = connection(live.hub.db, "web").id
    with live.hub.db.connect() as conn:
        add(conn, [Heard(channel, Notice("customers/update", f"{n}"), body) for n, body in enumerate(bodies)])


def bodies(live: Live) -> list[bytes]:
    with live.hub.db.transaction() as conn:
        return [bytes(body) for (body,) in conn.execute("SELECT body FROM notice ORDER BY body")]


def test_a_person_is_erased_after_a_dry_run_that_changes_nothing(live: Live) -> None:
    heard_of(live, b'{"email": "Ada@example.org"}', b'{"email": "bob@example.org"}')
    before = bodies(live)
    tried = live.http.post("/v1/erase", params={"dry_run": True}, json=ADA)
    assert (tried.status_code, tried.json()) == (200, {"orders": 0, "messages": 1})
    assert bodies(live) == before
    assert live.http.post("/v1/erase", json=ADA).json() == {"orders": 0, "messages": 1}
    assert bodies(live) == [b"", b'{"email": "bob@example.org"}']
    assert live.http.post("/v1/erase", json=ADA).json() == {"orders": 0, "messages": 0}


def test_the_log_says_who_asked_and_how_many_and_never_who_was_erased(live: Live) -> None:
    heard_of(live, b'{"email": "ada@example.org"}')
    header = key_of(live, "admin")
    with capture_logs() as logs:
        live.http.post("/v1/erase", json=ADA, headers=header)
        live.http.post("/v1/erase", json={"email": "ada"}, headers=header)
    (line,) = [line for line in logs if line["event"] == "erased a person"]
    assert line["actor"] == "test"
    assert header["authorization"].split("_")[2] == line["key"]
    assert (line["dry_run"], line["orders"], line["messages"]) == (False, 0, 1)
    assert "ada" not in str(logs)


@pytest.mark.parametrize(
    ("person", "status", "kind", "field"),
    [
        ({}, 422, "invalid", "email"),
        ({"email": "ada"}, 422, "invalid", "email"),
        ({"phone": "123"}, 422, "invalid", "phone"),
        ({"channel": "web"}, 422, "invalid", "email"),
        ({"buyer": "77"}, 422, "invalid", "channel"),
        ({"channel": "nowhere", "buyer": "77"}, 404, "not-found", "channel"),
        ({"mail": "ada@example.org"}, 422, "invalid", "mail"),
    ],
)
def test_what_is_wrong_is_named(shared: Live, person: dict[str, Any], status: int, kind: str, field: str) -> None:
    assert problem(shared.http.post("/v1/erase", json=person), status, kind)["field"] == field


def test_only_an_administrator_may(live: Live) -> None:
    others = key_of(live, "read", "orders", "stock", "catalog")
    problem(live.http.post("/v1/erase", json=ADA, headers=others), 403, "forbidden")
    assert live.http.post("/v1/erase", json=ADA, headers=key_of(live, "admin")).is_success
