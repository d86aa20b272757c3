"""One SKU in the forms in which people write it, and the packs that its writing tells of. Pure."""

import re
import unicodedata
from typing import Final

from truestock.core.gtin import gtin14
from truestock.core.problems import Problem

UNITS_MAX: Final = 1_000
TITLE_MAX: Final = 500
_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_N = r"(?P<n>[0-9]{1,4})"
_GAP = r"[-_ ./]?"
_PACKS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?P<stem>.+?){_GAP}{_N}[-_ ]?(?:pks?|packs?|pcs?|ct|ers?|er[-_ ]?pack|x|stk?|sets?)",
        rf"(?P<stem>.+?){_GAP}(?:x|pk|pack|pack[-_ ]?of|set|box|case|vpe)[-_ ]?{_N}",
        rf"{_N}[-_ ]?(?:x|pk|pack|er)[-_ ./]?(?P<stem>.+)",
    )
)


def folded(sku: str) -> str:
    """Letters and digits alone, in one case: what is left when dashes, dots and blanks are no difference."""
    return "".join(char for char in unicodedata.normalize("NFKC", sku).casefold() if char.isalnum())


def zeroless(sku: str) -> str:
    """The folded form without the zeros before a number, as spreadsheets take them away."""
    return _ZEROS.sub("", folded(sku))


def packs(sku: str) -> list[tuple[str, int]]:
    """What a SKU may be a pack of, each with the units: TEA-6PK, TEAx6, 6er-TEA; none for most."""
    found: dict[tuple[str, int], None] = {}
    for pattern in _PACKS:
        read = pattern.fullmatch(sku)
        if read and 2 <= int(read["n"]) <= UNITS_MAX and folded(read["stem"]):
            found[read["stem"], int(read["n"])] = None
    return list(found)


def gtins(*texts: str) -> list[str]:
    """Those of the texts that are barcodes, in 14 digits."""
    found: dict[str, None] = {}
    for text in texts:
        try:
            found[gtin14(text)] = None
        except Problem:
            continue
    return list(found)


def one_line(title: str) -> str:
    """A title as a listing takes it: one line of printable characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in title).split())[:TITLE_MAX].strip()
