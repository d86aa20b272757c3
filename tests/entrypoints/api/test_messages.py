"""Messages over HTTP: which are sent, previewed of a real order, listed, sent again, and counted in the metrics."""

from tests.clocks import until
from tests.entrypoints.api.conftest import Serve, problem
from tests.entrypoints.api.test_gate import key_of
from tests.sync.messages.conftest import FROM
from tests.sync.messages.postoffice import PostOffice, open_for_mail
from truestock.bootstrap import outside_of
from truestock.sync.messages.rules import Wanted, switch_on


def test_a_served_hub_tells_shoppers_and_shows_how_that_goes(serve: Serve) -> None:
    with open_for_mail(PostOffice(rcpt=["550 no such user", ""])) as office:
        live = serve(smtp_url=office.url, mail_from=FROM)
        hub = live.hub
        wanted = Wanted("web", "confirmed", "email", "desk@lamps.test")
        switch_on(hub.db, hub.seal(), wanted, outside_of(hub.settings))
        (rule,) = live.http.get("/v1/message-rules").json()["rows"]
        assert (rule["channel"], rule["kind"], rule["via"], rule["to"]) == ("web", "confirmed", "email", wanted.to)
        assert live.order("1001", ("A", 2)).status_code in (200, 201)
        body = {"channel": "web", "kind": "confirmed", "order": "1001"}
        preview = live.http.post("/v1/messages/preview", json=body).json()
        assert "- 2 x A" in preview["text"]
        listed = "/v1/messages?channel=web&state=dead"
        until(lambda: bool(live.http.get(listed).json()["rows"]))
        (message,) = live.http.get(listed).json()["rows"]
        assert message["error"] == "550 no such user"
        assert 'truestock_messages{channel="web",kind="confirmed",state="dead"} 1.0' in live.http.get("/metrics").text
        assert 'truestock_message_tries_total{result="never"} 1.0' in live.http.get("/metrics").text
        again = live.http.post(f"/v1/messages/{message['id']}/retry", json={})
        assert again.json()["state"] == "waiting"
        until(lambda: len(office.taken) == 1)
        assert office.mails[0]["To"] == "desk@lamps.test"


def test_what_is_wrong_is_said_with_the_field(serve: Serve) -> None:
    live = serve()
    nothing = {"channel": "web", "kind": "confirmed", "order": "nothing"}
    problem(live.http.post("/v1/messages/preview", json=nothing), 404, "not-found")
    wrong = problem(live.http.post("/v1/messages/preview", json={**nothing, "kind": "lost"}), 422, "invalid")
    assert wrong["field"] == "kind"
    problem(live.http.post("/v1/messages/preview", json={**nothing, "to": "eve@example.org"}), 422, "invalid")
    problem(live.http.post("/v1/messages/msg_1/retry", json={}), 404, "not-found")
    problem(live.http.get("/v1/messages?state=lost"), 422, "invalid")
    assert problem(live.http.get("/v1/messages?cursor=bm90aGluZw"), 422, "invalid")["field"] == "cursor"


def test_only_an_admin_sees_messages(serve: Serve) -> None:
    live = serve()
    headers = key_of(live, "read")
    for path in ("/v1/messages", "/v1/message-rules"):
        assert live.http.get(path, headers=headers).status_code == 403
