"""The one composition root: a hub is a database, the rules, and the lane that commits what callers hand in.

What a command means is its room's."""

from truestock.bootstrap.hub import Hub, NotInTime
from truestock.bootstrap.opening import open_database, open_hub
from truestock.bootstrap.seals import VAULTS, rotate_secrets, seal_of
from truestock.bootstrap.ways import outside_of, ways_of

__all__ = [
    "VAULTS",
    "Hub",
    "NotInTime",
    "open_database",
    "open_hub",
    "outside_of",
    "rotate_secrets",
    "seal_of",
    "ways_of",
]
