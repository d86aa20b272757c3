"""The check of content: each rule finds what breaks it, and says what to do."""

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feeds.product_files.conftest import Import
from truestock.catalog.listings.content import Image, StoredContent
from truestock.catalog.listings.content_rules import ContentRule, ContentRuleDraft, put_content_rules
from truestock.core.problems import NotFound
from truestock.feeds.product_files.check import check_content_of, findings_of
from truestock.feeds.product_files.pixels import pixels_of
from truestock.feeds.product_files.shapes import Variant
from truestock.store.database import Database

GOOD = "https://a.example/a.jpg"


def found(rule: ContentRule | None, content: StoredContent, **more: object) -> list[str]:
    sizes = more.pop("sizes", {})
    variant = Variant(content.code, content, content, **more)  # type: ignore[arg-type]  # fields of a variant
    return [finding.reason for finding in findings_of(variant, [rule] if rule else [], sizes)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "content", "says"),
    [
        (ContentRule(1, "c", "title", required=True), StoredContent("A"), "title is missing; give it a value"),
        (
            ContentRule(1, "c", "title", at_most=3),
            StoredContent("A", title="Lamp"),
            "has 4 characters, the channel takes 3",
        ),
        (ContentRule(1, "c", "title", at_least=9), StoredContent("A", title="Lamp"), "make it longer"),
        (ContentRule(1, "c", "currency", allowed=("EUR",)), StoredContent("A", currency="USD"), "choose EUR"),
        (ContentRule(1, "c", "barcode", required=True), StoredContent("A"), "barcode is missing"),
        (
            ContentRule(1, "c", "Size", called="Taille", allowed=("S", "M")),
            StoredContent("A", options=(("size", "s"),)),
            "write 'S'",
        ),
        (
            ContentRule(1, "c", "Size", called="Taille", required=True),
            StoredContent("A"),
            "there it is called 'Taille'",
        ),
        (
            ContentRule(1, "c", "Colour", allowed=("red", "blue")),
            StoredContent("A", attributes=(("Colour", "red, green"),)),
            "'green' is not a value",
        ),
        (ContentRule(1, "c", "images", required=True), StoredContent("A"), "the channel wants 1; add 1"),
        (ContentRule(1, "c", "images", at_most=1), StoredContent("A", images=(Image(GOOD),) * 3), "take out 2"),
        (
            ContentRule(1, "c", "images", allowed=("png",)),
            StoredContent("A", images=(Image(GOOD + "?w=1"),)),
            "is no png",
        ),
        (None, StoredContent("A", images=(Image("http://a.example/a.jpg"),)), "write https"),
        (None, StoredContent("A", images=(Image("/media/a.jpg"),)), "is no address"),
        (None, StoredContent("A", images=(Image("https://a.example/my pic.jpg"),)), "%20"),
        (None, StoredContent("A", images=(Image("https://[broken/a.jpg"),)), "is no address"),
        (None, StoredContent("A", images=(Image("javascript:alert(1)"),)), "is no address"),
    ],
)
def test_what_breaks_a_rule_is_found(rule: ContentRule | None, content: StoredContent, says: str) -> None:
    (reason,) = found(rule, content)
    assert says in reason


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        (ContentRule(1, "c", "title", required=True, at_least=2, at_most=9), StoredContent("A", title="Lamp")),
        (ContentRule(1, "c", "title", at_least=2), StoredContent("A")),
        (ContentRule(1, "c", "Size", allowed=("S, M", "S")), StoredContent("A", options=(("Size", "S, M"),))),
        (ContentRule(1, "c", "images", allowed=("jpg",), at_most=1), StoredContent("A", images=(Image(GOOD),))),
        (ContentRule(1, "c", "images", pixels=500), StoredContent("A", images=(Image(GOOD),))),
    ],
)
def test_what_keeps_a_rule_is_not_found(rule: ContentRule, content: StoredContent) -> None:
    assert found(rule, content) == []


def test_images_too_small_or_no_pictures_are_found_where_their_file_is_at_hand() -> None:
    rule = ContentRule(1, "c", "images", pixels=500)
    content = StoredContent("A", images=(Image(GOOD),))
    assert "is 400 x 900 pixels, each must be 500" in found(rule, content, sizes={GOOD: (400, 900)})[0]
    assert "is no PNG" in found(rule, content, sizes={GOOD: None})[0]
    assert found(rule, content, sizes={GOOD: (500, 500)}) == []


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def jpeg(width: int, height: int) -> bytes:
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(10) + b"\xff\xff\xc2" + struct.pack(">H", len(frame) + 2) + frame


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + bytes(4) + b"WEBP" + kind + bytes(4) + body


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (png(640, 480), (640, 480)),
        (jpeg(640, 480), (640, 480)),
        (b"GIF89a" + struct.pack("<HH", 640, 480) + bytes(3), (640, 480)),
        (webp(b"VP8X", bytes(4) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little")), (640, 480)),
        (webp(b"VP8L", b"\x2f" + (639 | 479 << 14).to_bytes(4, "little") + bytes(9)), (640, 480)),
        (webp(b"VP8 ", bytes(6) + struct.pack("<HH", 640, 480)), (640, 480)),
        (b"<svg/>", None),
        (b"", None),
    ],
)
def test_the_size_of_a_picture_is_read_from_its_head(head: bytes, size: tuple[int, int] | None) -> None:
    assert pixels_of(head) == size


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF1234WEBPVP8X", b""]),
    st.binary(max_size=60),
)
def test_no_file_breaks_the_reading_of_sizes(start: bytes, rest: bytes) -> None:
    size = pixels_of(start + rest)
    assert size is None or min(size) >= 0


def test_a_channel_is_held_to_its_rules(shop: Database, take: Import, tmp_path: Path) -> None:
    text = f"sku,title,images\nA,Lamp,{GOOD}\nB,A much longer lamp,https://a.example/b.png\n"
    take(text, "plain")
    rules = [
        ContentRuleDraft("shop", "title", at_most=10),
        ContentRuleDraft("shop", "images", pixels=500),
        ContentRuleDraft("other", "brand", required=True),
    ]
    put_content_rules(shop, rules)
    (tmp_path / "a.jpg").write_bytes(jpeg(100, 900))
    report = check_content_of(shop, "shop", tmp_path)
    assert (report.listings, report.faulty, report.found) == (2, 2, 2)
    assert [(f.sku, f.field) for f in report.findings] == [("A", "images"), ("B", "title")]
    assert check_content_of(shop, "shop").found == 1
    with pytest.raises(NotFound, match="nowhere"):
        check_content_of(shop, "nowhere")
