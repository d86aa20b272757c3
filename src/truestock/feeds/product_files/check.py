"""What is wrong with a channel's content by the channel's own rules, and what to do about it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import msgspec

from truestock.catalog.channels import read_channels
from truestock.catalog.listings.content import Image
from truestock.catalog.listings.content_rules import PAGE_FIELDS, ContentRule, read_content_rules
from truestock.core.problems import NotFound
from truestock.feeds.product_files.pages import groups_of, listings_of, pages_of
from truestock.feeds.product_files.pixels import pixels_of
from truestock.feeds.product_files.shapes import Variant
from truestock.store.database import Database

FINDINGS_MAX: Final = 10_000
IMAGE_BYTES_READ: Final = 2**20
NAMED_AT_MOST: Final = 10
Sizes = Mapping[str, tuple[int, int] | None]


class Finding(msgspec.Struct, frozen=True):
    """Something that a channel would not take, or show badly; `reason` says what to do."""

    sku: str
    field: str
    reason: str


class CheckReport(msgspec.Struct):
    """What the check of a channel found; past a bound findings are only counted."""

    channel: str
    listings: int = 0
    faulty: int = 0
    found: int = 0
    findings: list[Finding] = []


def check_content_of(db: Database, channel: str, images: Path | None = None) -> CheckReport:
    """Hold the content of a channel's listings to its rules. With `images`, a folder that has the pictures under the
    last part of their addresses, their size in pixels too. Raises NotFound for the channel."""
    if channel not in read_channels(db, [channel]):
        raise NotFound("channel", channel, "channel")
    rules = read_content_rules(db, channel)
    report = CheckReport(channel)
    for page in pages_of(db, channel, groups_of(listings_of(db, channel))):
        for variant in page.variants:
            found = list(findings_of(variant, rules, _sizes(variant.full.images or (), images)))
            report.listings += 1
            report.faulty += bool(found)
            report.found += len(found)
            report.findings += found[: max(0, FINDINGS_MAX - len(report.findings))]
    return report


def findings_of(variant: Variant, rules: Iterable[ContentRule], sizes: Sizes) -> Iterator[Finding]:
    """What a listing's content lacks; `sizes` are known ones by image address, None of a file that is no picture."""
    by_field = {rule.field: rule for rule in rules}
    for name, rule in by_field.items():
        if name == "images":
            continue
        value = _value(variant, rule)
        if not value:
            if rule.required:
                yield Finding(variant.sku, name, f"{name} is missing{_called(rule)}; give it a value")
            continue
        yield from (Finding(variant.sku, name, reason) for reason in _faults(rule, value))
    yield from (Finding(variant.sku, "images", r) for r in _image_faults(variant, by_field.get("images"), sizes))


def _value(variant: Variant, rule: ContentRule) -> str:
    """What the content says of a field; a price of 0 is a price."""
    match rule.field:
        case "barcode":
            return ", ".join(variant.barcodes)
        case "weight_g":
            return str(variant.weight_g or "")
        case field if field in PAGE_FIELDS:
            value = getattr(variant.full, field)
            return "" if value is None else str(value)
        case field:
            names = {field.casefold(), rule.called.casefold()} - {""}
            pairs = [*(variant.own.options or ()), *(variant.full.attributes or ())]
            return next((value for name, value in pairs if name.casefold() in names and value), "")


def _faults(rule: ContentRule, value: str) -> Iterator[str]:
    name = rule.field
    if rule.at_least is not None and len(value) < rule.at_least:
        yield f"{name} has {len(value)} characters, the channel wants {rule.at_least}; make it longer"
    if rule.at_most is not None and len(value) > rule.at_most:
        yield f"{name} has {len(value)} characters, the channel takes {rule.at_most}; make it shorter"
    if not rule.allowed:
        return
    parts = [value] if value in rule.allowed else [part.strip() for part in value.split(",")]
    for part in parts:
        if part not in rule.allowed:
            near = next((word for word in rule.allowed if word.casefold() == part.casefold()), None)
            choice = f"write {near!r}" if near else f"choose {_listed(rule.allowed)}"
            yield f"{name} {part[:60]!r} is not a value the channel knows{_called(rule)}; {choice}"


def _image_faults(variant: Variant, rule: ContentRule | None, sizes: Sizes) -> Iterator[str]:
    images = variant.full.images or ()
    least = max(rule.at_least or 0, int(rule.required)) if rule else 0
    if len(images) < least:
        yield f"there are {len(images)} images, the channel wants {least}; add {least - len(images)}"
    if rule and rule.at_most is not None and len(images) > rule.at_most:
        yield f"there are {len(images)} images, the channel takes {rule.at_most}; take out {len(images) - rule.at_most}"
    for image in images:
        if fault := _address_fault(image):
            yield f"{image.url[:200]!r} {fault}"
            continue
        extension = PurePosixPath(urlsplit(image.url).path).suffix.removeprefix(".").lower()
        if rule and rule.allowed and extension not in rule.allowed:
            yield f"{image.url[:200]!r} is no {_listed(rule.allowed)}; convert the picture"
        if image.url in sizes and (size := sizes[image.url]) is None:
            yield f"{image.url[:200]!r}: the file is no PNG, JPEG, GIF or WebP; replace it"
        elif image.url in sizes and size and rule and rule.pixels and min(size) < rule.pixels:
            yield f"{image.url[:200]!r} is {size[0]} x {size[1]} pixels, each must be {rule.pixels}; take a larger one"


def _address_fault(image: Image) -> str | None:
    if image.url != image.url.strip() or any(c.isspace() for c in image.url):
        return "has blanks in it; write them as %20"
    try:
        parts = urlsplit(image.url)
    except ValueError:
        return "is no address; write it as https://host/picture.jpg"
    if parts.scheme == "http":
        return "is not sent safely; write https"
    if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname:
        return "is no address; write it as https://host/picture.jpg"
    return None


def _sizes(images: Iterable[Image], folder: Path | None) -> dict[str, tuple[int, int] | None]:
    """The sizes of those images whose file is in the folder."""
    if folder is None:
        return {}
    found: dict[str, tuple[int, int] | None] = {}
    for image in images:
        if _address_fault(image):
            continue
        file = folder / PurePosixPath(urlsplit(image.url).path).name
        if file.is_file():
            with file.open("rb") as source:
                found[image.url] = pixels_of(source.read(IMAGE_BYTES_READ))
    return found


def _called(rule: ContentRule) -> str:
    return f" (there it is called {rule.called!r})" if rule.called else ""


def _listed(words: tuple[str, ...]) -> str:
    more = f" or one of {len(words) - NAMED_AT_MOST} more" if len(words) > NAMED_AT_MOST else ""
    return ", ".join(words[:NAMED_AT_MOST]) + more
