"""Short texts that people and scanners give: barcodes, times, worlds."""

from contextlib import suppress
from datetime import UTC, datetime

from tests.fuzz.running import Target
from truestock.core.gtin import gtin14
from truestock.core.problems import Invalid
from truestock.feeds.simulate.world_file import named_world_text, parse_world
from truestock.reconciliation.scanning.parse import parse
from truestock.sync.schedules.cron import next_run

NOW = datetime(2026, 11, 22, 9, 14, tzinfo=UTC)
CODES = (
    *(b"(01)04006381333931(17)271231(10)L-1\x1d(30)12", b"]C1010400638133393117271231\x1d10L1", b"4006381333931"),
    *(b"https://id.gs1.org/01/04006381333931/10/L1?17=271231", b"012345678905", b"]d2010400638133393110L1\x1d3712"),
)


def codes(raw: bytes) -> None:
    """What a scanner types."""
    text = raw.decode("utf-8", "replace")
    with suppress(Invalid):
        parse(text)
    with suppress(Invalid):
        gtin14(text)


def times(raw: bytes) -> None:
    """A cron line and a zone."""
    cron, _, zone = raw.decode("utf-8", "replace").partition("|")
    with suppress(Invalid):
        assert next_run(cron, zone or "UTC", NOW) > NOW


def worlds(raw: bytes) -> None:
    """A world to simulate, in both forms."""
    for form in ("toml", "json"):
        with suppress(Invalid):
            parse_world(raw.decode("utf-8", "replace"), form)


WORDS = (
    Target("codes", codes, CODES, (b"(01)", b"(17)", b"(3103)", b"\x1d", b"]Q3", b"]d1", b"%1D")),
    Target("cron", times, (b"30 5 * * 1-5|Europe/Berlin", b"*/5 0-6 1,L * MON#1"), (b"L", b"W", b"#", b"*/", b"2-30")),
    Target("world", worlds, (named_world_text("demo").encode(), b'{"channels": {"web": {}}}')),
)
