"""What the movements of the cell itself explain: one side lacks them, has them twice, or in other units. Pure."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from truestock.core.reconcile.causes.around import LATELY, SOLD, WITHIN_A_WEEK, Around, Cause, Clues, Likely, Moved
from truestock.core.words import Kind

_INWARD = frozenset((Kind.RECEIVE, Kind.PUT_AWAY, Kind.TRANSFER_IN))
_ONE_OF: dict[Kind, Cause] = {
    Kind.SHIP: "unposted_shipment",
    Kind.SALE: "unposted_shipment",
    Kind.RETURN: "unprocessed_return",
}
_RUN_MAX = 12


def lacking(around: Around) -> Clues:
    """The source has not booked what the ledger has: the last movements before its statement, or one of them."""
    earlier = around.earlier(LATELY)
    for count, sum_ in enumerate(accumulate(m.units for m in earlier[:_RUN_MAX]), 1):
        if sum_ == -around.units:
            yield _not_booked(earlier[:count], around)
            break
    for moved in earlier[1:]:
        if moved.units == -around.units:
            cause = _ONE_OF.get(moved.kind, "receiving_error" if moved.kind in _INWARD else "timing")
            score = 68 if moved.kind in SOLD else 74
            yield Likely(cause, score, f"{moved.said} has the size of the difference, and may not be booked there")
            break
    for moved in around.earlier(WITHIN_A_WEEK):
        if moved.kind in _INWARD and moved.units == -around.units:
            yield Likely("receiving_error", 66, f"{moved.said} is booked here, and the source does not have its units")
            break


def _not_booked(run: Sequence[Moved], around: Around) -> Likely:
    kinds = {moved.kind for moved in run}
    one = run[0].said if len(run) == 1 else f"the last {len(run)} movements before it"
    said = f"{one} make{'s' if len(run) == 1 else ''} the difference: the source has not booked it yet"
    causes = {_ONE_OF.get(kind) for kind in kinds}
    if len(causes) == 1 and (cause := causes.pop()) is not None:
        return Likely(cause, max(60, 92 - 4 * len(run)), said)
    if kinds <= _INWARD and (around.as_of - run[-1].at).days >= 1:
        return Likely("receiving_error", 75, said)
    return Likely("timing", max(50, 82 - 4 * len(run)), said)


def with_others(around: Around) -> Clues:
    """All that stands on one paper is missing on one side, or is there twice: other cells are off by their part too."""
    for moved in around.earlier(WITHIN_A_WEEK):
        if moved.paper not in around.papers:
            continue
        if moved.units == -around.units:
            cause = _ONE_OF.get(moved.kind, "receiving_error" if moved.kind in _INWARD else "timing")
            yield Likely(cause, 92, f"{moved.said} is not booked there, nor is what else stands on {moved.ref}")
        elif moved.units == around.units:
            yield Likely("duplicate_feed", 92, f"{moved.said} is booked twice there, as all of {moved.ref}")


def ahead(around: Around) -> Clues:
    """The source had booked by then what the ledger has as later."""
    later = around.later()
    for count, sum_ in enumerate(accumulate(m.units for m in later[:_RUN_MAX]), 1):
        if sum_ == around.units:
            last = later[count - 1]
            said = f"{last.said}, which is later here, was already in the source's figure"
            yield Likely("timing", max(50, 88 - 4 * count), said)
            break


def doubled(around: Around) -> Clues:
    """A movement, or all of one file, stands twice in the ledger, or twice in the source."""
    lately = around.earlier(WITHIN_A_WEEK)
    alike = Counter((m.kind, m.units, m.ref or m.at) for m in lately)
    for moved in lately:
        if moved.units == -around.units and alike[moved.kind, moved.units, moved.ref or moved.at] > 1:
            yield Likely("duplicate_feed", 94, f"{moved.said} stands twice in the ledger, and the source has it once")
            break
    for moved in around.earlier(LATELY):
        if moved.units == around.units:
            # Of what sells often there is always one of a unit or two.
            telling = moved.kind not in SOLD or abs(moved.units) > 2
            yield Likely("duplicate_feed", 70 if telling else 32, f"{moved.said} may be booked twice there")
            break
    for paper in sorted({moved.paper for moved in lately if moved.ref}):
        of_paper = [moved.units for moved in lately if moved.paper == paper]
        if len(of_paper) > 1 and sum(of_paper) == around.units:
            yield Likely("duplicate_feed", 78, f"all {len(of_paper)} movements of {paper[1]} make the difference")
            break


def in_other_units(around: Around) -> Clues:
    """A number is a multiple of the other by the size of a pack, or a movement was booked in packs by one side."""
    low, high = sorted((around.stated, around.expected))
    for pack in around.packs:
        if low > 0 and low * pack == high:
            yield Likely("wrong_unit", 90, f"{high} is {pack} times {low}, and a pack has {pack} units")
    if low >= 5 and high % low == 0 and high // low not in around.packs and high // low <= 144:
        yield Likely("wrong_unit", 45, f"{high} is {high // low} times {low}")
    for moved in around.earlier(WITHIN_A_WEEK):
        for pack in around.packs:
            packs_there = around.units == moved.units * (pack - 1)
            packs_here = around.units * pack == -moved.units * (pack - 1)
            if packs_there or packs_here:
                score = 80 if pack > 2 else 60
                yield Likely("wrong_unit", score, f"{moved.said} differs by the {pack} units of a pack")
