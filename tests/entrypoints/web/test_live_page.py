"""The live page in a real browser: numbers move by themselves, and every one of them explains itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.entrypoints.web.conftest import Site
from truestock.entrypoints.web.waterfall import MINUS

pytestmark = pytest.mark.browser


def number(page: Page, channel: str, sku: str = "MUG"):  # type: ignore[no-untyped-def]
    return page.locator(f'[id="atp:{channel}:{sku}"]')


def test_a_number_moves_and_flashes_when_somebody_buys(page: Page, site: Site) -> None:
    expect(number(page, "web")).to_have_text("847")
    site.buy("web", "A1", 312)
    expect(number(page, "web")).to_have_text("535")
    expect(number(page, "marketplace")).to_have_text("535")
    expect(number(page, "web")).to_have_class(re.compile("down"))
    expect(page.locator("[data-reserved]")).to_have_text("312")


def test_figures_and_the_list_of_orders_follow(page: Page, site: Site) -> None:
    site.buy("web", "A1", 40)
    expect(page.locator("#orders")).to_contain_text("A1")
    expect(page.locator("[data-figure='ours.sold']")).to_have_text("40")
    expect(page.locator("[data-figure='ours.owed']")).to_have_text("0")


def test_a_clicked_number_is_taken_apart(page: Page, site: Site) -> None:
    site.buy("quick", "A1", 24)
    number(page, "quick").click()
    why = page.locator("#why")
    expect(why).to_contain_text("Why is Quick commerce showing 100?")
    expect(why.locator("tr", has_text="On hand")).to_contain_text("+124")
    expect(why.locator("tr", has_text="Promised")).to_contain_text(f"{MINUS}24")
    expect(why.locator("tr.sum")).to_contain_text("100")
    expect(why.locator(".tree")).to_contain_text("DARK")


def test_an_explanation_follows_its_number(page: Page, site: Site) -> None:
    number(page, "quick").click()
    expect(page.locator("#why")).to_contain_text("showing 124")
    page.locator("h1").hover()
    site.buy("quick", "A1", 24)
    expect(page.locator("#why")).to_contain_text("showing 100")


def test_slash_searches_and_escape_shows_everything_again(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("jar")
    expect(page.locator("#rows")).to_contain_text("No item has")
    page.keyboard.press("Escape")
    expect(number(page, "web")).to_have_text("847")


def test_the_arrow_keys_walk_from_number_to_number(page: Page) -> None:
    number(page, "web").focus()
    page.keyboard.press("ArrowRight")
    expect(number(page, "marketplace")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#why")).to_contain_text("Marketplace")


def test_the_filter_leaves_what_is_sold_out(page: Page, site: Site) -> None:
    page.select_option("#state", "out")
    expect(page.locator("#rows tr")).to_be_hidden()
    site.buy("quick", "A1", 124)
    expect(number(page, "quick")).to_have_text("0")
    page.select_option("#state", "low")
    page.select_option("#state", "out")
    expect(page.locator("#rows tr")).to_be_visible()


def test_the_theme_is_kept(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_phone_needs_no_sideways_scrolling(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_is_ready_within_a_second(page: Page) -> None:
    ready_ms = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    assert ready_ms < 1_000


def test_everything_that_can_be_used_has_a_name(page: Page) -> None:
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, input, select, a')]
        .filter(e => !(e.innerText.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML)"""
    )
    assert nameless == []


def test_the_tree_unfolds_down_to_the_promise_of_an_order(page: Page, site: Site) -> None:
    site.buy("quick", "A1", 24)
    number(page, "quick").click()
    tree = page.locator("#why .tree")
    tree.locator("summary", has_text="DARK").click()
    tree.locator("summary", has_text="reserved").click()
    expect(tree).to_contain_text("quick A1")
