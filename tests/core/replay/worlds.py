"""Small worlds and orders for the tests of replays."""

from datetime import UTC, datetime, timedelta

from truestock.core.replay.events import Channel, Item, Kind, Line, Location, OrderEvent, World

START = datetime(2026, 3, 2, tzinfo=UTC)
MUG = Item("MUG", "Stoneware Mug", "Kitchen", 400, 900)
JAR = Item("JAR", "Storage Jar", "Kitchen", 500, 1200)
DC = Location("DC", "Distribution centre", "dc")
DARK = Location("DARK", "Dark stores", "dark_store", tier="secondary")


def flash_sale() -> World:
    """847 mugs, 124 of them at dark stores; web and marketplace copy the whole number, the app its own."""
    channels = (
        Channel("web", "Web shop", ("DC", "DARK"), 1),
        Channel("marketplace", "Marketplace", ("DC", "DARK"), 2),
        Channel("quick", "Quick commerce", ("DARK",), 3),
    )
    return World((MUG,), (DC, DARK), channels, {("MUG", "DC"): 723, ("MUG", "DARK"): 124})


def two_shops(mugs: int = 10, jars: int = 10) -> World:
    """Two channels over one warehouse."""
    channels = (Channel("left", "Left", ("DC",)), Channel("right", "Right", ("DC",)))
    return World((MUG, JAR), (DC,), channels, {("MUG", "DC"): mugs, ("JAR", "DC"): jars})


def event(channel: str, seconds: float, *, kind: Kind = "order", ref: str = "", **units: int) -> OrderEvent:
    """Something on a channel some seconds after the start: event("web", 0, MUG=2)."""
    lines = tuple(Line(sku, qty) for sku, qty in units.items())
    return OrderEvent(START + timedelta(seconds=seconds), channel, ref or f"{channel}-{seconds}", kind, lines)
