"""What waits is approved, inspected and put away on the page of receiving, in a real browser, whatever brought it."""

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
from tests.feeds.receiving.clerk import Clerk
from truestock.bootstrap import open_hub
from truestock.catalog.locations import BinDraft, put_bins
from truestock.config import Settings
from truestock.entrypoints.web import Pages
from truestock.feeds.receiving.values import ReceiptLine
from truestock.ledger.values import Return

pytestmark = pytest.mark.browser


@dataclass
class Dock:
    """The opened page, and the clerk behind it with an item to approve, a returned one, and one to put away."""

    page: Page
    clerk: Clerk
    approve: str
    returned: str
    shelve: str

    def row(self, sku: str) -> Locator:
        return self.page.locator("tbody tr", has_text=sku)

    def open(self, sku: str) -> Locator:
        """The dialog of an item's row."""
        self.row(sku).get_by_role("button").click()
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        return dialog

    def said(self, text: str) -> None:
        expect(self.page.get_by_role("status")).to_have_text(text)

    def statuses(self, sku: str) -> dict[str, int]:
        return {status: on_hand for (_, _, status, _), (on_hand, _) in self.clerk.shop.cells(sku).items()}


@pytest.fixture
def dock(chromium: Browser, database_url: str) -> Iterator[Dock]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub, closing(Pages(hub)) as pages:
        clerk = Clerk(Shop(hub))
        put_bins(hub.db, [BinDraft("dc", "P-1", "pick")])
        approve, returned, shelve = clerk.shop.item(), clerk.shop.item(), clerk.shop.item(lots=True)
        clerk.rule(location="dc", item=approve, lands="approval")
        clerk.rule(location="dc", item=shelve, lands="receiving")
        clerk.line(approve, 5, ref="R-1", document=clerk.order({approve: 5}, supplier="ACME"))
        clerk.shop.book(Return(sku=returned, location="dc", qty=3, status="inspection", source="desk", ref="O-7"))
        clerk.receive([ReceiptLine(4, shelve, lot="A1")], ref="R-2")
        with served(hub, pages=pages.routes) as live:
            page = chromium.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{live.http.base_url}/receiving")
            yield Dock(page, clerk, approve, returned, shelve)
            page.close()
            pages.live.close()
        assert complaints == []
        clerk.shop.proven()


def test_it_shows_what_waits_with_what_brought_it(dock: Dock) -> None:
    for sku, texts in (
        (dock.approve, ["be approved", "Receipt R-1 of ", "(ACME)", "clerk"]),
        (dock.returned, ["be inspected", "Return O-7 (desk)", "test"]),
        (dock.shelve, ["be put away", "A1", "Receipt R-2"]),
    ):
        for text in texts:
            expect(dock.row(sku)).to_contain_text(text)
    for lands, units in (("approval", "5"), ("inspection", "3"), ("receiving", "4")):
        expect(dock.page.locator(f"[data-figure={lands}]")).to_have_text(units)
    dock.page.get_by_label("What waits to").select_option("inspection")
    dock.page.get_by_role("button", name="Show").click()
    expect(dock.page.locator("tbody tr")).to_have_count(1)
    dock.page.get_by_role("textbox", name="Location").fill("nowhere")
    dock.page.get_by_role("button", name="Show").click()
    expect(dock.page.locator("tbody tr")).to_contain_text("Nothing waits here")


def test_a_return_is_inspected_in_parts_and_the_page_follows(dock: Dock) -> None:
    dialog = dock.open(dock.returned)
    expect(dialog).to_contain_text("Return O-7 (desk). 3 wait.")
    expect(dialog.get_by_role("radio", name="Approve")).to_have_count(0)
    dialog.get_by_role("radio", name="Fail").check()
    dialog.get_by_label("Units").fill("1")
    dialog.get_by_label("They go to").select_option("scrap")
    dialog.get_by_role("button", name="Decide").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Why").fill("broken")
    dialog.get_by_role("button", name="Decide").click()
    dock.said(f"1 of {dock.returned} at dc failed.")
    expect(dock.page.locator("[data-figure=inspection]")).to_have_text("2")
    assert dock.statuses(dock.returned) == {"inspection": 2}
    dialog = dock.open(dock.returned)
    dialog.get_by_role("radio", name="Pass").check()
    dialog.get_by_label("Looked at").fill("2")
    dialog.get_by_label("Bin").fill("P-1")
    dialog.get_by_role("button", name="Decide").click()
    dock.said(f"2 of {dock.returned} at dc passed.")
    expect(dock.row(dock.returned)).to_have_count(0)
    assert dock.statuses(dock.returned) == {"sellable": 2}


def test_a_receipt_is_rejected_and_approved(dock: Dock) -> None:
    dialog = dock.open(dock.approve)
    expect(dialog.get_by_label("They go to")).to_be_hidden()
    dialog.get_by_role("radio", name="Reject").check()
    dialog.get_by_label("Units").fill("2")
    dialog.get_by_label("They go to").select_option("supplier")
    dialog.get_by_label("Why").fill("not ours")
    dialog.get_by_role("button", name="Decide").click()
    dock.said(f"2 of {dock.approve} at dc rejected.")
    dialog = dock.open(dock.approve)
    dialog.get_by_role("radio", name="Approve").check()
    dialog.get_by_role("button", name="Decide").click()
    dock.said(f"3 of {dock.approve} at dc approved.")
    assert dock.statuses(dock.approve) == {"sellable": 3}


def test_units_are_put_away_by_lot_and_a_wrong_bin_is_told(dock: Dock) -> None:
    dialog = dock.open(dock.shelve)
    dialog.get_by_label("Units").fill("3")
    dialog.get_by_label("Bin").fill("P-9")
    dialog.get_by_role("button", name="Put away").click()
    expect(dialog.get_by_role("alert")).to_contain_text("dc has no bin 'P-9'")
    dialog.get_by_label("Bin").fill("P-1")
    dialog.get_by_role("button", name="Put away").click()
    dock.said(f"3 of {dock.shelve} at dc put away.")
    assert dock.statuses(dock.shelve) == {"sellable": 3, "receiving": 1}
    expect(dock.row(dock.shelve).locator(".num").first).to_have_text("1")


def test_what_somebody_else_has_decided_meanwhile_is_told(dock: Dock) -> None:
    dialog = dock.open(dock.returned)
    dock.clerk.decided(dock.returned, "passed", 2)
    dialog.get_by_role("radio", name="Pass").check()
    dialog.get_by_role("button", name="Decide").click()
    expect(dialog.get_by_role("alert")).to_contain_text(f"1 units of {dock.returned} wait for inspection there")
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).to_be_hidden()


def test_the_page_and_its_dialog_can_be_read_and_fit_a_phone(dock: Dock) -> None:
    dock.page.set_viewport_size({"width": 390, "height": 800})
    dialog = dock.open(dock.returned)
    dialog.get_by_role("radio", name="Fail").check()
    assert dock.page.evaluate(FAINT) == []
    assert dock.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_the_decision_and_the_pages_own_entry_are_in_sight(dock: Dock) -> None:
    dock.page.set_viewport_size({"width": 390, "height": 800})
    dock.page.reload()
    for seen in (dock.row(dock.approve).get_by_role("button"), dock.page.get_by_role("link", name="Receiving")):
        box = seen.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_on_a_phone_no_button_lies_over_how_many_units_wait(dock: Dock) -> None:
    dock.page.set_viewport_size({"width": 390, "height": 800})
    row = dock.row(dock.approve)
    assert is_left_of(row.locator("td.num:not(.spare)").first, row.get_by_role("button"))
