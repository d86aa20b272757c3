"""Which way a call failed: without effect, or nobody knows; and which addresses and secrets are taken."""

import asyncio
import socket
from collections.abc import Iterator

import httpx2
import pytest

from tests.connectors.counterparts.doorkeeper import DROPPED, Doorkeeper, Said, at_the_door
from truestock.connectors.contract.answers import ChannelDown, InDoubt
from truestock.connectors.reserving.http_calls import ShopServer, checked_url, decoded, given, one_line, refused


@pytest.fixture
def door() -> Iterator[Doorkeeper]:
    with at_the_door(Doorkeeper()) as doorkeeper:
        yield doorkeeper


def call(url: str, timeout_s: float = 5.0) -> httpx2.Response:
    async def called() -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False) as client:
            return await ShopServer(client, url, {"x-key": "k"}, timeout_s).call("POST", "/path", {"a": 1})

    return asyncio.run(called())


def test_a_call_carries_its_headers_and_its_body(door: Doorkeeper) -> None:
    door.says = [Said(200, b'{"b": 2}')]
    assert decoded(call(door.url), dict[str, int]) == {"b": 2}
    (seen,) = door.calls
    assert (seen.method, seen.path, seen.body) == ("POST", "/path", b'{"a":1}')
    assert (seen.headers["x-key"], seen.headers["content-type"]) == ("k", "application/json")


def test_nobody_there_was_told_nothing() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(ChannelDown, match="was not reached"):
            call(f"http://127.0.0.1:{closed.getsockname()[1]}")


def test_a_connection_that_breaks_leaves_all_in_doubt(door: Doorkeeper) -> None:
    door.says = [DROPPED]
    with pytest.raises(InDoubt, match="no whole answer"):
        call(door.url)


def test_an_answer_that_never_comes_leaves_all_in_doubt() -> None:
    with at_the_door(Doorkeeper()) as inner:
        inner.says = [Said()]
        with at_the_door(Doorkeeper(inner.url)) as door:
            door.hang = True
            with pytest.raises(InDoubt, match=r"within 0\.3 s"):
                call(door.url, 0.3)


def test_what_cannot_be_read_leaves_all_in_doubt(door: Doorkeeper) -> None:
    door.says = [Said(200, b"<html>\x00")]
    answer = call(door.url)
    with pytest.raises(InDoubt, match="cannot be read"):
        decoded(answer, dict[str, int])


@pytest.mark.parametrize(
    ("said", "kind", "wait_s", "words"),
    [
        (Said(302, headers={"location": "https://else.test"}), ChannelDown, 0.0, "points to https://else.test"),
        (Said(404), ChannelDown, 0.0, "look there"),
        (Said(418), ChannelDown, 0.0, "its log may say why"),
        (Said(429, headers={"retry-after": "7"}), ChannelDown, 7.0, "429 no"),
        (Said(429), ChannelDown, 5.0, "429 no"),
        (Said(429, headers={"retry-after": "99999999"}), ChannelDown, 86_400.0, "429 no"),
        (Said(503, headers={"retry-after": "3"}), ChannelDown, 3.0, "503 no"),
        (Said(503), InDoubt, 0.0, "503 no"),
        (Said(500), InDoubt, 0.0, "500 no"),
    ],
)
def test_an_answer_that_is_no_success_says_whether_it_had_an_effect(
    door: Doorkeeper, said: Said, kind: type[Exception], wait_s: float, words: str
) -> None:
    door.says = [said]
    failed = refused(call(door.url), "no", {404: "look there"})
    assert isinstance(failed, kind)
    assert words in str(failed)
    if isinstance(failed, ChannelDown):
        assert failed.throttle.retry_after_s == wait_s


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://shop.example", "give https"),
        ("https://shop.example/?a=b", "scheme, host and path alone"),
        ("https://a:b@shop.example", "scheme, host and path alone"),
        ("https://", "scheme, host and path alone"),
    ],
)
def test_an_address_that_would_betray_the_key_is_refused(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        checked_url(url)


@pytest.mark.parametrize(
    "url", ["https://shop.example/a/", "http://127.0.0.1:3000/", "http://[::1]:3000", "http://localhost"]
)
def test_an_address_is_taken_without_its_last_slash(url: str) -> None:
    assert checked_url(url) == url.rstrip("/")


def test_a_secret_is_trimmed_and_has_to_be_one() -> None:
    assert given({"key": " abc\n"}, "key") == "abc"
    for value in ("", "a b", "a\x00b", "\u00e9"):
        with pytest.raises(ValueError, match="key"):
            given({"key": value}, "key")


def test_words_of_others_are_one_bounded_line() -> None:
    assert one_line("a\n b\x00c\u202e" + "d" * 400) == ("a b c " + "d" * 400)[:300]
