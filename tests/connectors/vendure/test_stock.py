"""Which variant a SKU means, what is sent for it, and why some cannot be set."""

import msgspec
import pytest

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import Outcome, Spot
from truestock.connectors.reserving.levels import Level
from truestock.connectors.vendure import stock
from truestock.connectors.vendure.answers import Levels, StockLevel, Variant
from truestock.connectors.vendure.stock import Place, Write


def levels(*variants: dict[str, object], tracked: bool = True, threshold: int = 0) -> Levels:
    return msgspec.convert(
        {
            "productVariants": {"items": variants, "totalItems": len(variants)},
            "stockLocations": {"items": [{"id": "1", "name": "Main"}, {"id": "2", "name": "Shop"}]},
            "globalSettings": {"trackInventory": tracked, "outOfStockThreshold": threshold},
        },
        Levels,
    )


def variant(id_: str, sku: str, **more: object) -> dict[str, object]:
    level = {"stockLocationId": "1", "stockOnHand": 9, "stockAllocated": 2}
    return {"id": id_, "sku": sku, "stockLevels": [level], **more}


def reason(found: Levels, spot: Spot, location: str = "1") -> str:
    place = stock.placed([spot], found, location)[spot]
    assert isinstance(place, Outcome)
    assert place.kind == "rejected"
    return place.reason


def test_a_spot_means_a_variant_at_its_place_or_else_at_the_location() -> None:
    spots = [Spot("MUG"), Spot("MUG", "2")]
    assert stock.placed(spots, levels(variant("7", "MUG"), variant("8", "mug")), "1") == {
        spots[0]: Place("7", "1", Level(9, 2)),
        spots[1]: Place("7", "2", Level(0, 0)),
    }


@pytest.mark.parametrize(
    ("found", "spot", "location", "says"),
    [
        (levels(), Spot("MUG"), "1", "no variant with the SKU MUG"),
        (levels(variant("7", "mug")), Spot("MUG"), "1", "in the same case"),
        (levels(variant("7", "MUG"), variant("8", "MUG")), Spot("MUG"), "1", "variants 7, 8 have the same SKU"),
        (
            levels(variant("7", "MUG")),
            Spot("MUG"),
            "",
            "not said at which stock location; the shop has Main (1), Shop (2)",
        ),
        (levels(variant("7", "MUG")), Spot("MUG", "3"), "1", "no stock location 3"),
        (levels(variant("7", "MUG"), tracked=False), Spot("MUG"), "1", "turn on Track inventory"),
        (levels(variant("7", "MUG", trackInventory="FALSE")), Spot("MUG"), "1", "turn on Track inventory"),
        (levels(variant("7", "MUG"), threshold=-5), Spot("MUG"), "1", "threshold is -5"),
        (
            levels(variant("7", "MUG", useGlobalOutOfStockThreshold=False, outOfStockThreshold=-1)),
            Spot("MUG"),
            "1",
            "threshold is -1",
        ),
    ],
)
def test_what_cannot_be_set_says_what_to_do(found: Levels, spot: Spot, location: str, says: str) -> None:
    assert says in reason(found, spot, location)


@pytest.mark.parametrize(
    "found",
    [
        levels(variant("7", "MUG", trackInventory="TRUE"), tracked=False),
        levels(variant("7", "MUG", useGlobalOutOfStockThreshold=False, outOfStockThreshold=3), threshold=-5),
    ],
)
def test_what_a_variant_says_of_itself_goes_before_what_holds_for_all(found: Levels) -> None:
    assert isinstance(stock.placed([Spot("MUG")], found, "1")[Spot("MUG")], Place)


def test_a_variant_is_sent_once_with_all_its_places() -> None:
    writes = [
        Write(Line("MUG", 5, 1, "k", place="1"), Place("7", "1", Level(9, 2))),
        Write(Line("CUP", 6, 1, "k"), Place("8", "1", Level(0, 0))),
        Write(Line("MUG", 0, 1, "k", place="2"), Place("7", "2", Level(4, 1))),
    ]
    assert stock.body(writes) == [
        {
            "id": "7",
            "stockLevels": [{"stockLocationId": "1", "stockOnHand": 7}, {"stockLocationId": "2", "stockOnHand": 1}],
        },
        {"id": "8", "stockLevels": [{"stockLocationId": "1", "stockOnHand": 6}]},
    ]


def test_a_line_that_the_answer_leaves_out_waits() -> None:
    writes = [Write(Line(sku, 5, 1, "k"), Place(id_, "1", Level(9, 2))) for sku, id_ in (("MUG", "7"), ("CUP", "8"))]
    told = stock.outcomes([Variant("7", [StockLevel("1", 7, 2)]), None], writes)
    assert told[Spot("MUG")] == Outcome("applied")
    assert told[Spot("CUP")].kind == "later"
