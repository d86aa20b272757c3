"""All sources are read in one go, as a day's start does it; those that cannot be are named and hold up no other."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.clocks import PATIENCE_S
from tests.feeds.file_sources.conftest import Supplier
from truestock.feeds.file_sources.all_read import WITHIN_S, read_sources
from truestock.feeds.file_sources.memory import alone
from truestock.feeds.file_sources.sources import pause
from truestock.store.jobs.kinds import Interrupted, Work
from truestock.store.jobs.stages import Progress


def stage(supplier: Supplier, channel: str | None = None, *, stopped: bool = False, within_s: float = WITHIN_S) -> str:
    """What the stage says."""
    progress = Progress(supplier.db, Work(1, channel, lambda: stopped), 1, "sources", set())
    return read_sources(supplier.db, supplier.reader, within_s)(progress)


def test_all_that_can_be_read_is_and_the_rest_is_named(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    supplier.source(code="gone", address=str(supplier.folder / "nowhere"))
    supplier.source(code="held")
    pause(supplier.db, "held", paused=True)
    said = stage(supplier)
    assert said.startswith("sources that were read: 1, passed over: gone (")
    assert "held (source 'held' is paused; resume it first)" in said
    assert supplier.lies("TEA") == 12


def test_a_source_that_somebody_else_reads_is_waited_for_but_not_for_ever(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    ((source,),) = supplier.shop.read("SELECT id FROM file_source")
    with ThreadPoolExecutor(1) as others:
        with alone(supplier.db, source, "acme"):
            waiting = others.submit(stage, supplier)
            supplier.shop.wait(0.7)
            assert not waiting.done()
        assert waiting.result(PATIENCE_S) == "sources that were read: 1"
    assert supplier.lies("TEA") == 12
    with alone(supplier.db, source, "acme"):
        said = stage(supplier, within_s=0.1)
    assert (
        said == "sources that were read: 0, passed over: acme (source 'acme' is being read just now; look again later)"
    )


def test_of_one_channel_its_sources_alone_are_read(supplier: Supplier) -> None:
    supplier.drop("a.csv", "TEA,Green tea,3.50,12")
    assert stage(supplier, "b2b") == "sources that were read: 0"
    assert supplier.now.last_file is None
    assert stage(supplier, "web") == "sources that were read: 1"
    assert supplier.now.last_file is not None


def test_it_stops_between_two_sources(supplier: Supplier) -> None:
    with pytest.raises(Interrupted):
        stage(supplier, stopped=True)
    assert supplier.now.looked_at is None
