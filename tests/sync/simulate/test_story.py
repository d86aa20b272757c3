"""The story of the 847 units: what unsynchronised channels show and sell, and what truestock makes of the same day."""

from msgspec.structs import replace

from tests.sync.simulate.worlds import run
from truestock.core.replay.simulate.report import Report
from truestock.feeds.simulate.world_file import read_world

STORY = read_world("story-847")


def shown(report: Report, side: int) -> dict[str, tuple[int, int]]:
    return {look.channel: (look.shown, look.truth) for look in report.sides[side].looks}


def test_after_the_flash_sale_every_channel_shows_a_number_of_its_own() -> None:
    today = shown(run(STORY), 0)
    assert today["site"] == (535, 399)
    assert today["marketplace_a"] == (758, 399)
    assert today["quick_a"] == (77, 77)
    assert today["marketplace_b"] == (847, 399)
    assert today["retail"] == (723, 322)


def test_with_truestock_they_show_one_truth_less_their_buffers() -> None:
    ours = shown(run(STORY), 1)
    assert ours["site"] == (399, 399)
    assert ours["marketplace_a"] == (399 - 3, 399)
    assert ours["marketplace_b"] == (399 - 5, 399)
    assert {ours[code] for code in ("quick_a", "quick_b", "quick_c")} == {(77 - 1, 77)}


def test_the_day_ends_with_these_figures() -> None:
    report = run(STORY)
    today, ours = (side.total for side in report.sides)
    assert report.opening_units == 847
    assert (today.asked, today.sold, today.oversold, today.lost) == (1168, 1168, 321, 0)
    assert (today.orders, today.cancelled_orders, today.limit_broken) == (751, 215, True)
    assert today.first_oversell_s is not None
    assert 3600 < today.first_oversell_s < 7200
    assert (today.cost.fees, today.cost.service, today.cost.lost_customers) == (158.0, 215 * 6.5, 215 * 24.0)
    assert today.cost.lost_margin == 321 * 16.0
    assert (ours.asked, ours.sold, ours.oversold, ours.lost) == (1168, 847, 0, 6)
    assert (ours.cost.oversold, ours.cost.lost_sales, ours.limit_broken) == (0.0, 6 * 16.0, False)


def test_every_channel_breaks_its_limit_today_and_none_with_truestock() -> None:
    today, ours = run(STORY).sides
    assert all(figures.limit_broken for figures in today.channels.values())
    assert not any(figures.limit_broken for figures in ours.channels.values())


def test_the_buffers_are_what_the_seconds_of_lag_cost() -> None:
    _, bare = run(replace(STORY, policies=())).sides
    assert (bare.total.oversold, bare.total.lost) == (0, 0)
    slow = {
        code: replace(life, order_lag_s=120, push_lag_s=60, order_loss_percent=5)
        for code, life in STORY.channels.items()
    }
    _, late = run(replace(STORY, policies=(), channels=slow)).sides
    assert late.total.oversold > 0
    assert not any(f.oversold for code, f in late.channels.items() if slow[code].checkout == "asks_hub")
