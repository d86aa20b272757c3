"""The page of alerts in a real browser: the worst first, each with what it puts at risk and what mends it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from tests.entrypoints.api.conftest import served
from tests.entrypoints.web.test_live_page import FAINT
from tests.factories import Shop
from tests.reconciliation.alerts.conftest import Guardroom
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.entrypoints.web import Pages
from truestock.ledger.values import Adjust

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """The page, opened, and the shop behind it."""

    page: Page
    room: Guardroom
    sku: str


@pytest.fixture
def desk(chromium: Browser, database_url: str) -> Iterator[Desk]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub, closing(Pages(hub)) as pages:
        room = Guardroom(Shop(hub))
        sku = room.shop.item(dc=2)
        room.shop.buy("web", {sku: 5}, mode="sold")
        room.rule("atp_low", threshold=3, channel="web")
        room.shop.listing("web", {sku: 1})
        room.look()
        with served(hub, pages=pages.routes) as live:
            context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
            page = context.new_page()
            complaints: list[str] = []
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{live.http.base_url}/alerts")
            yield Desk(page, room, sku)
            context.close()
            pages.live.close()
    assert complaints == []


def test_the_worst_stands_first_with_its_risk_and_what_mends_it(desk: Desk) -> None:
    rows = desk.page.locator(".alert")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Critical")
    expect(rows.first).to_contain_text(f"web has sold 3 units of {desk.sku} that no stock backs")
    expect(rows.first).to_contain_text("At risk: 3 units owed to customers")
    expect(rows.first).to_contain_text(f"truestock book receive {desk.sku} LOCATION 3")
    expect(desk.page.locator("[data-figure=critical]")).to_have_text("1")
    expect(desk.page.locator("#open-alerts")).to_have_text("2")
    expect(desk.page.get_by_role("link", name="Alerts")).to_have_attribute("aria-current", "page")


def test_no_number_of_newer_lesser_alerts_hides_the_worst(desk: Desk) -> None:
    with desk.room.db.transaction() as conn:
        conn.execute(
            "INSERT INTO alert "
            "SELECT (jsonb_populate_record(a, jsonb_build_object('id', 100 + n, 'subject', 'L' || n))).* "
            "FROM alert a CROSS JOIN generate_series(1, 205) n WHERE a.kind = 'atp_low'"
        )
    desk.page.reload()
    expect(desk.page.locator(".alert")).to_have_count(200)
    expect(desk.page.locator(".alert").first).to_contain_text("Critical")
    expect(desk.page.locator("#alerts")).to_contain_text("There are more")


def test_an_alert_is_taken_on_left_alone_and_resolved_by_its_buttons(desk: Desk) -> None:
    first = desk.page.locator(".alert").first
    first.get_by_role("button", name="Acknowledge").click()
    expect(first).to_contain_text("acknowledged")
    expect(desk.page.locator("#open-alerts")).to_have_text("1")
    expect(desk.page.locator("#said")).to_have_text("The alert is acknowledged.")
    first.get_by_role("button", name="Snooze").click()
    expect(first).to_contain_text("until")
    first.get_by_role("button", name="Resolve").click()
    expect(desk.page.locator(".alert")).to_have_count(1)
    desk.page.select_option("#state", "resolved")
    expect(desk.page.locator(".alert")).to_contain_text(["no stock backs"])


def test_what_is_well_again_goes_by_itself_and_the_focus_stays(desk: Desk) -> None:
    desk.page.locator(".alert").nth(1).get_by_role("button", name="Resolve").focus()
    desk.room.shop.buy("market", {desk.room.shop.item(dc=0): 1}, mode="sold")
    expect(desk.page.locator(".alert")).to_have_count(3)
    assert desk.page.evaluate("document.activeElement.dataset.act") == "resolve"
    desk.room.shop.stock(desk.sku, dc=50)
    expect(desk.page.locator(".alert")).to_have_count(1)


def test_it_is_narrowed_down_by_severity_and_says_when_all_is_well(desk: Desk) -> None:
    desk.page.select_option("#severity", "info")
    expect(desk.page.locator(".alert")).to_have_count(1)
    desk.page.select_option("#severity", "warning")
    expect(desk.page.locator("#alerts")).to_contain_text("No alert is like that.")
    desk.room.shop.stock(desk.sku, dc=50)
    desk.page.select_option("#severity", "")
    expect(desk.page.locator("#alerts")).to_contain_text("All is well")
    expect(desk.page.locator("#open-alerts")).to_be_hidden()


def test_what_others_wrote_is_only_text(desk: Desk) -> None:
    desk.room.shop.book(Adjust(sku=desk.room.shop.item(dc=1), location="dc", qty=-3, reason="lost"))
    desk.room.hurry("location SET code = '<img src=x onerror=alert(1)>' WHERE code = 'dc'")
    desk.room.look()
    desk.page.reload()
    expect(desk.page.locator("#alerts")).to_contain_text("<img src=x")
    desk.room.hurry("location SET code = 'dc' WHERE code LIKE '<%%'")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_and_everything_has_a_name(desk: Desk, theme: str) -> None:
    if theme == "dark":
        desk.page.get_by_role("button", name="Theme").click()
    assert desk.page.evaluate(FAINT) == []
    assert desk.page.locator("main").count() == desk.page.locator("h1").count() == 1
    nameless = desk.page.evaluate(
        """[...document.querySelectorAll('button, input, select, a')]
        .filter(e => !(e.innerText.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML)"""
    )
    assert nameless == []


def test_a_phone_needs_no_sideways_scrolling(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 800})
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390
