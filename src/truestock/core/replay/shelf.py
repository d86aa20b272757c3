"""The physical truth of a replay: which units lie where. Nobody can take a unit that is not there.

It knows nothing of promises or shown numbers; those are what it is held against."""

from truestock.core.replay.events import World


class Shelf:
    """Units per item and location, with each channel's way through the locations that ever held the item."""

    def __init__(self, world: World) -> None:
        self._first = {channel.code: channel.locations[0] for channel in world.channels}
        self._ranks = {
            channel.code: {code: rank for rank, code in enumerate(channel.locations)} for channel in world.channels
        }
        self._cells: dict[str, dict[str, int]] = {item.sku: {} for item in world.items}
        self._ways: dict[tuple[str, str], tuple[str, ...]] = {}
        for (sku, location), units in world.opening.items():
            if units:
                self._cells[sku][location] = units

    def available(self, channel: str, sku: str) -> int:
        """Units at the locations that the channel draws on."""
        cells = self._cells[sku]
        return sum([cells[location] for location in self._way(channel, sku)])

    def at(self, location: str, sku: str) -> int:
        """Units at one location."""
        return self._cells[sku].get(location, 0)

    def take(self, channel: str, sku: str, qty: int) -> int:
        """Take up to `qty` units in the channel's order of locations; the units found."""
        found = 0
        for location in self._way(channel, sku):
            if found == qty:
                break
            found += self.take_at(location, sku, qty - found)
        return found

    def take_at(self, location: str, sku: str, qty: int) -> int:
        """Take up to `qty` units at one location; the units found."""
        cells = self._cells[sku]
        there = cells.get(location, 0)
        found = min(qty, there)
        if found:
            cells[location] = there - found
        return found

    def put(self, channel: str, sku: str, qty: int) -> None:
        """Units that came back, at the first location of the channel that knows the item."""
        way = self._way(channel, sku)
        self.put_at(way[0] if way else self._first[channel], sku, qty)

    def put_at(self, location: str, sku: str, qty: int) -> None:
        """Units that came back to one location."""
        cells = self._cells[sku]
        if location not in cells:
            cells[location] = 0
            self._ways.clear()
        cells[location] += qty

    def total(self) -> int:
        """All units everywhere."""
        return sum(units for cells in self._cells.values() for units in cells.values())

    def _way(self, channel: str, sku: str) -> tuple[str, ...]:
        way = self._ways.get((channel, sku))
        if way is None:
            ranks = self._ranks[channel]
            way = tuple(sorted(ranks.keys() & self._cells[sku].keys(), key=ranks.__getitem__))
            self._ways[channel, sku] = way
        return way
