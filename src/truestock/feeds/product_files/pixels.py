"""The size of a picture, read from the first bytes of its file."""

from itertools import takewhile

_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG's segments that carry the size


def pixels_of(head: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG, GIF or WebP in pixels; None of anything else, or if it is cut off before."""
    if head.startswith(b"\x89PNG\r\n\x1a\n") and len(head) >= 24:
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    if head.startswith(b"\xff\xd8"):
        return _jpeg(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP" and len(head) >= 30:
        return _webp(head)
    return None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(head) and head[at] == 0xFF:
        at += 1 + sum(1 for _ in takewhile(lambda byte: byte == 0xFF, head[at + 1 :]))
        marker = head[at] if at < len(head) else 0
        if marker in _FRAMES and at + 8 <= len(head):
            return int.from_bytes(head[at + 6 : at + 8], "big"), int.from_bytes(head[at + 4 : at + 6], "big")
        at += 1 + int.from_bytes(head[at + 1 : at + 3], "big")
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    match head[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF
    return None
