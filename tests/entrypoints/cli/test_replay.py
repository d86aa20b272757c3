"""replay: a season and an order file through a hub, nothing oversold, the old ways beside it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.entrypoints.cli.conftest import Answer, Cli
from tests.served import PROGRAM, serving

File = Callable[[str, str], Path]
ORDERS = (
    "at,channel,order_ref,sku,qty\n2026-03-02T10:00:00Z,web,A1,MUG,2\n2026-03-02T10:00:01Z,shop,B1,MUG,2\n"
    "2026-03-02T10:00:02Z,web,A2,MUG,2\n2026-03-02T10:00:03Z,web,A3,MUG,none\n"
)


def test_a_made_up_season_sells_without_an_oversell(answer: Answer) -> None:
    told = answer("replay", "--orders", 300, "--into-hub", "--every", 60)
    ours, *old = told["sellers"]
    assert (ours["seller"], ours["total"]["orders"], ours["total"]["oversold"]) == ("truestock", 300, 0)
    assert [seller["seller"] for seller in old] == ["every 60 min", "nightly at 3:00", "never synchronised"]
    assert old[-1]["total"]["oversold"] > 0
    assert answer("check")["ok"]


def test_an_order_file_is_replayed_in_a_hub_that_is_thrown_away(answer: Answer, cli: Cli, file: File) -> None:
    path = file("orders.csv", ORDERS)
    told = answer("replay", path, "--cover", "0.5")
    ours = told["sellers"][0]["total"]
    assert (ours["orders"], ours["asked"], ours["sold"], ours["oversold"]) == (3, 6, 3, 0)
    assert "line 5, qty" in told["left_out"][0]
    assert answer("items", "list")["rows"] == []
    assert "units oversold" in cli("replay", path).stdout


def test_a_replay_goes_through_the_api_of_a_running_hub_and_needs_nothing_else(
    bare: Cli, answer: Answer, file: File, database_url: str, tmp_path: Path
) -> None:
    orders = file("orders.csv", ORDERS)
    nowhere = ("--json", "--data-dir", tmp_path / "none")
    with serving(PROGRAM, database_url) as (_, address):
        told = bare(*nowhere, "replay", orders, "--url", address, "--cover", "0.5")
        again = bare(*nowhere, "replay", orders, "--url", address, "--cover", "0.5")
    ours = msgspec.json.decode(told.stdout)["sellers"][0]["total"]
    assert (ours["sold"], ours["samples"]) == (3, 3)
    assert ours["stale_max_seconds"] is not None
    assert {row["ref"] for row in answer("orders", "list")["rows"]} <= {"A1", "A2", "B1"}
    assert "lines were refused" in msgspec.json.decode(again.stderr)["error"]["detail"]


@pytest.mark.parametrize(
    ("text", "more", "kind"),
    [("nothing\n", (), "replay"), ("at,channel,order_ref,sku,qty\n", (), "replay"), (ORDERS, ("--form", "x"), "usage")],
)
def test_a_file_that_cannot_be_read_is_refused(
    fault: Answer, file: File, text: str, more: tuple[str, ...], kind: str
) -> None:
    assert fault("replay", file("orders.csv", text), *more)["type"] == kind
