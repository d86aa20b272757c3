"""Rows that were set aside: where in their document they stand, and what they say once they are mended."""

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from typing import Final

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.runs import LineFault
from truestock.feeds.stock.files import FeedFault, FeedRow, Format, Lookups, Mapping, Missing, mapped

PLACE: Final = ("sku", "location", "lot", "ref")


def placed(stored: Stored, fault: FeedFault, names: Lookups) -> Dict[str, str]:
    """The fields that say where a row stands, read without the one at fault; none if they cannot be."""
    settings = stored.feed.settings
    if fault.field in PLACE or not fault.raw:
        return {}
    fields = {name: source for name, source in settings.mapping.fields.items() if name in PLACE}
    mapping = msgspec.structs.replace(settings.mapping, fields=fields, pack=None, counts="units")
    raw = {name: cell for name, cell in fault.raw.items() if name != fault.field}
    try:
        (answer,) = mapped(settings.format, [(fault.line, raw)], mapping, names)
    except Missing:
        return {}
    return answer.fields if isinstance(answer, FeedRow) else {}


def mended(
    stored: Stored, snapshot: Snapshot, names: Lookups, kept: Sequence[LineFault], changes: Dict[int, Dict[str, str]]
) -> tuple[list[FeedRow], list[LineFault]]:
    """Rows as a fresh reading has them, with what was changed of them, and those that are at fault again.

    Rows that went through the mapping do not do so again, but for names that nobody knew then."""
    settings = stored.feed.settings
    taken: list[FeedRow] = []
    faults: list[LineFault] = []
    for fault in kept:
        fields = {**fault.fields, **changes.get(fault.line, {})}
        if fault.mapped:
            form, mapping = Format(), Mapping(zone=settings.mapping.zone)
            known = _of_unknown(snapshot, names, fields)
        else:
            form, mapping, known = settings.format, settings.mapping, names
        (answer,) = mapped(form, [(fault.line, dict(fields))], mapping, known)
        if isinstance(answer, FeedRow):
            taken.append(answer)
        else:
            faults.append(
                LineFault(fault.line, answer.field, answer.reason, answer.suggestion, fields, mapped=fault.mapped)
            )
    return taken, faults


def _of_unknown(snapshot: Snapshot, names: Lookups, fields: Dict[str, str]) -> Lookups:
    """What the source calls those of a row's names that are not ours."""
    sku, places = fields.get("sku", ""), [fields[name] for name in ("location", "to") if name in fields]
    items = {} if snapshot.item_ids({sku}) else {sku: names.items.get(sku, sku)}
    locations = {code: names.locations.get(code, code) for code in places if snapshot.location(code) is None}
    return Lookups(items, locations)
