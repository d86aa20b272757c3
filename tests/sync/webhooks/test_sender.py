"""One call: to a checked address and nowhere else, within its time, whatever the other side does."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clocks import PATIENCE_S
from tests.sync.webhooks.certificates import tls_for
from tests.sync.webhooks.receivers import Receiver, answering
from truestock.connections.outside.pinned import Lookup, looked_up
from truestock.sync.webhooks.answers import Answer
from truestock.sync.webhooks.sender import Sender

BODY = b'{"specversion": "1.0"}'
HEADERS = {"webhook-id": "evt_1", "content-type": "application/cloudevents+json"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    with answering(found):
        yield found


def send(url: str, times: int = 1, **how: Any) -> list[Answer]:
    """One call after the other, over one sender that may go to this machine unless told otherwise."""

    async def calls() -> list[Answer]:
        sender = Sender(**{"to_lan": True, "timeout_s": 2.0, **how})
        try:
            return [await sender.send(1, url, HEADERS, BODY) for _ in range(times)]
        finally:
            await sender.close()

    return asyncio.run(calls())


def leads_to(*addresses: str) -> Lookup:
    """A name server that says these addresses."""
    return lambda _host, _port: list(addresses)


def test_a_call_brings_body_and_headers_and_is_done(receiver: Receiver) -> None:
    assert send(receiver.url) == [Answer("done", 204)]
    (seen,) = receiver.seen
    assert (seen.target, seen.body) == ("/in?q=1", BODY)
    assert seen.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert seen.headers["webhook-id"] == "evt_1"
    assert seen.headers["content-type"] == "application/cloudevents+json"
    assert seen.headers["accept-encoding"] == "identity"


def test_without_leave_nothing_reaches_this_machine(receiver: Receiver) -> None:
    for url in (receiver.url, f"https://127.0.0.1:{receiver.port}/", f"https://localhost:{receiver.port}/"):
        (answer,) = send(url, to_lan=False)
        assert (answer.kind, answer.status) == ("down", None)
    assert receiver.seen == []


@pytest.mark.parametrize("host", ["127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "localhost", "ip6-localhost"])
def test_other_ways_to_write_an_address_are_judged_by_where_they_lead(host: str) -> None:
    (answer,) = send(f"https://{host}/", to_lan=False)
    assert answer.kind == "down"
    assert any(why in answer.error for why in ("private network", "leads nowhere", "no URL"))


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "127.0.0.1"), ("::1",), ("::ffff:127.0.0.1",), ("64:ff9b::7f00:1",), ("10.0.0.1",)],
)
def test_a_name_with_one_private_address_is_not_called(receiver: Receiver, addresses: tuple[str, ...]) -> None:
    (answer,) = send(f"https://shop.example:{receiver.port}/", to_lan=False, lookup=leads_to(*addresses))
    assert "private network" in answer.error
    assert receiver.seen == []


def test_metadata_is_not_called_even_with_leave() -> None:
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"):
        (answer,) = send("http://metadata.example/", lookup=leads_to(address))
        assert "never" in answer.error


def test_a_name_that_is_rebound_after_its_check_is_called_at_the_checked_address(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever would look the name up a second time would get the address of the attacker's choice."""
    asked: list[str] = []

    def noting(host: Any, *rest: Any, **more: Any) -> Any:
        asked.append(str(host))
        return plain(host, *rest, **more)

    plain = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", noting)
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    first, second = send(f"http://shop.example:{receiver.port}/", times=2, lookup=lambda _host, _port: next(answers))
    assert first == Answer("done", 204)
    assert "never" in second.error
    assert len(receiver.seen) == 1
    assert receiver.seen[0].headers["host"] == f"shop.example:{receiver.port}"
    assert not any("shop.example" in host for host in asked)


def test_over_tls_the_name_is_asked_for_and_has_to_be_proven(tmp_path: Path) -> None:
    server, client = tls_for("shop.example", tmp_path)
    receiver = Receiver(tls=server)
    with answering(receiver):
        url = f"https://shop.example:{receiver.port}/in"
        assert send(url, tls=client, lookup=leads_to("127.0.0.1")) == [Answer("done", 204)]
        assert receiver.seen[0].sni == "shop.example"
        assert receiver.seen[0].headers["host"] == f"shop.example:{receiver.port}"
        (other,) = send(url.replace("shop", "bank"), tls=client, lookup=leads_to("127.0.0.1"))
        (unknown,) = send(url, lookup=leads_to("127.0.0.1"))
    assert (other.kind, unknown.kind) == ("down", "down")
    assert "CERTIFICATE_VERIFY_FAILED" in other.error
    assert len(receiver.seen) == 1


def test_a_second_address_is_tried_when_nobody_is_at_the_first(receiver: Receiver) -> None:
    url = f"http://shop.example:{receiver.port}/"
    assert send(url, lookup=leads_to("127.0.0.2", "127.0.0.1")) == [Answer("done", 204)]
    (answer,) = send(url, lookup=leads_to("127.0.0.2", "127.0.0.3"))
    assert answer.error.startswith("not reached")


def test_no_redirect_is_followed_and_no_cookie_kept(receiver: Receiver) -> None:
    elsewhere = Receiver()
    with answering(elsewhere):
        receiver.answers = [
            b"HTTP/1.1 307 Go\r\nlocation: "
            + elsewhere.url.encode()
            + b"\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n",
            204,
        ]
        redirected, _ = send(receiver.url, times=2)
    assert redirected.kind == "refused"
    assert "not followed" in redirected.error
    assert elsewhere.seen == []
    assert "cookie" not in receiver.seen[1].headers


def test_a_proxy_of_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Receiver()
    with answering(proxy):
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert send(receiver.url) == [Answer("done", 204)]
    assert proxy.seen == []


def test_a_receiver_that_hangs_is_given_up_and_one_that_took_it_may_go_on_talking(receiver: Receiver) -> None:
    receiver.answers = ["hang"]
    (answer,) = send(receiver.url, timeout_s=0.3)
    assert answer == Answer("down", None, "no answer within 0.3 s")
    for talk in ("drip", "flood"):
        receiver.answers = [talk]
        began = time.monotonic()
        assert send(receiver.url, timeout_s=600) == [Answer("done", 200)]
        assert time.monotonic() - began < PATIENCE_S


def test_a_broken_connection_and_nonsense_are_no_answers(receiver: Receiver) -> None:
    receiver.answers = ["break", b"SSH-2.0-OpenSSH_9.6\r\n\r\n"]
    assert [answer.kind for answer in send(receiver.url, times=2)] == ["down", "down"]


def test_the_words_of_a_refusal_are_kept(receiver: Receiver) -> None:
    receiver.answers = [b'HTTP/1.1 422 No\r\ncontent-length: 21\r\nretry-after: 9\r\n\r\n{"detail": "no such"}']
    assert send(receiver.url) == [Answer("refused", 422, "422 no such", 9.0)]


def test_a_connection_is_used_again(receiver: Receiver) -> None:
    assert [answer.kind for answer in send(receiver.url, times=3)] == ["done"] * 3


def test_a_name_server_that_hangs_holds_up_its_own_webhook_alone(receiver: Receiver) -> None:
    freed = threading.Event()

    def lookup(host: str, _port: int) -> list[str]:
        if host == "slow.example":
            freed.wait(20)
        return ["127.0.0.1"]

    async def calls() -> tuple[list[Answer], Answer, int]:
        sender = Sender(to_lan=True, timeout_s=2.0, lookup=lookup)
        try:
            slow = [
                asyncio.create_task(sender.send(n, "http://slow.example/", HEADERS, BODY))
                for n in (1, 1, 1, *range(2, 60))
            ]
            await asyncio.sleep(0.05)
            quick = await sender.send(99, f"http://quick.example:{receiver.port}/", HEADERS, BODY)
            threads = sum(thread.name.startswith("webhook-name") for thread in threading.enumerate())
            return list(await asyncio.gather(*slow)), quick, threads
        finally:
            freed.set()
            await sender.close()

    slow, quick, threads = asyncio.run(calls())
    assert quick == Answer("done", 204)
    assert {answer.kind for answer in slow} == {"down"}
    assert threads <= 60


@pytest.mark.parametrize("fault", [OSError("no such name"), UnicodeError("too long"), ValueError("odd")])
def test_a_name_that_leads_nowhere_is_told(fault: Exception) -> None:
    def lookup(_host: str, _port: int) -> list[str]:
        raise fault

    (answer,) = send("http://nowhere.example/", lookup=lookup)
    assert (answer.kind, "leads nowhere" in answer.error) == ("down", True)
    (odd,) = send("http://nowhere.example/", lookup=leads_to("fe80::1%eth0"))
    assert "never" in odd.error


def test_names_are_looked_up_as_the_machine_does() -> None:
    assert "127.0.0.1" in looked_up("localhost", 80)


def test_what_is_not_called_any_more_has_no_connection(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    async def calls() -> None:
        sender = Sender(to_lan=True, timeout_s=2.0)
        await sender.send(1, receiver.url, HEADERS, BODY)
        await sender.tidy()
        ended.append(len(sender._targets))
        monkeypatch.setattr("truestock.sync.webhooks.sender.IDLE_S", -1.0)
        await sender.tidy()
        ended.append(len(sender._targets))
        await sender.close()

    asyncio.run(calls())
    assert ended == [1, 0]
