"""Where the locations that a channel keeps stock by are here: whose units it shows at each of them."""

from collections.abc import Mapping, Sequence

import msgspec

from truestock.connections import queries
from truestock.connections.reached import channel_id
from truestock.core.problems import Invalid, NotFound
from truestock.store.arrays import texts
from truestock.store.database import Connection, Database


class Place(msgspec.Struct, frozen=True):
    """A location as the channel calls it, and the locations here whose units it shows there."""

    place: str
    locations: list[str]


def places(db: Database, channel: str) -> list[Place]:
    """A channel's places, in the order in which units are given to them. Raises NotFound."""
    channel_id(db, channel)
    with db.transaction() as conn:
        return [Place(code, locations) for code, locations in conn.execute(queries.places, {"code": channel})]


def put_places(db: Database, channel: str, wanted: Mapping[str, Sequence[str]]) -> list[Place]:
    """Say which locations lie at which of the channel's places, all of it; what every listing shows is computed anew.

    A place that is left out shows nothing from now on. Raises NotFound, and Invalid for a location at two places."""
    number = channel_id(db, channel)
    at: dict[str, str] = {}
    for place, locations in wanted.items():
        for location in locations:
            if at.setdefault(location, place) != place:
                raise Invalid("locations", f"{location!r} lies at {at[location]!r} and at {place!r}; it can be at one")
    with db.transaction() as conn:
        conn.execute(queries.lock_rules)
        _check(conn, channel, list(at))
        conn.execute(queries.add_places, {"channel": number, "codes": texts(wanted)})
        conn.execute(queries.empty_places, {"channel": number})
        pairs = {"channel": number, "codes": texts(at.values()), "locations": texts(at)}
        conn.execute(queries.fill_places, pairs)
        conn.execute(queries.change_rules)
    return places(db, channel)


def _check(conn: Connection, channel: str, locations: Sequence[str]) -> None:
    drawn = {code for (code,) in conn.execute(queries.locations_of_channel, {"code": channel})}
    for location in locations:
        if location not in drawn:
            raise NotFound(f"location that channel {channel} draws on", location, "locations")
