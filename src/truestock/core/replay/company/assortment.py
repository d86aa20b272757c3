"""The items of the generated world: forty products in eight categories, five variants of each, with prices."""

from collections.abc import Iterator

from truestock.core.replay.events import Item

# category: (sku prefix, cost as a share of the price, variants, products with their prices in cents)
_CATEGORIES: dict[str, tuple[str, float, tuple[str, ...], dict[str, int]]] = {
    "Footwear": (
        "FTW", 0.46, ("Slate", "Chalk", "Moss", "Ember", "Navy"),
        {"Trail Running Shoe": 11900, "Canvas Sneaker": 5900, "Chelsea Boot": 13900, "Slide Sandal": 2900,
         "Wool Slipper": 3900},
    ),
    "Apparel": (
        "APP", 0.41, ("Black", "Ecru", "Olive", "Rust", "Indigo"),
        {"Merino Crew Sweater": 8900, "Organic Cotton Tee": 2400, "Rain Shell Jacket": 14900, "Linen Shirt": 5900,
         "Fleece Half-Zip": 6900},
    ),
    "Kitchen": (
        "KIT", 0.52, ("Small", "Medium", "Large", "Set of Two", "Gift Box"),
        {"Cast Iron Skillet": 4900, "Enamel Teapot": 3400, "Beech Chopping Board": 2700, "Glass Storage Jar": 1200,
         "Stoneware Bowl": 1600},
    ),
    "Home": (
        "HOM", 0.48, ("Sand", "Fog", "Clay", "Pine", "Ink"),
        {"Linen Duvet Cover": 12900, "Soy Wax Candle": 1900, "Waffle Bath Towel": 2600, "Woven Basket": 3200,
         "Bedside Lamp": 5400},
    ),
    "Grocery": (
        "GRO", 0.63, ("250 g", "500 g", "1 kg", "Twin Pack", "Case of Six"),
        {"Single Origin Coffee": 1290, "Rolled Oats": 390, "Wildflower Honey": 790, "Dark Chocolate": 450,
         "Sea Salt Almonds": 690},
    ),
    "Beauty": (
        "BEA", 0.34, ("30 ml", "50 ml", "100 ml", "Travel Size", "Refill"),
        {"Vitamin C Serum": 2400, "Mineral Sunscreen SPF 50": 1900, "Shea Hand Cream": 1100, "Rosemary Shampoo": 1300,
         "Clay Face Mask": 1700},
    ),
    "Electronics": (
        "ELE", 0.71, ("Black", "White", "Graphite", "Sage", "Blue"),
        {"Wireless Earbuds": 8900, "USB-C Charger 65 W": 3900, "Bluetooth Speaker": 6900, "Smart Plug": 1700,
         "Power Bank 10,000 mAh": 3400},
    ),
    "Toys": (
        "TOY", 0.49, ("Forest", "Ocean", "Space", "City", "Farm"),
        {"Wooden Train Set": 4900, "1,000 Piece Puzzle": 1800, "Plush Fox": 2200, "Building Blocks": 3500,
         "Memory Card Game": 1400},
    ),
}  # fmt: skip


def assortment(count: int) -> tuple[Item, ...]:
    """The first `count` items, categories taking turns, so that a small world is as varied as a large one."""
    columns = [list(_category(name)) for name in _CATEGORIES]
    items = [item for row in zip(*columns, strict=True) for item in row]
    if not 1 <= count <= len(items):
        raise ValueError(f"the assortment has 1 to {len(items)} items, not {count}")
    return tuple(items[:count])


def _category(name: str) -> Iterator[Item]:
    prefix, cost_share, variants, products = _CATEGORIES[name]
    number = 0
    for variant in variants:
        for product, price_cents in products.items():
            number += 1
            cost_cents = round(price_cents * cost_share)
            yield Item(f"{prefix}-{number:03d}", f"{product}, {variant}", name, cost_cents, price_cents)
