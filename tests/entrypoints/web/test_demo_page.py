"""The live page of the demo: a day begins, and the old way's number grows while truestock's stays at nothing."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from itertools import islice

import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from tests.core.replay.worlds import two_shops
from tests.entrypoints.web.conftest import served
from truestock.bootstrap import Hub, open_hub
from truestock.config import Settings
from truestock.core.problems import Conflict
from truestock.core.replay.events import Delivery, OrderEvent
from truestock.entrypoints.demo import seasons
from truestock.entrypoints.demo.seed import seed
from truestock.entrypoints.demo.show import Show
from truestock.feeds.replay import Pace
from truestock.feeds.replay.places import units_on_shelves
from truestock.feeds.replay.prepare import prepare


@pytest.fixture
def demo(database_url: str) -> Iterator[Hub]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield hub


@pytest.mark.browser
def test_the_old_way_oversells_in_front_of_the_visitor(
    demo: Hub, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("truestock.entrypoints.demo.show.PACE", Pace(speed=600.0, at_once=64, pause_max_s=0.1))
    assert seed(demo)
    show = Show(demo)
    with served(demo, lambda: show) as site, closing(chromium.new_context()) as context:
        page = context.new_page()
        with streaming(show):
            page.goto(site.url)
            expect(page.locator(".figures [data-figure='old.oversold']")).not_to_have_text("0")
            expect(page.locator("#orders tr")).not_to_have_count(0)
        # The day stands still from here on, so that it takes no turns from the browser.
        expect(page.locator(".figures [data-figure='ours.oversold']")).to_have_text("0")
        expect(page.locator("#chart canvas")).to_be_visible()
        page.select_option("#sync", "never")
        expect(page.locator("#chart canvas")).to_be_visible()


class streaming:  # noqa: N801  reads as what it does
    """The show, running in a thread of its own."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._show.run())
        try:
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
        finally:
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()


def test_a_second_start_goes_on_with_the_stock_there_is(demo: Hub) -> None:
    assert seed(demo)
    before = units_on_shelves(demo.db)
    assert not seed(demo)
    assert units_on_shelves(demo.db) == before


def test_a_database_with_other_items_is_left_alone(demo: Hub) -> None:
    prepare(demo.db, demo.run, two_shops())
    with pytest.raises(Conflict, match="other items"):
        seed(demo)


def test_days_follow_days_in_order_of_time_and_lorries_keep_coming() -> None:
    happenings = list(islice(seasons.days(dict), seasons.ORDERS * 2))
    times = [happening.at for happening in happenings]
    assert times == sorted(times)
    assert times[-1] - times[0] > timedelta(days=1)
    lorries = [happening for happening in happenings if isinstance(happening, Delivery)]
    assert len(lorries) > 100
    assert len({lorry.ref for lorry in lorries}) == len(lorries)


def test_no_day_gives_an_order_the_reference_that_another_day_gave() -> None:
    happenings = islice(seasons.days(dict), seasons.ORDERS * 2)
    sold = [one.ref for one in happenings if isinstance(one, OrderEvent) and one.kind == "order"]
    assert len(sold) > seasons.ORDERS
    assert len(set(sold)) == len(sold)
