"""Troubles that companies are known to have with their stock, told over HTTP; two shops outside show what comes of
them."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr

from tests.clocks import until
from tests.connectors.counterparts.generic import SECRET, Shop
from tests.entrypoints.api.conftest import Live, served, stock_a_shop
from tests.entrypoints.shops import BEARER, SEALED_WITH, SETTINGS, answering
from truestock.bootstrap import open_hub
from truestock.catalog.channels import ChannelDraft, put_channels
from truestock.catalog.items import Component, ItemDraft, put_items
from truestock.catalog.listings import ListingDraft, put_listings
from truestock.catalog.locations import LocationDraft, put_locations
from truestock.config import Settings
from truestock.store.database import Database

CHANNELS = ("web", "retail")


class Street:
    """A hub whose two channels sell from the dc and the store, each in a shop of its own."""

    def __init__(self, live: Live, shops: dict[str, Shop]) -> None:
        self.live = live
        self.shops = shops
        self._numbers = count(1)
        put_locations(live.hub.db, [LocationDraft("dark", kind="dark_store")])
        locations = {"web": ("dc", "store", "dark"), "retail": ("store", "dc", "dark")}
        put_channels(live.hub.db, [ChannelDraft(code, locations=draws) for code, draws in locations.items()])
        for code, shop in shops.items():
            secrets = {"signing_secret": SECRET, "bearer_token": BEARER}
            settings = {"base_url": shop.url, **SETTINGS}
            self.ok("PUT", f"/v1/connections/{code}", connector="generic", settings=settings, secrets=secrets)

    def ok(self, method: str, path: str, **body: Any) -> Any:
        """The answer of a call that nothing is wrong with."""
        answer = self.live.http.request(method, path, json=body or None)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def item(self, units: int) -> str:
        """An item of which so many lie in the dc, sold by both channels."""
        sku = f"T{next(self._numbers)}"
        put_items(self.live.hub.db, [ItemDraft(sku)])
        for shop in self.shops.values():
            shop.stock[sku] = 9_999
        put_listings(self.live.hub.db, [ListingDraft(code, sku, (Component(sku, 1),)) for code in CHANNELS])
        since = at(timedelta(days=-7))
        self.book(kind="receive", sku=sku, location="dc", qty=units, effective_at=since)
        self.shows(sku, units)
        return sku

    def book(self, **line: Any) -> None:
        self.ok("POST", "/v1/movements", lines=[line])

    def buy(self, sku: str, units: int, **more: Any) -> str:
        """An order of the channel web."""
        ref = f"O{next(self._numbers)}"
        self.ok("POST", "/v1/orders", channel="web", ref=ref, lines=[{"sku": sku, "qty": units}], **more)
        return ref

    def feed(self, meaning: str, content: str, as_of: str | None = None, **settings: Any) -> dict[str, Any]:
        """A file of a feed of its own, as the feed means it."""
        code = f"F{next(self._numbers)}"
        self.ok("PUT", f"/v1/feeds/{code}", meaning=meaning, settings={"location": "dc", **settings})
        asked = {"as_of": as_of} if as_of else {}
        headers = {"content-type": "application/octet-stream"}
        answer = self.live.http.post(f"/v1/feeds/{code}/files", content=content, headers=headers, params=asked)
        assert answer.json()["state"] == "done", answer.text
        return dict(answer.json())

    def lay_there(self, sku: str, instant: str) -> int:
        """Units at an instant, by all that is known now."""
        entries = (
            "SELECT sum(e.d_on_hand)::int FROM item i JOIN entry e ON e.item = i.id AND e.loc > 0 WHERE i.sku = %s"
        )
        with self.live.hub.db.transaction() as conn:
            ((units,),) = conn.execute(f"{entries} AND e.effective_at <= %s".encode(), [sku, instant]).fetchall()
        return int(units)

    def shows(self, sku: str, units: int) -> None:
        """Within seconds both shops show so many."""
        for channel in CHANNELS:
            self.shows_in(channel, sku, units)

    def shows_in(self, channel: str, sku: str, units: int) -> None:
        """Within seconds a channel's shop shows so many."""
        until(lambda: self.shops[channel].stock[sku], lambda shown: shown == units)


def at(span: timedelta = timedelta()) -> str:
    """An instant so far from now."""
    return (datetime.now(UTC) + span).isoformat()


@pytest.fixture(scope="module")
def street(module_db: Database) -> Iterator[Street]:
    with ExitStack() as stack:
        shops = {code: stack.enter_context(answering(Shop({}, bearer=BEARER))) for code in CHANNELS}
        told = Settings(database_url=SecretStr(module_db.url), secret_key=SecretStr(SEALED_WITH))
        hub = stack.enter_context(open_hub(told))
        stock_a_shop(hub)
        yield Street(stack.enter_context(served(hub)), shops)


def test_a_sale_at_the_till_lowers_the_web_and_a_web_sale_lowers_the_till(street: Street) -> None:
    sku = street.item(10)
    street.book(kind="receive", sku=sku, location="store", qty=5)
    street.shows(sku, 15)
    sale = {"ref": sku, "location": "store", "channel": "retail", "lines": [{"sku": sku, "qty": 2}]}
    street.ok("POST", "/v1/pos/sales", sales=[sale])
    street.shows(sku, 13)
    street.buy(sku, 4)
    street.shows(sku, 9)


def test_what_a_till_says_is_lost_or_defective_lowers_every_channel_and_what_is_found_raises_them(
    street: Street,
) -> None:
    sku = street.item(7)
    street.book(kind="receive", sku=sku, location="store", qty=3)
    for reason, units in (("lost", 9), ("defective", 8), ("found", 9)):
        line = {"location": "store", "sku": sku, "reason": reason, "qty": 1, "source": "pos"}
        street.ok("POST", "/v1/variances", lines=[line])
        street.shows(sku, units)


@pytest.mark.parametrize("location", ["store", "dc", "dark"])
def test_what_a_store_or_a_warehouse_receives_is_shown_at_once_everywhere(street: Street, location: str) -> None:
    sku = street.item(10)
    street.ok("POST", "/v1/receipts", ref=f"{sku} {location}", location=location, lines=[{"sku": sku, "qty": 6}])
    street.shows(sku, 16)


def test_units_moved_to_a_dark_store_and_not_told_are_found_when_both_are_counted_and_counted_once_when_told(
    street: Street,
) -> None:
    sku = street.item(10)
    ref = street.buy(sku, 8)
    street.shows(sku, 2)
    street.feed("on_hand", f"sku,qty\n{sku},4\n", location="dc")
    street.shows(sku, 0)
    assert [short["qty"] for short in street.ok("GET", f"/v1/orders/web/{ref}")["shorts"]] == [4]
    street.feed("on_hand", f"sku,qty\n{sku},6\n", location="dark")
    street.shows(sku, 2)
    order = street.ok("GET", f"/v1/orders/web/{ref}")
    assert sum(short["qty"] - short["filled"] - short["cancelled"] for short in order["shorts"]) == 0
    moved = {"sku": sku, "qty": 6}
    street.book(kind="transfer_out", location="dc", to="dark", effective_at=at(timedelta(hours=-3)), **moved)
    street.book(kind="transfer_in", location="dark", effective_at=at(timedelta(hours=-2)), **moved)
    street.book(kind="adjust", sku=sku, location="dark", qty=1, reason="found")
    street.shows(sku, 3)


def test_what_comes_is_split_between_b2b_and_d2c_when_it_is_received(street: Street) -> None:
    sku = street.item(10)
    policy = {"kind": "ring_share", "value": 60, "unit": "percent", "channel": "retail", "location": "dc", "item": sku}
    street.ok("POST", "/v1/policies", lines=[policy])
    receipt = {"ref": f"split {sku}", "location": "dc", "lines": [{"sku": sku, "qty": 10}]}
    (line,) = street.ok("POST", "/v1/receipts", **receipt)["lines"]
    assert line["rings"] == {"retail": 6}
    street.shows_in("web", sku, 14)
    street.shows_in("retail", sku, 20)


def test_of_3000_on_hand_400_await_inspection_and_2600_are_shown(street: Street) -> None:
    sku = street.item(2_600)
    street.ok("PUT", "/v1/receiving-rules", location="dc", item=sku, lands="inspection")
    street.ok("POST", "/v1/receipts", ref=sku, location="dc", lines=[{"sku": sku, "qty": 400}])
    street.book(kind="adjust", sku=sku, location="dc", qty=1, reason="found")
    street.shows(sku, 2_601)
    street.ok("POST", "/v1/receipts/decisions", sku=sku, location="dc", decision="passed")
    street.shows(sku, 3_001)


def test_what_a_feed_says_came_back_waits_for_its_inspection_and_is_shown_when_it_has_passed(street: Street) -> None:
    sku = street.item(10)
    street.feed("return", f"ref,sku,qty,status\nRMA-{sku},{sku},2,inspection\n")
    (row,) = street.ok("GET", f"/v1/receipts/waiting?sku={sku}")["rows"]
    assert (row["kind"], row["receipt"], row["lands"], row["waiting"]) == ("return", f"RMA-{sku}", "inspection", 2)
    street.shows(sku, 10)
    street.ok("POST", "/v1/receipts/decisions", sku=sku, location="dc", decision="passed", received=row["id"])
    street.shows(sku, 12)


def test_a_physical_feed_at_the_start_of_the_day_keeps_the_promises_of_open_orders(street: Street) -> None:
    sku = street.item(10)
    street.buy(sku, 4)
    street.shows(sku, 6)
    street.feed("on_hand", f"sku,qty\n{sku},8\n")
    street.shows(sku, 4)


def test_a_count_of_reserved_stock_is_accepted_and_the_shortfall_is_reported(street: Street) -> None:
    sku = street.item(10)
    ref = street.buy(sku, 8)
    street.book(kind="count", sku=sku, location="dc", qty=5)
    street.shows(sku, 0)
    order = street.ok("GET", f"/v1/orders/web/{ref}")
    assert [owed["qty"] for owed in order["shorts"]] == [3]
    street.book(kind="receive", sku=sku, location="dc", qty=4)
    street.shows(sku, 1)


def test_a_receipt_whose_answer_was_lost_is_sent_again_and_counts_once(street: Street) -> None:
    sku = street.item(10)
    document = f"PO-{sku}"
    lines = [{"sku": sku, "qty": 5}]
    street.ok("PUT", "/v1/supply-documents", ref=document, location="dc", due_at=at(timedelta(days=1)), lines=lines)
    receipt = {"ref": sku, "location": "dc", "document": document, "lines": lines}
    body = json.dumps(receipt).encode()
    url = street.live.http.base_url
    head = f"POST /v1/receipts HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
    with socket.create_connection((url.host, url.port or 80)) as line:
        line.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        street.shows(sku, 15)
    (told,) = street.ok("POST", "/v1/receipts", **receipt)["lines"]
    assert told["replay"] is True
    found = street.ok("GET", f"/v1/supply-documents/{document}")
    assert (found["state"], [one["received"] for one in found["lines"]]) == ("closed", [5])
    days = street.ok("GET", f"/v1/atp/days?channel=web&sku={sku}")["days"]
    assert {day["atp"] for day in days} == {15}


def test_an_adjustment_from_before_the_last_count_changes_history_and_not_today(street: Street) -> None:
    sku = street.item(10)
    sold, between, counted = (at(timedelta(hours=hours)) for hours in (-3, -2, -1))
    street.book(kind="count", sku=sku, location="dc", qty=7, effective_at=counted)
    street.shows(sku, 7)
    street.book(kind="adjust", sku=sku, location="dc", qty=-3, reason="sold unseen", effective_at=sold)
    assert street.lay_there(sku, between) == 7
    street.book(kind="adjust", sku=sku, location="dc", qty=-1, reason="lost")
    street.shows(sku, 6)


@pytest.mark.parametrize(
    ("meaning", "told", "shown", "owed"), [("available", 4, 4, 0), ("on_hand", 4, 0, 1), ("delta", 4, 9, 0)]
)
def test_of_ten_with_five_promised_a_file_that_says_four_is_shown_as_it_means(
    street: Street, meaning: str, told: int, shown: int, owed: int
) -> None:
    sku = street.item(10)
    ref = street.buy(sku, 5)
    street.shows(sku, 5)
    street.feed(meaning, f"sku,qty\n{sku},{told}\n")
    street.shows(sku, shown)
    assert sum(short["qty"] for short in street.ok("GET", f"/v1/orders/web/{ref}")["shorts"]) == owed


def test_a_count_as_of_an_instant_has_everything_after_it_added(street: Street) -> None:
    sku = street.item(10)
    instant = at(timedelta(hours=-1))
    street.book(kind="adjust", sku=sku, location="dc", qty=3, reason="found", effective_at=at(timedelta(minutes=-30)))
    street.shows(sku, 13)
    street.feed("count", f"sku,qty\n{sku},4\n", as_of=instant)
    street.shows(sku, 7)


def test_a_source_that_books_shipments_a_day_later_has_them_taken_off(street: Street) -> None:
    sku = street.item(10)
    ref = street.buy(sku, 3)
    street.ok("POST", "/v1/orders/ship", channel="web", ref=ref)
    street.shows(sku, 7)
    run = street.feed("on_hand", f"sku,qty\n{sku},10\n", booked_late_minutes=24 * 60)
    assert run["report"]["down"] == run["report"]["up"] == 0
    street.shows(sku, 7)
