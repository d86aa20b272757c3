"""What waits is decided on the page of discrepancies, in a real browser: as the API has it, and with its refusals."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pydantic import SecretStr

from tests.entrypoints.api.conftest import served
from tests.entrypoints.web.conftest import is_left_of
from tests.entrypoints.web.test_live_page import FAINT
from tests.factories import Shop
from tests.reconciliation.counts.conftest import Counting
from tests.reconciliation.discrepancies.stating import Source
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.entrypoints.web import Pages

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """The opened page, and the shop behind it."""

    page: Page
    shop: Shop

    def open(self, sku: str) -> Locator:
        """The dialog of an item's row."""
        self.page.locator("tr", has_text=sku).get_by_role("button").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        return dialog

    def decide(self, sku: str, choice: str, reason: str, **more: str) -> Locator:
        """Choose, say why, and send it."""
        dialog = self.open(sku)
        dialog.get_by_role("radio", name=choice).check()
        dialog.get_by_label("Why").fill(reason)
        for label, said in more.items():
            dialog.get_by_label(label).fill(said)
        dialog.get_by_role("button", name="Decide").click()
        return dialog


@pytest.fixture
def desk(chromium: Browser, database_url: str) -> Iterator[Desk]:
    """Two items that a WMS states otherwise, and one whose count two people have made otherwise."""
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub, closing(Pages(hub)) as pages:
        shop = Shop(hub)
        skus = [shop.item(dc=10) for _ in range(3)]
        Source(shop, "wms", "reconcile").says({(skus[0], "dc"): 8, (skus[1], "dc"): 4})
        counting = Counting(shop)
        task = counting.task(skus[2])
        for who in ("ann", "bob"):
            counting.counted(who, task, skus[2], 3)
        with served(hub, pages=pages.routes) as live:
            page = chromium.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{live.http.base_url}/discrepancies")
            yield Desk(page, shop)
            page.close()
            pages.live.close()
        assert complaints == []
        shop.proven()


def test_the_ledger_is_put_right_and_a_source_may_be_wrong(desk: Desk) -> None:
    one, two, _ = (sku for (sku,) in desk.shop.read("SELECT sku FROM item ORDER BY id"))
    dialog = desk.open(one)
    expect(dialog).to_contain_text("wms states 8, the ledger expected 10.")
    expect(dialog.get_by_role("radio", name="Approve")).to_have_count(0)
    dialog.get_by_role("button", name="Leave it").click()
    expect(desk.decide(one, "Adjust", "counted it twice")).to_be_hidden()
    expect(desk.page.locator("tr", has_text=one).locator("[data-part=state]")).to_have_text("adjusted")
    assert desk.shop.shelf(one) == {"dc": (8, 0)}
    expect(desk.decide(two, "Dismiss", "it was on the truck")).to_be_hidden()
    expect(desk.page.get_by_role("status")).to_have_text(f"{two} at dc is dismissed.")
    expect(desk.page.locator("tr", has_text=two).get_by_role("button")).to_have_count(0)
    found = desk.shop.read("SELECT state, reason FROM discrepancy WHERE source = 'wms' ORDER BY id")
    assert found == [("adjusted", "counted it twice"), ("dismissed", "it was on the truck")]


def test_a_recount_is_asked_for_and_waits_on(desk: Desk) -> None:
    ((one,),) = desk.shop.read("SELECT sku FROM item ORDER BY id LIMIT 1")
    expect(desk.decide(one, "Recount", "look again")).to_be_hidden()
    row = desk.page.locator("tr", has_text=one)
    expect(row.locator("[data-part=state]")).to_have_text("review")
    expect(row.get_by_role("button")).to_have_count(1)
    assert desk.shop.read("SELECT count(*) FROM discrepancy WHERE recount_wanted_at IS NOT NULL") == [(1,)]


def test_a_count_is_approved_by_somebody_who_did_not_count(desk: Desk) -> None:
    ((sku,),) = desk.shop.read("SELECT sku FROM item ORDER BY id DESC LIMIT 1")
    dialog = desk.decide(sku, "Approve", "gone", **{"Your name": "bob"})
    expect(dialog.get_by_role("alert")).to_contain_text("bob has counted it, and somebody else has to approve it")
    dialog.get_by_label("Your name").fill("lena")
    dialog.get_by_role("button", name="Decide").click()
    expect(dialog).to_be_hidden()
    expect(desk.page.get_by_role("status")).to_have_text(f"{sku} at dc is booked.")
    assert desk.shop.shelf(sku) == {"dc": (3, 0)}


def test_the_dialog_can_be_read_and_fits_a_phone(desk: Desk) -> None:
    ((sku,),) = desk.shop.read("SELECT sku FROM item ORDER BY id DESC LIMIT 1")
    desk.page.set_viewport_size({"width": 390, "height": 800})
    desk.open(sku)
    assert desk.page.evaluate(FAINT) == []
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_no_button_lies_over_what_differs(desk: Desk) -> None:
    desk.page.set_viewport_size({"width": 390, "height": 800})
    row = desk.page.locator("tr[data-of]").first
    assert is_left_of(row.locator("td.num:not(.spare)").first, row.get_by_role("button"))
