"""The live page in a real browser: numbers move by themselves, and every one of them explains itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.clocks import until
from tests.entrypoints.web.conftest import Site
from truestock.entrypoints.web.waterfall import MINUS

pytestmark = pytest.mark.browser
# Texts, as they are and as any of our colours on a ground that comes and goes, with a contrast below 4.5 (WCAG AA).
FAINT = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    if (contrast(rgba(style.color), ground(e)) < 4.5 || style.opacity < 1) faint.push(e.outerHTML.slice(0, 120));
  }
  const named = (name) => rgba(getComputedStyle(document.documentElement).getPropertyValue(name));
  for (const text of ['--text', '--quiet', '--good', '--bad', '--warn', '--link'])
    for (const under of ['--ground', '--card', '--hover', '--chosen', '--flash', '--pick'])
      if (contrast(named(text), named(under)) < 4.5) faint.push(`${text} on ${under}`);
  return faint;
}"""


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
    def ready_ms() -> float:
        page.reload()
        return float(page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))

    until(ready_ms, lambda ms: ms < 1_000)  # of a machine that is busy otherwise, the first may be slow


def test_everything_that_can_be_used_has_a_name(page: Page) -> None:
    nameless = page.evaluate(
        """[...document.querySelectorAll('button, input, select, a')]
        .filter(e => !(e.innerText.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML)"""
    )
    assert nameless == []


def test_a_number_is_read_out_with_where_it_stands_and_as_it_is_now(page: Page, site: Site) -> None:
    expect(number(page, "web")).to_have_accessible_name("Web shop, MUG: 847")
    expect(page.get_by_role("rowheader")).to_have_text(re.compile("^MUG"))
    site.buy("web", "A1", 312)
    expect(number(page, "web")).to_have_accessible_name("Web shop, MUG: 535")


def test_an_explanation_is_read_out_when_it_is_chosen_and_not_whenever_it_moves(page: Page, site: Site) -> None:
    number(page, "quick").click()
    expect(page.locator("#why")).to_contain_text("showing 124")
    expect(page.locator("#why")).to_have_attribute("aria-live", "polite")
    page.locator("h1").hover()
    site.buy("quick", "A1", 24)
    expect(page.locator("#why")).to_contain_text("showing 100")
    expect(page.locator("#why")).to_have_attribute("aria-live", "off")


def test_everything_stands_in_a_landmark_under_one_heading_and_what_scrolls_can_be_reached(page: Page) -> None:
    assert page.locator("main").count() == page.locator("h1").count() == 1
    assert page.get_by_role("navigation", name="Pages").count() == 1
    outside = page.evaluate(
        """[...document.body.children].filter(e => !e.matches('main, nav, script, .skip')).map(e => e.outerHTML)"""
    )
    assert outside == []
    unreachable = page.evaluate(
        """[...document.querySelectorAll('body *')].filter(e => /auto|scroll/.test(getComputedStyle(e).overflow))
        .filter(e => e.tabIndex < 0 && !e.querySelector('[tabindex="0"], button, a, input, select, summary'))
        .map(e => e.outerHTML.slice(0, 100))"""
    )
    assert unreachable == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground_also_where_it_flashes(page: Page, site: Site, theme: str) -> None:
    if theme == "dark":
        page.get_by_role("button", name="Theme").click()
    site.buy("quick", "A1", 124)
    expect(number(page, "quick")).to_have_text("0")
    number(page, "quick").click()
    expect(page.locator("#why .tree")).to_be_visible()
    assert page.evaluate(FAINT) == []


def test_the_tree_unfolds_down_to_the_promise_of_an_order(page: Page, site: Site) -> None:
    site.buy("quick", "A1", 24)
    number(page, "quick").click()
    tree = page.locator("#why .tree")
    tree.locator("summary", has_text="DARK").click()
    tree.locator("summary", has_text="reserved").click()
    expect(tree).to_contain_text("quick A1")
