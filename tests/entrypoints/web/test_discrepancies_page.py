"""The page of discrepancies in a real browser: how accurate the ledger was, and what waits, light and dark."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from tests.entrypoints.api.conftest import served
from tests.entrypoints.web.test_live_page import FAINT
from tests.factories import Shop, ago
from tests.reconciliation.discrepancies.stating import Source
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.entrypoints.web import Pages
from truestock.entrypoints.web.differing import HEIGHT, WIDTH, trend_of
from truestock.reconciliation.discrepancies.accuracy import AccuracyDay

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium: Browser, database_url: str) -> Iterator[Page]:
    """Opened; a WMS has stated three items on three days, two of them otherwise than the ledger."""
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub, closing(Pages(hub)) as pages:
        shop = Shop(hub)
        skus = [shop.item(dc=10) for _ in range(3)]
        wms = Source(shop, "wms", "reconcile")
        for days, off in ((3, 0), (2, 1), (1, 2)):
            at = ago(days=days)
            wms.says({(sku, "dc"): 10 - (n < off) * (n + 1) for n, sku in enumerate(skus)}, at)
        with served(hub, pages=pages.routes) as live:
            context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
            opened = context.new_page()
            complaints: list[str] = []
            opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            opened.on("pageerror", lambda error: complaints.append(str(error)))
            opened.goto(f"{live.http.base_url}/discrepancies")
            yield opened
            context.close()
            pages.live.close()
    assert complaints == []


def test_it_shows_what_waits_and_how_accurate_the_ledger_was(page: Page) -> None:
    expect(page.locator("[data-figure=waiting]")).to_have_text("2")
    expect(page.locator("[data-figure=beyond]")).to_have_text("2")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("-2")
    expect(rows.first).to_contain_text("shrinkage")
    expect(page.locator(".trend circle")).to_have_count(3)
    expect(page.locator(".trend svg")).to_have_attribute(
        "aria-label",
        r"Accuracy by day: 100.0 % on "
        f"{ago(days=3).date()}, 33.3 % on {ago(days=1).date()}",
    )
    expect(page.get_by_role("link", name="Discrepancies")).to_have_attribute("aria-current", "page")


def test_the_heads_of_all_columns_stand_on_one_line(page: Page) -> None:
    bottoms = """() => [...document.querySelectorAll("thead th")].map((head) => {
        const text = document.createRange();
        text.selectNodeContents(head);
        return text.getBoundingClientRect().bottom;
    })"""
    assert len(set(page.evaluate(bottoms))) == 1


def test_another_source_has_stated_nothing(page: Page) -> None:
    page.get_by_label("Source", exact=True).fill("erp")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".trend")).to_contain_text("No source has stated anything here yet")
    expect(page.locator("tbody")).to_contain_text("Nothing waits")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.reload()
    assert page.evaluate(FAINT) == []


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    clipped = """() => [...document.querySelectorAll(".trend .axis text")].filter(
        (text) => text.getBoundingClientRect().left < text.ownerSVGElement.getBoundingClientRect().left,
    ).map((text) => text.textContent)"""
    assert page.evaluate(clipped) == []


def test_the_trend_is_over_all_locations_and_starts_at_the_left() -> None:
    days = [
        AccuracyDay(date(2026, 3, 2), "dc", "wms", 10, 10, 100.0, 0, Decimal(0)),
        AccuracyDay(date(2026, 3, 1), "dc", "wms", 10, 9, 90.0, 1, Decimal(0)),
        AccuracyDay(date(2026, 3, 1), "store", "pos", 10, 7, 70.0, 3, Decimal(0)),
    ]
    trend = trend_of(days)
    assert trend is not None
    assert (trend.low, [point[2:] for point in trend.points]) == (
        80,
        [(date(2026, 3, 1), 80.0), (date(2026, 3, 2), 100.0)],
    )
    assert [point[:2] for point in trend.points] == [(0, HEIGHT), (WIDTH, 0)]
    assert trend_of([]) is None
