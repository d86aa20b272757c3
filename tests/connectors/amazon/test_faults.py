"""When Amazon or the way to it fails: without effect, or in doubt, and never guessed."""

import asyncio
import gzip
import socket
from time import monotonic

import httpx2
import msgspec
import pytest

from tests.connectors.amazon.conftest import Hub, line
from tests.connectors.counterparts.amazon import Account
from tests.connectors.counterparts.amazon_http import SECRETS
from truestock.connectors.amazon import KIND
from truestock.connectors.amazon.connector import Merchant
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Pushed, Spot

MUG = line("MUG", 5)
PATCH, SEARCH = "patchListingsItem", "searchListingsItems"


@pytest.fixture(autouse=True)
def listed(account: Account) -> None:
    for sku in ("MUG", "JAR", "PAN"):
        account.put(sku, 3)


def kinds(answer: Pushed) -> dict[str, str]:
    return {sku: outcome.kind for sku, outcome in answer.by_sku.items()}


def push_down(hub: Hub, says: str) -> ChannelDown:
    with pytest.raises(ChannelDown, match=says) as down:
        hub(lambda connector: connector.push([MUG]))
    return down.value


def test_an_answer_that_never_comes_leaves_its_line_in_doubt_and_the_rest_for_later(account: Account, hub: Hub) -> None:
    hub.settings["timeout_s"] = 1.0
    account.faults.of, account.faults.spare, account.faults.hang_after_effect = PATCH, 1, True

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([MUG, line("JAR", 5), line("PAN", 5)])
        assert kinds(answer) == {"MUG": "accepted", "JAR": "unknown", "PAN": "later"}
        assert answer.throttle.retry_after_s == 5
        assert "no whole answer within 1 s" in answer.by_sku["JAR"].reason
        assert (await connector.read_back([Spot("JAR"), Spot("PAN")])).by_sku == {"JAR": 5, "PAN": 3}

    hub(steps)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_leaves_a_write_in_doubt_but_not_a_question(account: Account, hub: Hub, status: int) -> None:
    account.faults.of, account.faults.status = PATCH, status
    assert kinds(hub(lambda connector: connector.push([MUG]))) == {"MUG": "unknown"}
    account.faults.of, account.faults.status = SEARCH, status
    push_down(hub, str(status))


def test_a_connection_that_breaks_leaves_a_write_in_doubt_but_not_a_lookup(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.drop_before_effect = PATCH, True
    assert kinds(hub(lambda connector: connector.push([MUG]))) == {"MUG": "unknown"}
    account.faults.of, account.faults.drop_before_effect = SEARCH, True
    push_down(hub, "no whole answer")
    assert account.shown("MUG") == 3


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"sku": "MUG"}', b'{"sku": "MUG", "status": 1}'])
def test_an_answer_that_cannot_be_understood_leaves_a_write_in_doubt(account: Account, hub: Hub, body: bytes) -> None:
    account.faults.of, account.faults.body = PATCH, body
    answer = hub(lambda connector: connector.push([MUG]))
    assert kinds(answer) == {"MUG": "unknown"}
    assert "cannot be read" in answer.by_sku["MUG"].reason


def test_a_status_that_no_patch_has_leaves_it_in_doubt(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.body = PATCH, b'{"sku": "MUG", "status": "VALID", "submissionId": "1"}'
    assert kinds(hub(lambda connector: connector.push([MUG]))) == {"MUG": "unknown"}


@pytest.mark.parametrize("body", [b"<html>", b'{"items": [{}]}', b'{"items": 3}'])
def test_a_lookup_that_cannot_be_understood_had_no_effect(account: Account, hub: Hub, body: bytes) -> None:
    account.faults.of, account.faults.body = SEARCH, body
    push_down(hub, "searchListingsItems cannot be read")


def test_too_many_calls_had_no_effect_and_say_for_how_long(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.throttle_next = PATCH, 1
    down = push_down(hub, "429 QuotaExceeded: You exceeded")
    assert 0 < down.throttle.retry_after_s <= 0.2


def test_too_many_calls_in_between_keep_what_is_known(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.spare, account.faults.throttle_next = PATCH, 2, 1

    async def steps(connector: Merchant) -> Pushed:
        return await connector.push([MUG, line("JAR", 5), line("PAN", 5), line("NONE", 1)])

    answer = hub(steps)
    assert kinds(answer) == {"MUG": "accepted", "JAR": "accepted", "PAN": "later", "NONE": "rejected"}
    assert answer.throttle.retry_after_s > 0


@pytest.mark.parametrize(("wait", "wait_s"), [("30", 30), ("9" * 30, 86_400)])
def test_maintenance_says_for_how_long(account: Account, hub: Hub, wait: str, wait_s: float) -> None:
    account.faults.of, account.faults.status, account.faults.headers = PATCH, 503, {"retry-after": wait}
    assert push_down(hub, "503").throttle.retry_after_s == wait_s


@pytest.mark.parametrize("status", [301, 401, 403, 418])
def test_a_call_that_is_not_let_in_is_down(account: Account, hub: Hub, status: int) -> None:
    account.faults.of, account.faults.status = PATCH, status
    says = "has the role" if status in (401, 403) else str(status)
    assert push_down(hub, says).throttle.retry_after_s == 0
    assert account.shown("MUG") == 3


def test_a_patch_that_is_refused_for_what_it_says_is_rejected_in_amazons_words(account: Account, hub: Hub) -> None:
    account.faults.of, account.faults.status = PATCH, 413
    account.faults.body = b'{"errors": [{"code": "TooLarge", "message": "Too\\nlong.", "details": "by far"}]}'
    answer = hub(lambda connector: connector.push([MUG]))
    assert answer.by_sku["MUG"].kind == "rejected"
    assert answer.by_sku["MUG"].reason == "patchListingsItem answered 413 TooLarge: Too long. by far"


def test_a_rate_that_amazon_tells_is_obeyed(account: Account, hub: Hub) -> None:
    account.rates = {PATCH: 2.0}

    async def steps(connector: Merchant) -> float:
        began = monotonic()
        for number in range(7):
            await connector.push([line("MUG", number)])
        return monotonic() - began

    # Five at once, and two more at two a second; the counterpart says so if a call comes earlier.
    assert hub(steps) >= 0.8


def test_a_feed_whose_creation_nobody_answered_is_found_again(account: Account, hub: Hub) -> None:
    hub.settings |= {"feed_from": 1, "timeout_s": 1.0}
    account.faults.of, account.faults.hang_after_effect = "createFeed", True

    async def steps(connector: Merchant) -> None:
        answer = await connector.push([MUG])
        assert kinds(answer) == {"MUG": "accepted"}
        told = await connector.settle({Spot("MUG"): answer.by_sku["MUG"].ticket})
        assert told[Spot("MUG")].kind == "applied"

    hub(steps)
    assert "getFeeds" in account.calls


def test_a_feed_that_may_be_there_keeps_its_lines_from_going_the_other_way(account: Account, hub: Hub) -> None:
    hub.settings["feed_from"] = 3
    account.faults.of, account.faults.drop_before_effect = "createFeed", True

    async def steps(connector: Merchant) -> None:
        with pytest.raises(InDoubt, match="0 feeds were created since"):
            await connector.push([MUG, line("JAR", 5), line("PAN", 5)])
        assert kinds(await connector.push([line("MUG", 6)])) == {"MUG": "later"}
        both = await connector.push([line("MUG", 6), line("JAR", 6), line("PAN", 6)])
        assert set(kinds(both).values()) == {"accepted"}

    hub(steps)
    assert (account.calls.count("createFeed"), account.calls.count(PATCH)) == (2, 0)


def test_a_patch_in_doubt_keeps_its_line_out_of_feeds(account: Account, hub: Hub) -> None:
    hub.settings["feed_from"] = 3
    account.faults.of, account.faults.drop_before_effect = PATCH, True

    async def steps(connector: Merchant) -> None:
        assert kinds(await connector.push([MUG])) == {"MUG": "unknown"}
        all_three = await connector.push([line("MUG", 6), line("JAR", 6), line("PAN", 6)])
        assert kinds(all_three) == {"MUG": "later", "JAR": "accepted", "PAN": "accepted"}
        assert kinds(await connector.push([line("MUG", 6)])) == {"MUG": "accepted"}

    hub(steps)
    assert account.shown("MUG") == 6


@pytest.mark.parametrize(
    ("of", "status"),
    [("createFeedDocument", 500), ("createFeedDocument", 400), ("PUT document", 403), ("createFeed", 400)],
)
def test_a_feed_that_did_not_come_about_had_no_effect(account: Account, hub: Hub, of: str, status: int) -> None:
    hub.settings["feed_from"] = 1
    account.faults.of, account.faults.status = of, status
    push_down(hub, str(status))
    assert account.feeds == {}


@pytest.mark.parametrize("body", [b"{}", b"\x1f\x8b\x08", b"<Error/>", gzip.compress(b"[]", mtime=0)])
@pytest.mark.parametrize("zipped", [True, False])
def test_without_a_report_that_can_be_read_what_shows_decides(
    account: Account, hub: Hub, body: bytes, *, zipped: bool
) -> None:
    hub.settings["feed_from"] = 1
    account.zipped = zipped

    async def steps(connector: Merchant) -> None:
        ticket = {Spot("MUG"): (await connector.push([MUG])).by_sku["MUG"].ticket}
        account.faults.of, account.faults.body = "GET document", body
        assert (await connector.settle(ticket))[Spot("MUG")].kind == "applied"

    hub(steps)


@pytest.mark.parametrize("of", ["getFeed", "getFeedDocument", "GET document"])
def test_a_report_that_is_not_given_is_asked_for_again(account: Account, hub: Hub, of: str) -> None:
    hub.settings["feed_from"] = 1

    async def steps(connector: Merchant) -> None:
        ticket = {Spot("MUG"): (await connector.push([MUG])).by_sku["MUG"].ticket}
        account.faults.of, account.faults.status = of, 500
        with pytest.raises(ChannelDown, match="500"):
            await connector.settle(ticket)
        assert (await connector.settle(ticket))[Spot("MUG")].kind == "applied"

    hub(steps)


def test_a_feed_that_amazon_does_not_know_any_more_is_sent_again_and_stops_no_other(account: Account, hub: Hub) -> None:
    hub.settings["feed_from"] = 1

    async def steps(connector: Merchant) -> dict[str, str]:
        lost = (await connector.push([MUG])).by_sku["MUG"].ticket
        account.feeds.clear()
        kept = (await connector.push([line("JAR", 6)])).by_sku["JAR"].ticket
        told = await connector.settle({Spot("MUG"): lost, Spot("JAR"): kept})
        return {spot.sku: outcome.kind for spot, outcome in told.items()}

    assert hub(steps) == {"MUG": "later", "JAR": "applied"}


def test_an_account_that_is_not_there_is_down() -> None:
    async def steps() -> None:
        settings = {"region": "na", "marketplace": "ATVPDKIKX0DER", "seller_id": "A3TH9S8BH6GOGM", "client_id": "a"}
        async with httpx2.AsyncClient(transport=Nowhere()) as client:
            connector = KIND.build(client, msgspec.convert(settings, KIND.settings), SECRETS)
            assert isinstance(connector, Merchant)
            with pytest.raises(ChannelDown, match="gave no token"):
                await connector.push([MUG])

    asyncio.run(steps())


class Nowhere(httpx2.AsyncHTTPTransport):
    """Leads to a port where nobody listens."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Refused."""
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=closed.getsockname()[1])
        return await super().handle_async_request(request)
