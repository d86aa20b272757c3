"""What a call that did not go well is taken for: no effect, perhaps an effect, or the shop's last word."""

import asyncio
from email.utils import formatdate
from time import time
from typing import Any

import pytest

from tests.connectors.counterparts.generic import SECRET, Said, Shop
from tests.connectors.generic.channels import connected, line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Spot, Throttle
from truestock.connectors.generic import transport

OTHER_SECRET = "whsec_" + "bm90LXRoZS1zZWNyZXQtdGhhdC1pcy1zaGFyZWQ="
RUBBISH = [
    b"",
    b"<html>Welcome</html>",
    b'{"results": [{"sku": "tea", "status": "done"}]}',
    b'{"results": [{"sku": "tea", "status": "applied", "quantity": "5"}]}',
    b'{"results": [{"sku": "tea", "status": "applied", "quantity": 5.5}]}',
    b'{"results": {"tea": "applied"}}',
    b'{"results": [{"sku": "tea", "status": "accepted", "ticket": "a\\u0000b"}]}',
    b'{"lines": []}',
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"results": [{"sku": "tea", "status": "applied"}]}' + b" " * transport.ANSWER_MAX_BYTES,
    b'{"results": [], "unknown": ' + b"[" * 100_000,
]


def pushed(shop: Shop, **given: Any) -> Any:
    """The outcome for tea, or what was raised."""

    async def told() -> Any:
        async with connected(shop, **given) as channel:
            try:
                return (await channel.push([line("tea", 5)])).by_sku["tea"]
            except (ChannelDown, InDoubt) as trouble:
                return trouble

    return asyncio.run(told())


def asked(shop: Shop) -> list[ChannelDown]:
    """What reading, settling and checking raise, each of them."""

    async def told() -> list[ChannelDown]:
        found = []
        async with connected(shop) as channel:
            for call in (channel.read_back([Spot("tea")]), channel.settle({Spot("tea"): "t-1"}), channel.check()):
                with pytest.raises(ChannelDown) as raised:
                    await call
                found.append(raised.value)
        return found

    return asyncio.run(told())


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("says", "at_least", "at_most"),
    [
        ("7", 7, 7),
        (formatdate(time() + 3_000, usegmt=True), 2_000, 3_001),
        (formatdate(time() - 30, usegmt=True), 0, 0),
        ("9" * 400, 86_400, 86_400),
        ("soon", 0, 0),
        ("-5", 0, 0),
    ],
    ids=["seconds", "a date to come", "a date gone by", "for ever", "a word", "below zero"],
)
def test_a_shop_that_says_slowly_is_told_apart_and_believed(
    status: int, says: str, at_least: float, at_most: float
) -> None:
    shop = Shop({"tea": 1})
    shop.faults.throttle_next, shop.faults.throttle_status, shop.faults.retry_after = 1, status, says
    down = pushed(shop)
    assert isinstance(down, ChannelDown)
    assert at_least <= down.throttle.retry_after_s <= at_most
    assert shop.stock == {"tea": 1}


@pytest.mark.parametrize("given", [{"secret": OTHER_SECRET}, {"bearer": "stolen"}])
def test_who_is_not_let_in_is_told_what_to_look_at(given: dict[str, str]) -> None:
    shop = Shop({"tea": 1}, bearer="issued")
    down = pushed(shop, **given)
    assert isinstance(down, ChannelDown)
    assert "check the signing secret and the bearer token" in str(down)
    assert shop.stock == {"tea": 1}
    assert pushed(shop, secret=SECRET, bearer="issued") == Outcome("applied")


def test_nobody_there_is_down_and_not_in_doubt() -> None:
    async def told() -> None:
        shop = Shop({"tea": 1})
        async with connected(shop) as channel:
            await channel.push([line("tea", 5)])
            await shop.down()
            with pytest.raises(ChannelDown, match="not reached"):
                await channel.push([line("tea", 4, rev=2)])
            await shop.up()
            await channel.push([line("tea", 4, rev=2)])
        assert shop.stock == {"tea": 4}

    asyncio.run(told())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"type": "about:blank", "title": "No", "detail": "the till is closed"}', "422 the till is closed"),
        (b'{"error": "unknown shop"}', "422 unknown shop"),
        (b"<p>no\n\x00 such\tthing</p>", "422 <p>no such thing</p>"),
        (b"x" * 9_999, ("422 " + "x" * 9_999)[:300]),
        (b"", "422"),
    ],
)
def test_a_call_that_is_refused_as_a_whole_rejects_every_line_in_the_shops_words(body: bytes, words: str) -> None:
    shop = Shop({"tea": 1})
    shop.faults.answer = Said(422, body)
    assert pushed(shop) == Outcome("rejected", words)


@pytest.mark.parametrize("status", [302, 308, 408, 425])
def test_a_call_that_was_not_even_looked_at_had_no_effect(status: int) -> None:
    shop = Shop({"tea": 1})
    shop.faults.answer = Said(status, b"")
    assert isinstance(pushed(shop), ChannelDown)


@pytest.mark.parametrize("status", [409, 500, 502, 504, 599])
def test_a_failure_of_unknown_effect_is_in_doubt(status: int) -> None:
    shop = Shop({"tea": 1})
    shop.faults.answer = Said(status, b"Bad gateway")
    assert isinstance(pushed(shop), InDoubt)


@pytest.mark.parametrize("body", RUBBISH, ids=lambda body: repr(body[:40]))
def test_an_answer_that_cannot_be_read_is_in_doubt(body: bytes) -> None:
    shop = Shop({"tea": 1})
    shop.faults.answer = Said(200, body)
    assert isinstance(pushed(shop), InDoubt)
    for down in asked(shop):
        assert down.throttle == Throttle()


@pytest.mark.parametrize("status", [302, 307, 401, 404, 408, 409, 422, 429, 500, 503])
def test_a_question_has_no_effect_and_so_is_never_in_doubt(status: int) -> None:
    shop = Shop({"tea": 1})
    shop.faults.answer = Said(status, {"error": "no"}, {"location": "/elsewhere"})
    assert all(str(down) for down in asked(shop))


def test_a_redirect_is_not_followed() -> None:
    shop = Shop({"tea": 1})
    shop.faults.answer = Said(307, b"", {"location": "/hub/elsewhere"})
    down = pushed(shop)
    assert isinstance(down, ChannelDown)
    assert "/hub/elsewhere" in str(down)
    assert [seen.target for seen in shop.seen] == ["/hub/stock"]


def test_an_answer_that_drips_is_not_waited_for_longer_than_a_call_may_take() -> None:
    shop = Shop({"tea": 1})
    shop.faults.drip_after_effect = 1
    doubt = pushed(shop, timeout_s=1.0)  # it drips on for as long as it is listened to
    assert isinstance(doubt, InDoubt)
    assert "within 1 s" in str(doubt)


def test_a_tempo_named_in_a_good_answer_is_passed_on() -> None:
    async def told() -> None:
        shop = Shop({"tea": 1})
        answer = {"results": [{"sku": "tea", "status": "applied", "quantity": 5}]}
        shop.faults.answer = Said(200, answer, {"retry-after": "3"})
        async with connected(shop) as channel:
            assert (await channel.push([line("tea", 5)])).throttle == Throttle(retry_after_s=3.0)

    asyncio.run(told())


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({"secret": ""}, "signing_secret"),
        ({"secret": "whsec_c2hvcnQ="}, "signing_secret"),
        ({"secret": SECRET + "!!!!"}, "signing_secret"),
        ({"secret": "whsec_" + "not base64 at all, but long enough!"}, "signing_secret"),
        ({"bearer": "two\r\nlines"}, "bearer_token"),
        ({"base_url": "http://user:word@127.0.0.1/"}, "base_url"),
        ({"base_url": "http://127.0.0.1/?a=b"}, "base_url"),
        ({"base_url": "http://127.0.0.1:port/"}, "base_url"),
        ({"base_url": "http:///path"}, "base_url"),
    ],
)
def test_what_cannot_be_meant_is_said_before_any_call(given: dict[str, str], at_fault: str) -> None:
    with pytest.raises(ValueError, match=at_fault) as raised:
        pushed(Shop({}), **given)
    assert all(secret not in str(raised.value) for secret in ("c2hvcnQ", "not base64", "two", "word"))
