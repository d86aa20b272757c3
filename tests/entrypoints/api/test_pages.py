"""Whether a channel's pages are written, over HTTP."""

from tests.entrypoints.api.conftest import Live, problem
from truestock.connections.reached import put_connection

PATH = "/v1/connections/web/pages"


def test_pages_are_switched_and_seen(live: Live) -> None:
    problem(live.http.get(PATH), 404, "not-found")
    settings = {"shop": "corner.myshopify.com", "location": "1"}
    put_connection(live.hub.db, live.hub.seal(), "web", "shopify", settings, {"access_token": "t"})
    found = live.http.get(PATH).json()
    assert (found["on"], found["pushed"], found["troubles"]) == (False, 0, [])
    assert live.http.put(PATH, json={"on": True}).json()["on"] is True
    assert live.http.get(PATH).json()["left"] == ["options", "summary", "attributes", "tax_class"]
    assert live.http.put(PATH, json={"on": False}).json()["on"] is False
    assert live.http.put(PATH, json={"on": True, "now": True}).status_code == 422
