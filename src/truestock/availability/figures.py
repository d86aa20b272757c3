"""Three figures per item: on hand, allocated, ATP; by channel and by channel group, a page of items at a time.

On hand are owned units in the house: virtual locations and units in transit are left out. Allocated are those of them
that are promised to orders or ring-fenced, whoever for; so a group's are those of its locations, each counted once."""

from collections.abc import Iterable, Mapping, Sequence

from truestock.availability import queries
from truestock.availability.bulk import Bulk, read_bulk
from truestock.availability.present import keys_of
from truestock.availability.values import Figures, FiguresPage, ItemFigures
from truestock.catalog.rules import Snapshot
from truestock.core.available.sums import channel_viewer, group_atp, group_viewer, sum_up
from truestock.core.network import ItemRules, Network
from truestock.store.database import Connection

PAGE_MOST = 1_000
Held = dict[int, tuple[int, int]]


def read_figures(conn: Connection, snapshot: Snapshot, after: int = 0, limit: int = 100) -> FiguresPage:
    """The items whose ids follow `after`; kits have no stock of their own and are left out. Raises RulesChanged."""
    limit = min(limit, PAGE_MOST)
    ids = [item for (item,) in conn.execute(queries.items_after, {"after": after, "limit": limit + 1}, prepare=True)]
    items = snapshot.items(ids[:limit])
    page = figures_of(conn, snapshot, [items[item] for item in ids[:limit]])
    page.after = ids[limit - 1] if len(ids) > limit else None
    return page


def figures_of(conn: Connection, snapshot: Snapshot, rules: Sequence[ItemRules]) -> FiguresPage:
    """The figures of these items, all channels and groups. Raises RulesChanged."""
    network = snapshot.network
    # Both statements in one snapshot, so that the three figures belong together.
    with conn.pipeline(), conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        held = held_by_location(conn, keys_of(rules)) if rules else {}
        bulk = read_bulk(conn, network, rules, network.channels)
    return tabulated(network, bulk, rules, held)


def tabulated(network: Network, bulk: Bulk, rules: Sequence[ItemRules], held: Mapping[int, Held]) -> FiguresPage:
    """The lines of a page from what has been read for all channels."""
    table = _Table(network, bulk)
    return FiguresPage([table.item(r, held.get(r.item, {})) for r in rules], None, bulk.as_of)


def held_by_location(conn: Connection, keys: Mapping[str, str]) -> dict[int, Held]:
    """Item -> location -> (on hand, allocated)."""
    found: dict[int, Held] = {}
    rows = conn.execute(queries.held, {"parts": keys["parts"], "items": keys["items"]}, prepare=True)
    for item, loc, on_hand, allocated in rows.fetchall():
        found.setdefault(item, {})[loc] = (on_hand, allocated)
    return found


class _Table:
    """What every line of the page shares."""

    def __init__(self, network: Network, bulk: Bulk) -> None:
        groups: dict[str, list[int]] = {}
        for channel in network.channels.values():
            groups.setdefault(channel.grp, []).append(channel.id)
        self._bulk = bulk
        self._owned = frozenset(place.id for place in network.locations.values() if not place.virtual)
        self._channels = [
            (c.id, c.code, channel_viewer(network, c.id).locs & self._owned) for c in network.channels.values()
        ]
        self._groups = [(code, ids, group_viewer(network, ids)) for code, ids in sorted(groups.items())]

    def item(self, rules: ItemRules, held: Held) -> ItemFigures:
        """One item's lines."""
        bulk, item = self._bulk, rules.item
        channels = [Figures(code, *_sum(held, locs), bulk.atp(item, c).atp) for c, code, locs in self._channels]
        groups = []
        for code, ids, viewer in self._groups:
            shelf = bulk.shelf(item, min(bulk.days(item, c) for c in ids))
            atp = group_atp([bulk.atp(item, c).atp for c in ids], sum_up(shelf, viewer))
            groups.append(Figures(code, *_sum(held, viewer.locs & self._owned), atp))
        return ItemFigures(item, rules.sku, *_sum(held, self._owned), tuple(channels), tuple(groups))


def _sum(held: Held, locs: Iterable[int]) -> tuple[int, int]:
    found = [held[loc] for loc in locs if loc in held]
    return sum(on_hand for on_hand, _ in found), sum(allocated for _, allocated in found)
