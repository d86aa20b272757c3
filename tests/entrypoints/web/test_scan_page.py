"""The counting page in a real browser: scans as a scanner types them, with and without a connection, taken once."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, expect

from tests.clocks import until
from tests.entrypoints.api.conftest import Live, served
from tests.entrypoints.web.test_live_page import FAINT
from truestock.bootstrap import Hub
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.keys import KeyDraft, create_key
from truestock.catalog.locations import BinDraft, put_bins
from truestock.entrypoints.web import Pages
from truestock.ledger.post import post
from truestock.ledger.values import Post, Receive
from truestock.reconciliation.counts.decide import list_results
from truestock.reconciliation.counts.tasks import ask, assign, read_task, sheet
from truestock.reconciliation.counts.values import NewTask

pytestmark = pytest.mark.browser
EACH, CASE = "9501101530003", "19501101530000"


@dataclass
class Aisle:
    """A served hub with a task, and somebody who counts on a page."""

    live: Live
    page: Page
    task: int
    context: BrowserContext

    def scan(self, *codes: str, end: str = "Enter") -> None:
        """As a keyboard-wedge scanner types, wherever the focus is."""
        for code in codes:
            self.page.keyboard.type(code)
            self.page.keyboard.press(end)

    def burst(self, code: str, apart_s: float = 0.005) -> None:
        """A scan whose keys are told to have come this far apart, however slow the machine is."""
        typed = self.context.new_cdp_session(self.page)
        began = time.time()
        for n, key in enumerate([*code, "Enter"]):
            text = "\r" if key == "Enter" else key
            told = {"key": key, "text": text, "timestamp": began + n * apart_s}
            typed.send("Input.dispatchKeyEvent", {"type": "keyDown", **told})
            typed.send("Input.dispatchKeyEvent", {"type": "keyUp", **told})

    def taken(self) -> int:
        """Scans of units that the hub has."""
        with self.live.hub.db.transaction() as conn:
            ((found,),) = conn.execute("SELECT count(*) FROM count_scan WHERE NOT void AND qty > 0").fetchall()
        return int(found)

    def said(self, text: str, tone: str) -> None:
        """What stands in the panel, and its colour."""
        expect(self.page.locator("#last")).to_contain_text(text)
        expect(self.page.locator("#last")).to_have_attribute("data-tone", tone)


@pytest.fixture
def aisle(hub: Hub, chromium: Browser) -> Iterator[Aisle]:
    put_items(hub.db, [ItemDraft("JAR", name="Jam jar")])
    put_barcodes(hub.db, [BarcodeDraft(EACH, "MUG"), BarcodeDraft(CASE, "MUG", 12)])
    hub.run(post, [Post(Receive(sku="JAR", location="DARK", qty=3))])
    task = ask(hub.db, NewTask("DARK", ["MUG", "JAR"]), "lead").id
    with closing(Pages(hub)) as pages, served(hub, pages=pages.routes) as live:
        context = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live.http.base_url}/scan".replace("//scan", "/scan"))
        page.get_by_label("Name, on a hub").fill("ann")
        page.get_by_role("button", name="Begin").click()
        with page.expect_response("**/assign"):
            page.get_by_role("button", name="DARK: 2 of 2 items").click()
        expect(page.locator("#code")).to_be_focused()
        yield Aisle(live, page, task, context)
        context.close()
        assert complaints == []


def test_a_scanner_counts_and_nothing_expected_is_shown(aisle: Aisle) -> None:
    expect(aisle.page.locator("#login")).to_be_hidden()
    expect(aisle.page.locator("#tasks")).to_be_hidden()
    aisle.scan(CASE, EACH)
    aisle.scan(EACH, end="Tab")
    aisle.said("+1, 14 counted", "right")
    assert "124" not in aisle.page.inner_text("body")
    expect(aisle.page.locator('[data-sku="MUG"] .units')).to_have_text("14")
    expect(aisle.page.locator("#line")).to_have_text("connected")
    assert aisle.taken() == 3


def test_who_opens_a_task_takes_it_on_and_finds_it_first(aisle: Aisle) -> None:
    db, page = aisle.live.hub.db, aisle.page
    expect(page.locator("#line")).to_have_text("connected")
    put_items(db, [ItemDraft("LID"), ItemDraft("TIN")])
    lids, tins = (ask(db, NewTask("DARK", [sku], urgent=True), "lead").id for sku in ("LID", "TIN"))
    assign(db, lids, "bob")
    page.get_by_role("button", name="Other task").click()
    names = page.locator("#walks span")
    expect(names).to_have_text(["Asked for, yours", "Asked for", "Asked for, for bob"])
    assert [read_task(db, task).assigned_to for task in (aisle.task, tins)] == ["ann", ""]


def test_an_old_task_is_found_behind_a_hundred_newer_ones(aisle: Aisle) -> None:
    with aisle.live.hub.db.transaction() as conn:
        conn.execute(
            "INSERT INTO count_task SELECT (jsonb_populate_record(t, jsonb_build_object('id', t.id + n))).* "
            "FROM count_task t CROSS JOIN generate_series(1, 101) n"
        )
    aisle.page.get_by_role("button", name="Other task").click()
    expect(aisle.page.locator("#walks button")).to_have_count(102)
    expect(aisle.page.get_by_role("button", name="DARK: 2 of 2 items")).to_be_visible()


def test_wrong_codes_are_red_and_take_nothing(aisle: Aisle) -> None:
    aisle.scan("9501101530004")
    aisle.said("check digit is 3", "wrong")
    aisle.scan("DARK")
    aisle.said("That is a location", "wrong")
    aisle.scan("042100005264")
    aisle.said("no item has the barcode", "wrong")
    assert aisle.taken() == 0


def test_a_quantity_is_typed_before_the_scan(aisle: Aisle) -> None:
    aisle.scan("10", CASE, "4", EACH)
    aisle.said("124 counted", "right")
    aisle.page.keyboard.press("F8")
    aisle.said("Counted.", "right")
    expect(aisle.page.locator('[data-sku="MUG"] .units')).to_have_text("counted")
    expect(aisle.page.locator("#line")).to_have_text("connected")
    assert sheet(aisle.live.hub.db, aisle.task, "ann").lines[1].state == "booked"


def test_a_count_that_is_off_is_for_somebody_else(aisle: Aisle) -> None:
    aisle.scan(EACH)
    aisle.page.keyboard.press("F8")
    aisle.said("counted again, by somebody else", "kept")
    aisle.scan(EACH)
    aisle.said("to be counted again by somebody else", "wrong")


def test_nothing_here_and_counting_anew(aisle: Aisle) -> None:
    aisle.scan("JAR", "JAR")
    aisle.page.keyboard.press("F6")
    aisle.said("scan it again", "right")
    aisle.scan("3", "JAR")
    aisle.said("+3, 3 counted", "right")
    aisle.page.keyboard.press("F8")
    aisle.page.locator('[data-sku="MUG"]').click()
    aisle.page.keyboard.press("F4")
    aisle.said("by somebody else", "kept")
    lines = {line.sku: line.state for line in sheet(aisle.live.hub.db, aisle.task, "ann").lines}
    assert lines == {"JAR": "booked", "MUG": "recount"}


def test_without_a_connection_it_counts_on_opens_again_and_sends_each_scan_once(aisle: Aisle) -> None:
    page = aisle.page
    page.evaluate("navigator.serviceWorker.ready.then((found) => found.active.state)")
    page.reload()
    expect(page.locator("#code")).to_be_focused()
    aisle.context.set_offline(True)
    aisle.scan(CASE, CASE, EACH)
    aisle.said("25 counted", "right")
    expect(page.locator("#line")).to_have_text("no connection, 3 wait")
    page.reload()
    expect(page.locator('[data-sku="MUG"] .units')).to_have_text("25")
    aisle.scan("JAR")
    aisle.said("1 counted", "right")
    assert aisle.taken() == 0
    aisle.context.set_offline(False)
    expect(page.locator("#line")).to_have_text("connected")
    assert aisle.taken() == 4
    page.reload()
    expect(page.locator('[data-sku="MUG"] .units')).to_have_text("25")
    assert aisle.taken() == 4


def test_an_upload_whose_answer_is_lost_counts_once(aisle: Aisle) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().text())
            route.abort()

    aisle.page.route("**/v1/counts/scans", lose)
    with aisle.page.expect_response("**/v1/counts/scans"):  # the one that was lost is none
        aisle.scan(CASE, EACH)
    aisle.said("13 counted", "right")
    expect(aisle.page.locator("#line")).to_have_text("connected")
    assert "taken" in lost[0]
    assert aisle.taken() == 2
    expect(aisle.page.locator('[data-sku="MUG"] .units')).to_have_text("13")


def test_a_scan_finds_its_way_wherever_somebody_has_touched(aisle: Aisle) -> None:
    page = aisle.page
    page.get_by_label("One more").click()
    aisle.scan(EACH)
    aisle.said("+2, 2 counted", "right")
    page.get_by_role("button", name="Keyboard").focus()
    aisle.scan(EACH)
    aisle.said("+1, 3 counted", "right")
    page.get_by_label("How many of them").fill("3")
    page.get_by_label("How many of them").press("Enter")
    expect(page.locator("#code")).to_be_focused()
    aisle.scan(EACH)
    aisle.said("+3, 6 counted", "right")


def test_a_code_that_is_scanned_into_how_many_never_becomes_a_number(aisle: Aisle) -> None:
    many = aisle.page.get_by_label("How many of them")
    many.fill("2")
    aisle.burst(EACH)
    aisle.said("+2, 2 counted", "right")
    expect(many).to_have_value("1")
    many.fill("2")
    aisle.burst(EACH, apart_s=1)
    aisle.said("not a number that can be", "wrong")
    expect(many).to_have_value("1")
    aisle.page.locator("#code").focus()
    many.fill("99999999999")
    aisle.page.locator("#code").focus()
    aisle.scan(EACH)
    aisle.said("not a number that can be", "wrong")
    expect(many).to_have_value("1")


def test_a_zone_is_counted_bin_by_bin(aisle: Aisle) -> None:
    db, page = aisle.live.hub.db, aisle.page
    put_bins(db, [BinDraft("DARK", code, "pick") for code in ("P-1", "P-2", "P-3")])
    put_bins(db, [BinDraft("DARK", "B-1", "bulk")])
    put_items(db, [ItemDraft("TIN", name="Tin")])
    for code in ("P-1", "P-2"):
        aisle.live.hub.run(post, [Post(Receive(sku="TIN", location="DARK", qty=2, bin=code))])
    task = ask(db, NewTask("DARK", ["TIN"], zone="pick"), "lead").id
    page.get_by_role("button", name="Other task").click()
    page.get_by_role("button", name="DARK, pick: 1 of 1 items").click()
    expect(page.locator("#code")).to_be_focused()
    aisle.scan("TIN")
    aisle.said("Scan the bin first", "wrong")
    aisle.scan("B-1")
    aisle.said("no bin of the zone pick", "wrong")
    aisle.context.set_offline(True)
    aisle.scan("P-1", "2", "TIN", "P-3", "TIN")
    aisle.said("3 counted", "right")
    aisle.context.set_offline(False)
    expect(page.locator("#line")).to_have_text("connected")
    page.keyboard.press("F8")
    aisle.said("Counted.", "right")
    expect(page.locator("#line")).to_have_text("connected")
    (found,) = list_results(db, task=task).rows
    assert [(lot.bin, lot.counted) for lot in found.rounds[0].lots] == [("P-1", 2), ("P-2", 0), ("P-3", 1)]
    assert (found.state, found.difference) == ("booked", -1)


def test_what_the_hub_refuses_later_is_shown_until_it_is_seen(aisle: Aisle) -> None:
    aisle.context.set_offline(True)
    aisle.scan("042100005264")
    aisle.said("the hub will judge it", "kept")
    aisle.context.set_offline(False)
    expect(aisle.page.locator("#faults")).to_contain_text("no item has the barcode")
    aisle.page.get_by_role("button", name="I have seen it").click()
    expect(aisle.page.locator("#refused")).to_be_hidden()
    assert read_task(aisle.live.hub.db, aisle.task).left == 2


def test_a_scan_that_the_hub_cannot_read_holds_up_no_other(aisle: Aisle) -> None:
    aisle.context.set_offline(True)
    aisle.page.locator("#code").fill("x" * 700)
    aisle.page.keyboard.press("Enter")
    aisle.said("the hub will judge it", "kept")
    aisle.scan("JAR")
    aisle.said("1 counted", "right")
    aisle.context.set_offline(False)
    expect(aisle.page.locator("#faults")).to_contain_text("length <= 600")
    expect(aisle.page.locator("#line")).to_have_text("connected")
    assert aisle.taken() == 1


def test_scans_that_wait_become_nobody_elses_unasked(aisle: Aisle) -> None:
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    aisle.page.on("dialog", refuse)
    aisle.context.set_offline(True)
    aisle.scan("JAR")
    expect(aisle.page.locator("#line")).to_have_text("no connection, 1 wait")
    aisle.page.locator("#who").click()
    aisle.page.get_by_label("Name, on a hub").fill("bob")
    with aisle.page.expect_event("dialog"):
        aisle.page.get_by_role("button", name="Begin").click()
    assert asked == ["1 scans wait here to be sent. They will count as those of whoever begins now. Go on?"]
    assert aisle.page.evaluate("localStorage.getItem('count.name')") == "ann"
    expect(aisle.page.locator("#login")).to_be_visible()


def test_nothing_of_what_is_counted_is_wrong_on_the_page_too(aisle: Aisle) -> None:
    aisle.scan("JAR")
    aisle.said("1 counted", "right")
    aisle.page.keyboard.press("F4")
    aisle.said("1 are counted already", "wrong")


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("]C1019501101530003310300125010A1", {"gtin": "95011015300033", "lot": True, "times": 1}),
        ("0219501101530000" + "37" + "12", {"gtin": "19501101530000", "lot": False, "times": 12}),
        ("(02)19501101530000(37)12(10)A1", {"gtin": "19501101530000", "lot": True, "times": 12}),
        ("019501101530000310A1{GS}3012", {"gtin": "95011015300003", "lot": True, "times": 12}),
        ("https://id.gs1.org/01/19501101530000?30=12", {"gtin": "19501101530000", "lot": False, "times": 12}),
        (EACH, {"gtin": "0" + EACH, "lot": False, "times": 1}),
        ("SHELF-1", {"gtin": "", "lot": False, "times": 1}),
    ],
)
def test_what_a_device_reads_in_a_code(aisle: Aisle, code: str, read: dict[str, object]) -> None:
    aisle.page.evaluate(
        "import(document.querySelector('script[type=module]').src.replace('main.js', 'code.js'))"
        ".then((found) => { window.readCode = found.read; })"
    )
    assert aisle.page.evaluate("(code) => window.readCode(code)", code) == read


def test_a_code_that_stays_before_the_camera_is_one_scan(aisle: Aisle) -> None:
    aisle.page.evaluate(
        """async (code) => {
          const main = document.querySelector('script[type=module]').src;
          const { Camera } = await import(main.replace('main.js', 'camera.js'));
          window.seen = [];
          window.looks = 0;
          const camera = new Camera(document.createElement('video'), (read) => window.seen.push(read));
          const slow = () => new Promise((go) => setTimeout(go, 2000));
          camera.stream = new MediaStream();
          camera.look(async () => { if (window.looks++ === 1) await slow(); return code; });
        }""",
        EACH,
    )
    until(lambda: aisle.page.evaluate("window.looks > 5"))
    assert aisle.page.evaluate("window.seen") == [EACH]


def test_a_code_that_was_out_of_sight_for_a_while_is_another_scan(aisle: Aisle) -> None:
    aisle.page.evaluate(
        """async (code) => {
          const main = document.querySelector('script[type=module]').src;
          const { Camera } = await import(main.replace('main.js', 'camera.js'));
          window.seen = [];
          const began = performance.now();
          const camera = new Camera(document.createElement('video'), (read) => window.seen.push(read));
          camera.stream = new MediaStream();
          camera.look(async () => (window.seen.length && performance.now() - began < 2500 ? '' : code));
        }""",
        EACH,
    )
    until(lambda: aisle.page.evaluate("window.seen.length > 1"))


def test_with_keys_the_page_opens_without_one_and_counts_with_one(aisle: Aisle) -> None:
    token = create_key(aisle.live.hub.db, KeyDraft("ann", ("stock",))).token
    expect(aisle.page.locator("#who")).to_have_text("ann")
    until(lambda: aisle.live.http.get("/v1/echo").status_code == 401)
    aisle.page.reload()
    expect(aisle.page.locator("#notice")).to_contain_text("send a live API key")
    aisle.page.locator("#who").click()
    aisle.page.get_by_label("API key").fill(token)
    aisle.page.get_by_role("button", name="Begin").click()
    expect(aisle.page.locator("#code")).to_be_focused()
    aisle.scan(EACH)
    aisle.said("1 counted", "right")
    expect(aisle.page.locator("#line")).to_have_text("connected")
    assert aisle.taken() == 1


def test_the_camera_says_why_it_cannot_read(aisle: Aisle) -> None:
    aisle.page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    aisle.page.get_by_role("button", name="Camera").click()
    expect(aisle.page.locator("#notice")).to_contain_text("gives pages no camera")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_and_everything_has_a_name(aisle: Aisle, scheme: Literal["light", "dark"]) -> None:
    aisle.page.emulate_media(color_scheme=scheme)
    for code, said, tone in ((EACH, "+1, 1 counted", "right"), ("nothing such", "nothing such", "wrong")):
        aisle.scan(code)
        aisle.said(said, tone)
        assert aisle.page.evaluate(FAINT) == []
    nameless = aisle.page.evaluate(
        """[...document.querySelectorAll('button, input, select, a')].filter(e => e.checkVisibility())
        .filter(e => !(e.innerText.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML)"""
    )
    assert nameless == []
    assert aisle.page.evaluate("document.documentElement.scrollWidth") <= 390
