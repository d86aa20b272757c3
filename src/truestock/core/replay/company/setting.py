"""The company of the generated world: eight locations, five channels, and how customers of each behave.

The shapes were measured on two public data sets: Online Retail II (a wholesaler: quantities, lines per order, hours)
and the Olist marketplace (consumers: small orders, evenings, weekdays)."""

from dataclasses import dataclass

from truestock.core.replay.events import Channel, LatLng, Location

LOCATIONS = (
    Location("DC-MID", "Midlands distribution centre", "dc", rank=1, place=LatLng(52.26, -1.16)),
    Location("DC-NORTH", "Northern distribution centre", "dc", rank=2, place=LatLng(53.39, -2.59)),
    Location("3PL-EAST", "East coast partner warehouse", "3pl", tier="secondary", rank=1, place=LatLng(51.96, 1.35)),
    Location("STORE-LON", "London store", "store", tier="secondary", rank=2, place=LatLng(51.515, -0.141)),
    Location("STORE-MAN", "Manchester store", "store", tier="secondary", rank=3, place=LatLng(53.483, -2.244)),
    Location("DARK-LON", "London dark store", "dark_store", tier="secondary", rank=4, place=LatLng(51.526, -0.078)),
    Location("DARK-MAN", "Manchester dark store", "dark_store", tier="secondary", rank=5, place=LatLng(53.475, -2.25)),
    Location("SUPPLIER", "Rotterdam supplier", "supplier", tier="virtual", place=LatLng(51.95, 4.14)),
)
CHANNELS = (
    Channel("web", "Web shop", ("DC-MID", "DC-NORTH", "3PL-EAST", "STORE-LON", "STORE-MAN"), rank=1),
    Channel("stores", "Stores", ("STORE-LON", "STORE-MAN", "DC-NORTH"), rank=2),
    Channel("quick", "Quick commerce", ("DARK-LON", "DARK-MAN", "STORE-LON"), rank=3),
    Channel("marketplace", "Marketplace", ("DC-MID", "DC-NORTH", "3PL-EAST"), rank=4),
    Channel("wholesale", "Wholesale", ("DC-NORTH", "DC-MID", "SUPPLIER"), rank=5),
)

_CONSUMER_HOURS = (5, 2, 1, 1, 1, 1, 1, 2, 6, 10, 13, 13, 12, 13, 13, 13, 13, 12, 12, 11, 12, 13, 12, 8)
_SHOP_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 12, 14, 18, 17, 16, 17, 18, 16, 12, 5, 1, 0, 0, 0)
_QUICK_HOURS = (3, 1, 0, 0, 0, 0, 1, 4, 8, 7, 6, 9, 14, 12, 7, 6, 8, 13, 19, 22, 20, 16, 12, 7)
_OFFICE_HOURS = (0, 0, 0, 0, 0, 0, 0, 0, 2, 7, 12, 12, 16, 14, 13, 12, 7, 4, 1, 1, 0, 0, 0, 0)
_FEW = {1: 88, 2: 9, 3: 2, 4: 1}
_CASES = {1: 27, 2: 15, 3: 7, 4: 7, 5: 2, 6: 8, 8: 3, 10: 4, 12: 13, 24: 7, 25: 2, 48: 3, 96: 2}


@dataclass(frozen=True, slots=True)
class Habit:
    """How the customers of one channel order. Hours and weekdays (Monday first) are relative weights."""

    share: float
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]
    lines_mean: float
    quantities: dict[int, int]
    flash: bool = False
    homes: tuple[LatLng, ...] = ()


_CITIES = (LatLng(51.51, -0.12), LatLng(53.48, -2.24), LatLng(52.48, -1.89), LatLng(53.80, -1.55), LatLng(55.86, -4.25))
HABITS = {
    "web": Habit(0.36, _CONSUMER_HOURS, (16, 15, 15, 15, 15, 11, 13), 1.8, _FEW, flash=True, homes=_CITIES),
    "marketplace": Habit(0.28, _CONSUMER_HOURS, (16, 15, 15, 15, 15, 11, 12), 1.15, _FEW, flash=True, homes=_CITIES),
    "quick": Habit(0.18, _QUICK_HOURS, (12, 12, 12, 13, 16, 18, 17), 2.6, _FEW, flash=True, homes=_CITIES[:2]),
    "stores": Habit(0.16, _SHOP_HOURS, (11, 11, 12, 13, 16, 21, 15), 1.9, _FEW),
    "wholesale": Habit(0.02, _OFFICE_HOURS, (16, 19, 18, 21, 15, 0, 11), 12.0, _CASES),
}
