"""What people and scanners give in short: barcodes, times, worlds, rules for SKUs, the heads of pictures."""

from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from tests.fuzz.running import Target
from truestock.core.gtin import gtin14
from truestock.core.problems import Invalid
from truestock.feeds.inbox.rules import SKU_MAX, Rule, check_rule, steps
from truestock.feeds.product_files.pixels import pixels_of
from truestock.feeds.simulate.world_file import named_world_text, parse_world
from truestock.reconciliation.scanning.parse import parse
from truestock.store.jobs.cron import next_run

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


def rules(raw: bytes) -> None:
    """A rule that is taken is quick on any SKU, and what it makes of one is known."""
    by, _, rest = raw.decode("utf-8", "replace").partition("\n")
    pattern, _, sku = rest.partition("\n")
    try:
        rule = msgspec.convert({"ord": 1, "by": by, "pattern": pattern, "replace": sku[:5]}, Rule)
        check_rule(rule)
    except (Invalid, msgspec.ValidationError):
        return
    for told in (sku[:200], pattern * 3, pattern[:1] * 64, "a" * 63 + "!"):
        assert all(0 < len(step.text) <= SKU_MAX for step in steps([rule], told))


def pictures(raw: bytes) -> None:
    """A picture has a size, or none that can be read."""
    size = pixels_of(raw)
    assert size is None or min(size) >= 0


PICTURES = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x08",
    b"GIF89a\x10\0\x08\0",
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xff\xc0\0\x11\x08\0\x08\0\x10",
    b"RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0/\x0f\xc0\1\0\0\0\0\0\0",
)
WORDS = (
    Target("mapping-rule", rules, (b"regex\nA([0-9]+)-{n}\nA12-3", b"suffix\n-x{n}\nMUG-x4", b"prefix\nEU-\nEU-MUG")),
    Target("pictures", pictures, PICTURES, (b"\xff", b"\xc0", b"VP8X", b"VP8 ")),
    Target("codes", codes, CODES, (b"(01)", b"(17)", b"(3103)", b"\x1d", b"]Q3", b"]d1", b"%1D")),
    Target("cron", times, (b"30 5 * * 1-5|Europe/Berlin", b"*/5 0-6 1,L * MON#1"), (b"L", b"W", b"#", b"*/", b"2-30")),
    Target("world", worlds, (named_world_text("demo").encode(), b'{"channels": {"web": {}}}')),
)
