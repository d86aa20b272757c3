"""What an unknown SKU may mean, the likeliest first, each with why. Pure; it only suggests, and people decide."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from rapidfuzz import fuzz, process

from truestock.feeds.inbox.forms import folded, gtins, packs, zeroless

SAME: Final = 100
BARCODE: Final = 98
CASE: Final = 95
ZEROS: Final = 90
LESS_FOR_A_PACK: Final = 3
LESS_FOR_SEVERAL: Final = 10
ALIKE_AT_MOST: Final = 80
SKU_ALIKE_MIN: Final = 75.0
TITLE_ALIKE_MIN: Final = 65.0
LOOKED_AT: Final = 20
TITLES_MAX: Final = 3_000
# Short texts resemble one another by chance.
CHARS_MIN: Final = 4


class Unknown(NamedTuple):
    """A SKU that means nothing, with what is told of it."""

    sku: str
    title: str = ""
    barcode: str = ""


class Candidate(NamedTuple):
    """What it may mean; `name` is its title."""

    sku: str
    name: str = ""


class Match(msgspec.Struct, frozen=True):
    """It may mean so many units of `item`, for `reason`; `score` from 1 to 100."""

    item: str
    units: int
    score: int
    reason: str


class Candidates:
    """Everything that an unknown SKU may mean; `barcodes` lead to (SKU, units). Made once for many questions."""

    def __init__(self, candidates: Iterable[Candidate], barcodes: Mapping[str, tuple[str, int]] | None = None) -> None:
        found = sorted(candidates)
        self._barcodes = dict(barcodes or {})
        self._skus = {candidate.sku for candidate in found}
        self._by_case: dict[str, list[str]] = {}
        self._by_zeros: dict[str, list[str]] = {}
        for candidate in found:
            if form := folded(candidate.sku):
                self._by_case.setdefault(form, []).append(candidate.sku)
                self._by_zeros.setdefault(zeroless(candidate.sku), []).append(candidate.sku)
        self._forms = {c.sku: form for c in found if len(form := folded(c.sku)) >= CHARS_MIN}
        self._titles = {c.sku: title for c in found if len(title := _words(c.name)) >= CHARS_MIN}
        self._with_word: dict[str, list[str]] = {}
        for sku, title in self._titles.items():
            for word in set(title.split()):
                self._with_word.setdefault(word, []).append(sku)

    def suggest(self, unknown: Unknown, limit: int = 5) -> list[Match]:
        """At most `limit` matches, the best first; each item and number of units once."""
        best: dict[tuple[str, int], Match] = {}
        # What merely resembles it says nothing beside what is written the same.
        for match in list(self._certain(unknown)) or self._alike(unknown):
            key = match.item, match.units
            if key not in best or best[key].score < match.score:
                best[key] = match
        return sorted(best.values(), key=lambda m: (-m.score, m.item, m.units))[:limit]

    def _certain(self, unknown: Unknown) -> Iterator[Match]:
        yield from self._written(unknown.sku)
        for gtin in gtins(unknown.barcode, unknown.sku):
            if gtin in self._barcodes:
                item, units = self._barcodes[gtin]
                yield Match(item, units, BARCODE, f"the barcode {gtin.lstrip('0')} is this item's")
        for stem, units in packs(unknown.sku):
            for match in self._written(stem):
                why = f"read as a pack of {units}: {match.reason}"
                yield Match(match.item, units, max(match.score - LESS_FOR_A_PACK, ALIKE_AT_MOST + 1), why)

    def _written(self, sku: str) -> Iterator[Match]:
        """What is written the same, but for case, dashes and zeros."""
        if sku in self._skus:
            yield Match(sku, 1, SAME, "the same SKU")
        yield from _several(self._by_case.get(folded(sku), []), CASE, "the same SKU but for case and dashes")
        yield from _several(self._by_zeros.get(zeroless(sku), []), ZEROS, "the same SKU but for leading zeros")

    def _alike(self, unknown: Unknown) -> Iterator[Match]:
        """What resembles it in SKU or title."""
        skus = _nearest(folded(unknown.sku), self._forms, fuzz.ratio, SKU_ALIKE_MIN)
        title = _words(unknown.title)
        titles = _nearest(title, self._sharing(title.split()), fuzz.token_sort_ratio, TITLE_ALIKE_MIN)
        for item in sorted(skus.keys() | titles.keys()):
            told = [
                f"{what} alike to {alike[item]:.0f} %"
                for what, alike in (("SKU", skus), ("title", titles))
                if item in alike
            ]
            by_sku, by_title = skus.get(item, 0.0), titles.get(item, 0.0)
            score = 0.6 * max(by_sku, by_title) + 0.2 * min(by_sku, by_title)
            yield Match(item, 1, min(ALIKE_AT_MOST, round(score)), ", ".join(told))

    def _sharing(self, words: Sequence[str]) -> dict[str, str]:
        """The titles that share one of the rarer words: there are many, and few that matter."""
        found: dict[str, str] = {}
        for having in sorted((self._with_word.get(word, []) for word in dict.fromkeys(words)), key=len):
            if found and len(found) + len(having) > TITLES_MAX:
                break
            found |= {sku: self._titles[sku] for sku in having[:TITLES_MAX]}
        return found


def _several(items: Sequence[str], score: int, reason: str) -> Iterator[Match]:
    """A form that several items share is less of a proof for each of them."""
    if len(items) > 1:
        score, reason = score - LESS_FOR_SEVERAL, f"{reason}, as {len(items)} items are"
    for item in items:
        yield Match(item, 1, max(score, ALIKE_AT_MOST + 1), reason)


def _nearest(text: str, forms: Mapping[str, str], scorer: Callable[..., float], at_least: float) -> dict[str, float]:
    """The SKUs whose form resembles a text, with how much in percent."""
    if len(text) < CHARS_MIN:
        return {}
    found = process.extract(text, forms, scorer=scorer, score_cutoff=at_least, limit=LOOKED_AT)
    return {sku: score for _, score, sku in found}


def _words(title: str) -> str:
    """A title in words of one case."""
    return " ".join("".join(char if char.isalnum() else " " for char in title.casefold()).split())
