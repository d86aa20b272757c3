"""simulate: the named worlds and order files, as tables, JSON and a chart, and the same answer each time."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import SkipTest
from xml.etree import ElementTree as ET

import msgspec
import pytest

from tests.entrypoints.cli.conftest import Cli
from tests.served import PROGRAM

File = Callable[[str, str], Path]
ORDERS = (
    "at,channel,order_ref,sku,qty\n2026-03-02T10:00:00Z,web,A1,MUG,2\n2026-03-02T10:00:01Z,shop,B1,MUG,2\n"
    "2026-03-02T10:00:02Z,web,A2,MUG,2\n2026-03-02T10:00:03Z,web,A3,MUG,none\n"
)
RETAIL = Path(__file__).parents[4] / "shared/data/online_retail_ii/online_retail_ii.parquet"
SVG = "{http://www.w3.org/2000/svg}"


def told(bare: Cli, *words: object) -> Any:
    result = bare("--json", "simulate", *words)
    assert result.exit_code == 0, result.output
    return msgspec.json.decode(result.stdout)


def test_the_story_is_told_as_tables(bare: Cli) -> None:
    result = bare("simulate", "--world", "story-847")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["units", "oversold", "321", "0"] in lines
    assert ["site", "today", "572", "117", "20.56", "%", "!", "2.5", "%", "0", "3,671.50", "2", "h", "8", "min"] in [
        line[:15] for line in lines
    ]
    assert ["1", "h", "0", "min", "site", "535", "399", "399", "399"] in lines


def test_json_has_every_figure_of_both_sides(bare: Cli) -> None:
    found = told(bare, "--world", "story-847")
    today, ours = found["sides"]
    assert (today["name"], ours["name"], found["currency"]) == ("today", "truestock", "USD")
    assert (today["total"]["oversold"], ours["total"]["oversold"]) == (321, 0)
    assert today["channels"]["site"]["limit_broken"]
    assert today["oversold_by_period"][-1] == 321
    assert {look["channel"]: look["shown"] for look in today["looks"]}["marketplace_a"] == 758


def test_the_same_world_and_seed_give_the_same_bytes_in_every_process(file: File) -> None:
    busy = file("busy.toml", "[season]\norders = 150\ndays = 2\nitems = 20\n[every_channel]\nlines_per_call = 2\n")

    def ran(hash_seed: str, seed: str = "7") -> bytes:
        command = [*PROGRAM, "--json", "simulate", "--world", str(busy), "--seed", seed]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, env=environment, check=True, capture_output=True).stdout

    assert ran("1") == ran("2")
    assert ran("1") != ran("1", seed="8")


def test_an_order_file_is_sold_in_a_world_of_which_nothing_is_stated(bare: Cli, file: File) -> None:
    found = told(bare, "--orders", file("orders.csv", ORDERS))
    assert (found["world"], found["opening_units"]) == ("plain", 5)
    assert "line 5, qty" in found["left_out"][0]
    assert [side["total"]["asked"] for side in found["sides"]] == [6, 6]


def test_a_world_file_says_which_channels_no_order_came_from(bare: Cli, file: File) -> None:
    world = file("my.toml", "[channels.web]\ncheckout = 'asks_hub'\n[channels.wbe]\n")
    result = bare("simulate", "--orders", file("orders.csv", ORDERS), "--world", world, "--reader", "csv")
    assert "no order came from the channel wbe" in result.stdout
    assert "line 5, qty" in result.stdout


def test_the_first_orders_of_online_retail_ii_are_simulated(bare: Cli) -> None:
    if not RETAIL.exists():
        raise SkipTest("../shared/data/online_retail_ii is not there")
    found = told(bare, "--orders", RETAIL, "--limit", 200)
    for side in found["sides"]:
        assert side["total"]["sold"] + side["total"]["refused"] == side["total"]["asked"] > 10_000


def test_the_chart_is_one_file_that_needs_no_network(bare: Cli, tmp_path: Path) -> None:
    path = tmp_path / "out.svg"
    told(bare, "--world", "story-847", "--chart", path)
    drawn = ET.parse(path).getroot()
    words = [text.text for text in drawn.iter(f"{SVG}text")]
    assert {"today", "truestock", "marketplace_a", "20.56 %", "321"} <= {*words}
    assert len([*drawn.iter(f"{SVG}polyline")]) == 4
    assert "http" not in path.read_text().replace("http://www.w3.org/2000/svg", "")


def test_channels_with_odd_names_do_not_break_the_chart(bare: Cli, file: File, tmp_path: Path) -> None:
    path = tmp_path / "out.svg"
    told(bare, "--orders", file("orders.csv", ORDERS.replace("web", "<a&b> of a very long name")), "--chart", path)
    words = [text.text or "" for text in ET.parse(path).getroot().iter(f"{SVG}text")]
    assert any(word.startswith("<a&b>") and word.endswith("…") for word in words)


def test_the_worlds_are_listed_and_written_to_be_read_again(bare: Cli, file: File) -> None:
    worlds = [world["name"] for world in told(bare, "--worlds")["worlds"]]
    assert worlds == ["story-847", "demo", "black-friday"]
    assert "black-friday" in bare("simulate", "--worlds").stdout
    written = bare("simulate", "--write-world", "--world", "story-847").stdout
    copy = told(bare, "--world", file("copy.toml", written))
    named = told(bare, "--world", "story-847")
    assert copy["sides"] == named["sides"]
    assert "This file names every setting there is" in bare("simulate", "--write-world").stdout


@pytest.mark.parametrize(
    ("words", "kind", "field"),
    [
        (("--world", "nothing"), "simulate", "world"),
        (("--reader", "csv"), "usage", "orders"),
        (("--limit", "5"), "usage", "orders"),
        (("--write-world", "--world", "my.toml"), "simulate", "world"),
    ],
)
def test_what_cannot_be_meant_is_refused(bare: Cli, words: tuple[str, ...], kind: str, field: str) -> None:
    result = bare("--json", "simulate", *words)
    assert result.exit_code
    error = msgspec.json.decode(result.stderr)["error"]
    assert (error["type"], error["field"]) == (kind, field)


@pytest.mark.parametrize(
    ("text", "field"), [("[channels.web]\nlag = 1", "channels.web.lag"), ("[[sales]]\nchannel = 1", "sales[0].channel")]
)
def test_a_bad_world_file_is_told_with_the_path_of_its_field(bare: Cli, file: File, text: str, field: str) -> None:
    result = bare("--json", "simulate", "--world", file("my.toml", text))
    assert msgspec.json.decode(result.stderr)["error"]["field"] == field


def test_a_bad_order_file_is_told(bare: Cli, file: File) -> None:
    orders = file("orders.csv", "nothing\n")
    assert "no column" in msgspec.json.decode(bare("--json", "simulate", "--orders", orders).stderr)["error"]["detail"]
    wrong = bare("--json", "simulate", "--orders", orders, "--reader", "x")
    assert msgspec.json.decode(wrong.stderr)["error"] == {
        "type": "usage",
        "detail": "there is no reader 'x'; choose one of csv, online-retail-ii, olist",
        "field": "reader",
    }
