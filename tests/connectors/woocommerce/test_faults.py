"""When the store or the way to it fails: without effect, or in doubt, and never guessed."""

import socket

import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.woocommerce.conftest import Hub, line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Pushed, Spot
from truestock.connectors.woocommerce.connector import WooCommerceConnector

MUG = line("MUG", 5)


@pytest.fixture(autouse=True)
def mug(store: Store) -> int:
    return store.put("MUG", 3)


@pytest.fixture
def shirts(store: Store) -> list[str]:
    """Variations of two products."""
    for size in ("S", "M"):
        store.put(f"SHIRT-{size}", 1, parent=store.put(f"SHIRTS-{size}", None, type="variable"))
    return ["SHIRT-S", "SHIRT-M"]


def push_in_doubt(hub: Hub, says: str) -> None:
    with pytest.raises(InDoubt, match=says):
        hub(lambda connector: connector.push([MUG]))


def push_down(hub: Hub, says: str) -> ChannelDown:
    with pytest.raises(ChannelDown, match=says) as down:
        hub(lambda connector: connector.push([MUG]))
    return down.value


def test_an_answer_that_never_comes_leaves_a_write_in_doubt_and_reading_settles_it(store: Store, hub: Hub) -> None:
    hub.settings["timeout_s"] = 1.0
    store.faults.spare, store.faults.hang_after_effect = 1, True

    async def steps(connector: WooCommerceConnector) -> None:
        with pytest.raises(InDoubt, match=r"no whole answer within 1 s"):
            await connector.push([MUG])
        assert (await connector.read_back(list(map(Spot, ["MUG"])))).by_sku == {"MUG": 5}

    hub(steps)


def test_a_connection_that_breaks_leaves_a_write_in_doubt_but_not_a_lookup(store: Store, hub: Hub) -> None:
    store.faults.spare, store.faults.drop_before_effect = 1, True
    push_in_doubt(hub, "no whole answer")
    store.faults.drop_before_effect = True
    push_down(hub, "no whole answer")
    assert store.shown("MUG") == 3


def test_a_later_call_in_doubt_leaves_all_lines_to_be_read_back(store: Store, hub: Hub, shirts: list[str]) -> None:
    store.faults.spare, store.faults.status = 2, 502

    async def steps(connector: WooCommerceConnector) -> None:
        with pytest.raises(InDoubt, match="502"):
            await connector.push([MUG, *(line(sku, 5) for sku in shirts)])
        assert (await connector.read_back(list(map(Spot, ["MUG", *shirts])))).by_sku == {
            "MUG": 5,
            "SHIRT-S": 1,
            "SHIRT-M": 1,
        }

    hub(steps)


def test_a_later_call_that_had_no_effect_keeps_what_is_known(store: Store, hub: Hub, shirts: list[str]) -> None:
    store.faults.spare, store.faults.status, store.faults.headers = 2, 503, {"retry-after": "7"}
    answer: Pushed = hub(lambda connector: connector.push([MUG, *(line(sku, 5) for sku in shirts), line("NONE", 1)]))
    kinds = {sku: outcome.kind for sku, outcome in answer.by_sku.items()}
    assert kinds == {"MUG": "applied", "SHIRT-S": "later", "SHIRT-M": "later", "NONE": "rejected"}
    assert answer.throttle.retry_after_s == 7
    assert [store.shown(sku) for sku in ["MUG", *shirts]] == [5, 1, 1]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
def test_a_server_error_leaves_a_write_in_doubt_but_not_a_question(store: Store, hub: Hub, status: int) -> None:
    store.faults.spare, store.faults.status = 1, status
    push_in_doubt(hub, str(status))
    store.faults.status = status
    with pytest.raises(ChannelDown, match=str(status)):
        hub(lambda connector: connector.read_back([Spot("MUG")]))


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (400, "own log"),
        (401, "Authorization header"),
        (403, "firewall"),
        (404, "Permalinks"),
        (413, "batch_max"),
        (301, "points to https://www.shop.example"),
    ],
)
@pytest.mark.parametrize("spare", [0, 1])
def test_a_store_that_refuses_as_a_whole_is_down(store: Store, hub: Hub, status: int, says: str, spare: int) -> None:
    store.faults.spare, store.faults.status = spare, status
    store.faults.headers = {"location": "https://www.shop.example"}
    assert push_down(hub, says).throttle.retry_after_s == 0
    assert store.shown("MUG") == 3


@pytest.mark.parametrize(
    ("status", "header", "wait_s"),
    [(429, "4", 4), (429, None, 5), (503, "600", 600), (503, "Tue, 1 Dec", 5), (429, "9" * 30, 86_400)],
)
def test_a_store_that_is_too_busy_says_for_how_long(
    store: Store, hub: Hub, status: int, header: str | None, wait_s: float
) -> None:
    store.faults.spare, store.faults.status = 1, status
    store.faults.headers = {"retry-after": header} if header else {}
    assert push_down(hub, str(status)).throttle.retry_after_s == wait_s


@pytest.mark.parametrize(
    "body",
    [
        b"<b>Warning</b>: something {}",
        b"[]",
        b'{"update": []}',
        b'{"update": [{"id": 99, "sku": "MUG", "manage_stock": true, "stock_quantity": 5}]}',
        b'{"update": [{"id": "12"}]}',
        b'{"update": [{"id": 12',
    ],
)
def test_an_answer_that_cannot_be_understood_leaves_a_write_in_doubt(store: Store, hub: Hub, body: bytes) -> None:
    store.faults.spare, store.faults.body = 1, body
    push_in_doubt(hub, "cannot be read")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'[{"sku": "MUG"}]'])
def test_a_lookup_that_cannot_be_understood_had_no_effect(store: Store, hub: Hub, body: bytes) -> None:
    store.faults.body = body
    push_down(hub, "cannot be read")


def test_a_product_of_variations_that_is_gone_is_looked_up_anew(store: Store, hub: Hub, shirts: list[str]) -> None:
    store.faults.spare, store.faults.status = 1, 404
    store.faults.body = b'{"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {}}'

    async def steps(connector: WooCommerceConnector) -> list[str]:
        answers = [await connector.push([line("SHIRT-S", 5)]) for _ in range(2)]
        return [answer.by_sku["SHIRT-S"].kind for answer in answers]

    assert hub(steps) == ["later", "applied"]
    assert store.calls.count("GET /wp-json/wc/v3/products") == 2


def test_a_store_that_finds_no_end_of_doubles_is_down(store: Store, hub: Hub) -> None:
    for _ in range(2001):
        store.put("mug", 1)
    push_down(hub, "over 2000 products for 1 SKUs")


def test_a_store_that_is_not_there_is_down(store: Store, hub: Hub) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        hub.settings["site_url"] = f"http://127.0.0.1:{closed.getsockname()[1]}"
        push_down(hub, "not reached .* check the site URL")
