"""What the pages load: ours and nobody else's, the vendored files exactly as they were published."""

import re
import tomllib
from hashlib import sha256

from truestock.entrypoints.web.static_files import static_files, version
from truestock.entrypoints.web.values import Curve
from truestock.entrypoints.web.waterfall import MINUS, Step, bars

ISLAND_LINES_MAX = 300


def test_every_vendored_file_is_listed_with_its_hash() -> None:
    files = static_files()
    listed = tomllib.loads(files["vendor/vendor.toml"].body.decode())["file"]
    assert {entry["path"]: entry["sha256"] for entry in listed} == {
        path.removeprefix("vendor/"): sha256(file.body).hexdigest()
        for path, file in files.items()
        if path.startswith("vendor/") and path.endswith((".js", ".css", ".wasm"))
    }
    assert all(entry["name"] and entry["version"] and entry["license"] for entry in listed)


def test_islands_are_small() -> None:
    ours = {path: file.body.count(b"\n") for path, file in static_files().items() if path.endswith(".js")}
    assert max(lines for path, lines in ours.items() if not path.startswith("vendor/")) < ISLAND_LINES_MAX


def test_files_are_found_under_one_version() -> None:
    assert re.fullmatch("[0-9a-f]{12}", version())
    assert {"app.css", "live.js", "vendor/htmx.min.js"} <= static_files().keys()


def test_bars_stand_on_each_other_and_the_total_on_the_ground() -> None:
    on_hand, promised, total = bars([Step("on hand", 14), Step("promised", -2), Step("available", 12, total=True)])
    assert (on_hand.x, on_hand.width, on_hand.shown) == (0.0, 100.0, "+14")
    assert (promised.look, promised.shown) == ("minus", f"{MINUS}2")
    assert round(promised.x + promised.width) == 100
    assert (total.x, total.width, total.shown) == (0.0, promised.x, "12")


def test_a_total_below_zero_is_drawn_to_the_left_of_the_ground() -> None:
    *_, total = bars([Step("on hand", 5), Step("owed", -15), Step("available", -10, total=True)])
    assert total.x == 0
    assert round(total.width) == 67


def test_a_long_curve_keeps_the_whole_day() -> None:
    curve = Curve(("15",))
    for second in range(5_000):
        curve.add(second, 0, {"15": second})
    times, old, ours = curve.by_name()["15"]
    assert len(times) == len(old) == len(ours) <= 1_200
    assert times[0] == 0
    assert times[-1] > 4_990
