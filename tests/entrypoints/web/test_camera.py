"""The camera of the counting page: a picture of each symbol is read, and a code before a real stream is counted."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.entrypoints.api.conftest import served
from tests.entrypoints.web.conftest import ARGUMENTS, CHROMIUM
from truestock.bootstrap import Hub
from truestock.catalog.barcodes import BarcodeDraft, put_barcodes
from truestock.entrypoints.web import Pages
from truestock.reconciliation.counts.tasks import ask
from truestock.reconciliation.counts.values import NewTask
from truestock.reconciliation.scanning.parse import parse

pytestmark = pytest.mark.browser
# Symbols as rows of dark (1) and light modules, a line for one that has bars.
SYMBOLS: dict[str, list[str]] = json.loads((Path(__file__).parent / "symbols.json").read_text())
GTIN = "09501101530003"
LABEL = (GTIN, "AB-1", 12)
READ = {
    "ean_13": (GTIN, None, None),
    "upc_a": ("00042100005264", None, None),
    "upc_e": ("00042100005264", None, None),
    "ean_8": ("00000096385074", None, None),
    "itf_14": ("19501101530000", None, None),
    "gs1_128": LABEL,
    "gs1_data_matrix": LABEL,
    "gs1_qr": LABEL,
    "link": LABEL,
    "data_bar": (GTIN, None, None),
    "data_bar_expanded": (GTIN, "AB-1", None),
}
LABELS = {"code_128": "A-01-02", "code_39": "LAMP"}
WIDTH, HEIGHT, MODULE = 640, 480, 4


def picture(rows: list[str]) -> bytes:
    """The brightness of each pixel of a symbol in the middle of a light picture."""
    high = MODULE if len(rows) > 1 else 200
    wide = [bytes(16 if bit == "1" else 235 for bit in row for _ in range(MODULE)) for row in rows]
    drawn = [row for row in wide for _ in range(high)]
    above, beside = (HEIGHT - len(drawn)) // 2, (WIDTH - len(drawn[0])) // 2
    light = bytes([235]) * WIDTH
    lines = [light] * above + [(light[:beside] + row + light)[:WIDTH] for row in drawn]
    return b"".join(lines + [light] * (HEIGHT - len(lines)))


def film(file: Path, rows: list[str]) -> Path:
    """A second of it, as Chromium takes it for a camera."""
    colours = bytes([128]) * (WIDTH * HEIGHT // 2)
    frame = b"FRAME\n" + picture(rows) + colours
    file.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 10)
    return file


@pytest.fixture
def filmed(chromium: Browser, hub: Hub, tmp_path: Path) -> Iterator[Page]:
    """The counting page of a task, in a browser whose camera sees the mug's EAN."""
    put_barcodes(hub.db, [BarcodeDraft("9501101530003", "MUG")])
    ask(hub.db, NewTask("DARK", ["MUG"]), "lead")
    camera = f"--use-file-for-fake-video-capture={film(tmp_path / 'ean.y4m', SYMBOLS['ean_13'])}"
    faked = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", camera]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=ARGUMENTS + faked)
    with closing(Pages(hub)) as pages, served(hub, pages=pages.routes) as live:
        page = browser.new_page(base_url=str(live.http.base_url))
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto("/scan")
        yield page
        browser.close()
        assert complaints == []


def test_a_code_before_the_camera_is_counted(filmed: Page) -> None:
    filmed.get_by_label("Name, on a hub").fill("ann")
    filmed.get_by_role("button", name="Begin").click()
    filmed.get_by_role("button", name="DARK: 1 of 1 items").click()
    filmed.get_by_role("button", name="Camera").click()
    expect(filmed.locator("#last")).to_contain_text("+1, 1 counted")
    expect(filmed.locator("#last")).to_have_attribute("data-tone", "right")
    filmed.get_by_role("button", name="Camera").click()
    expect(filmed.locator("#video")).to_be_hidden()


def test_every_kind_of_symbol_is_read_as_a_scanner_says_it(filmed: Page) -> None:
    said = filmed.evaluate(
        """async (symbols) => {
          const main = document.querySelector('script[type=module]').src;
          const decode = await (await import(main.replace('main.js', 'camera.js'))).reader();
          const found = {};
          for (const [name, rows] of Object.entries(symbols)) {
            const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 480 });
            const drawn = canvas.getContext('2d');
            drawn.fillStyle = 'white';
            drawn.fillRect(0, 0, 1280, 480);
            drawn.fillStyle = 'black';
            const high = rows.length > 1 ? 4 : 200;
            const dark = (bit, x, y) => bit === '1' && drawn.fillRect(40 + 4 * x, 40 + high * y, 4, high);
            rows.forEach((row, y) => [...row].forEach((bit, x) => dark(bit, x, y)));
            found[name] = await decode(drawn.getImageData(0, 0, 1280, 480));
          }
          return found;
        }""",
        SYMBOLS,
    )
    found = {name: parse(code) for name, code in said.items() if name in READ}
    assert {name: (one.gtin, one.lot, one.quantity) for name, one in found.items()} == READ
    assert {name: said[name] for name in LABELS} == LABELS


def test_only_the_counting_page_runs_compiled_code_and_it_does_so_without_a_connection(filmed: Page) -> None:
    policies = {path: filmed.request.get(path).headers["content-security-policy"] for path in ("/", "/scan")}
    assert "script-src 'self';" in policies["/"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policies["/scan"]
    assert "vendor/zxing/reader/zxing_reader.wasm" in filmed.request.get("/scan-worker.js").text()
