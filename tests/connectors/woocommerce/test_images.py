"""A product's images follow our list: what the hub gave is replaced, what somebody put there stays."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.counterparts.woocommerce import Store
from tests.connectors.woocommerce.conftest import Hub
from truestock.connectors.contract.answers import InDoubt
from truestock.connectors.contract.pages import Given, GivenImages, Page, PagesPushed, Picture
from truestock.connectors.woocommerce.connector import WooCommerceConnector


class Wall:
    """A product with two variations, and what the hub knows of its images."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self.store = store
        self.product = store.put("", None, type="variable")
        for sku in ("L-S", "L-M"):
            store.put(sku, 1, parent=self.product)
        self._hub = hub
        self.known: list[GivenImages] = []

    def push(self, *names: str, alt: str = "") -> PagesPushed:
        """Push a list of images, as the engine does."""
        images = tuple(Picture(f"https://img.example/{name}.jpg", alt) for name in names)
        pages = [Page(sku, "lamp", title="Lamp", images=images) for sku in ("L-S", "L-M")]
        told = self.told(pages, {"L-S": self.known, "L-M": self.known})
        self.known = list(told.given.values()) or self.known
        return told

    def told(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        async def steps(connector: WooCommerceConnector) -> PagesPushed:
            return await connector.push_pages(pages, given)

        return self._hub(steps)

    def put(self, name: str, at: int = 0) -> None:
        """Somebody puts an image there."""
        self._images.insert(at, self.store.image(f"https://them.example/{name}.jpg"))

    @property
    def names(self) -> list[str]:
        return [name.removesuffix(".jpg") for name, _ in self.store.images(self.product)]

    @property
    def _images(self) -> list[Any]:
        images: list[Any] = self.store.products[self.product].setdefault("images", [])
        return images


@pytest.fixture
def wall(store: Store, hub: Hub) -> Wall:
    return Wall(store, hub)


def test_a_changed_list_replaces_what_was_given(wall: Wall) -> None:
    wall.push("a", "b")
    first = wall.store.products[wall.product]["images"][0]["id"]
    wall.push("c", "a")
    assert wall.names == ["c", "a"]
    assert wall.store.products[wall.product]["images"][1]["id"] == first
    wall.push()
    assert wall.names == []


def test_the_same_list_says_nothing_of_images(wall: Wall) -> None:
    wall.push("a", alt="an a")
    wall.put("theirs", at=1)
    calls = len(wall.store.calls)
    assert wall.push("a", alt="an a").given == {}
    assert wall.store.calls[calls:].count("POST /wp-json/wc/v3/products/batch") == 1
    assert wall.names == ["a", "theirs"]
    wall.push("a", alt="other words")
    assert wall.store.images(wall.product) == [("a.jpg", "other words"), ("theirs.jpg", "")]


def test_what_somebody_put_there_stays_before_ours_or_behind(wall: Wall) -> None:
    wall.push("a")
    wall.put("behind", at=1)
    wall.push("b", "c")
    assert wall.names == ["b", "c", "behind"]
    wall.put("before")
    wall.push("c", "d")
    assert wall.names == ["before", "behind", "c", "d"]


def test_a_product_that_had_images_gets_what_our_list_gains(wall: Wall) -> None:
    wall.put("theirs")
    wall.push("a")
    assert wall.names == ["theirs"]
    wall.push("a", "b")
    assert wall.names == ["theirs", "b"]
    wall.push("a")
    assert wall.names == ["theirs"]


def test_ids_of_another_store_are_nobodys(wall: Wall) -> None:
    wall.push("a")
    wall.known = [GivenImages("https://other.example#12", one.ours) for one in wall.known]
    wall.push("b")
    assert wall.names == ["a"]


def test_what_a_call_without_an_answer_gave_is_not_given_twice(wall: Wall) -> None:
    wall.push("a")
    wall.store.faults.spare, wall.store.faults.hang_after_effect = 2, True
    wall._hub.settings["timeout_s"] = 1.0
    with pytest.raises(InDoubt):
        wall.push("a", "b")
    wall.known = [GivenImages(one.page, one.ours, one.others, unsure=True) for one in wall.known]
    wall.push("a", "b")
    assert wall.names == ["a", "b"]


def test_images_of_each_product_go_by_themselves_after_texts_and_prices(wall: Wall) -> None:
    mug = wall.store.put("MUG")
    images = (Picture("https://img.example/a.jpg"),)
    pages = [Page("MUG", title="Mug", price=Decimal(3), images=images), Page("L-S", "lamp", title="L", images=images)]
    told = wall.told(pages, {})
    batches = [call for call in wall.store.calls if call.startswith("POST")]
    assert (len(batches), told.points) == (3, 2)
    assert (wall.store.products[mug]["name"], wall.names) == ("Mug", ["a"])


def test_a_refused_image_leaves_what_was_there(wall: Wall) -> None:
    wall.push("a")
    error = {"code": "x", "message": "Error getting remote image.", "data": {"status": 400}}
    wall.store.entry_errors[wall.product] = error
    told = wall.push("b")
    assert {outcome.reason for outcome in told.outcomes.values()} == {"Error getting remote image."}
    assert (told.given, wall.names) == ({}, ["a"])
    wall.store.entry_errors.clear()
    wall.push("b")
    assert wall.names == ["b"]
