"""A product's images follow our list: what the hub gave is replaced, what somebody put there stays."""

import pytest

from tests.connectors.counterparts.shopify import Shop
from tests.connectors.counterparts.shopify_http import ServedShop
from tests.connectors.shopify.conftest import Hub
from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.pages import GivenImages, Page, PagesPushed, Picture


class Wall:
    """A product with two variants, and what the hub knows of its images."""

    def __init__(self, shop: Shop, hub: Hub) -> None:
        shop.scopes |= {"read_products", "write_products", "write_files"}
        self.shop = shop
        self.pages = shop.pages
        self.product = shop.pages.put("L-S", "L-M")
        self._hub = hub
        self.known: list[GivenImages] = []

    def push(self, *names: str, alt: str = "") -> PagesPushed:
        """Push a list of images, as the engine does."""
        images = tuple(Picture(f"https://img.example/{name}.jpg", alt) for name in names)
        pages = [Page(sku, "lamp", images=images) for sku in ("L-S", "L-M")]
        told = self._hub(lambda connector: connector.push_pages(pages, {"L-S": self.known, "L-M": self.known}))
        self.known = list(told.given.values()) or self.known
        return told

    def put(self, name: str) -> None:
        """Somebody puts an image there."""
        self.pages.hang(self.pages.products[self.product], f"https://them.example/{name}.jpg")

    @property
    def names(self) -> list[str]:
        return [source.rpartition("/")[2].removesuffix(".jpg") for source, _ in self.pages.images(self.product)]

    @property
    def ids(self) -> list[str]:
        return [media["id"] for media in self.pages.products[self.product]["media"]]


@pytest.fixture
def wall(shop: Shop, hub: Hub) -> Wall:
    return Wall(shop, hub)


def test_a_changed_list_replaces_what_was_given(wall: Wall) -> None:
    assert set(wall.push("a", "b").outcomes.values()) == {Outcome("applied")}
    first = wall.ids[0]
    wall.push("c", "a")
    assert (wall.names, wall.ids[1]) == (["c", "a"], first)
    wall.push()
    assert wall.names == []


def test_the_same_list_makes_no_call_for_images(wall: Wall, world: ServedShop) -> None:
    wall.push("a", alt="an a")
    calls = world.calls
    assert wall.push("a", alt="an a").given == {}
    assert world.calls == calls + 1
    wall.push("a", alt="other words")
    assert wall.pages.images(wall.product) == [("https://img.example/a.jpg", "other words")]


def test_what_somebody_put_there_stays(wall: Wall) -> None:
    wall.push("a")
    wall.put("theirs")
    wall.push("b", "c")
    assert wall.names == ["b", "c", "theirs"]


def test_a_product_that_had_images_gets_what_our_list_gains(wall: Wall) -> None:
    wall.put("theirs")
    wall.push("a")
    assert wall.names == ["theirs"]
    wall.push("a", "b")
    assert wall.names == ["theirs", "b"]
    wall.push("a")
    assert wall.names == ["theirs"]


def test_what_was_noted_is_not_given_after_a_change_that_failed(wall: Wall) -> None:
    wall.put("theirs")
    wall.push("a")
    wall.push("a", "b")
    wall.pages.busy = "FILE_LOCKED"
    wall.push("a", "c")
    wall.pages.busy = ""
    wall.push("a", "c")
    assert wall.names == ["theirs", "c"]


def test_images_that_the_shop_is_still_working_on_are_changed_later(wall: Wall) -> None:
    wall.push("a")
    wall.pages.busy = "NON_READY_STATE"
    told = wall.push("b")
    assert {outcome.kind for outcome in told.outcomes.values()} == {"later"}
    assert wall.names == ["a", "b"]
    wall.push("b")
    assert wall.names == ["a", "b"]
    wall.pages.busy = ""
    wall.push("b")
    assert wall.names == ["b"]


def test_an_app_that_may_not_change_files_says_so_and_gives_none_twice(wall: Wall) -> None:
    wall.push("a")
    wall.shop.scopes -= {"write_files"}
    for _ in range(2):
        told = wall.push("b")
        assert {outcome.kind for outcome in told.outcomes.values()} == {"later"}
        assert "write_files" in told.outcomes["L-S"].reason
    assert wall.names == ["a", "b"]


@pytest.mark.parametrize("names", [("b",), ("b", "a")])
def test_a_change_without_an_answer_is_made_again(wall: Wall, world: ServedShop, names: tuple[str, ...]) -> None:
    wall.push("a")
    world.hang_after(3)
    told = wall.push(*names)
    assert {outcome.kind for outcome in told.outcomes.values()} == {"unknown"}
    wall.push(*names)
    assert wall.names == list(names)


def test_what_a_call_without_an_answer_gave_is_not_given_twice(wall: Wall, world: ServedShop) -> None:
    wall.push("a")
    world.hang_after(2)
    with pytest.raises(InDoubt):
        wall.push("a", "b")
    wall.known = [GivenImages(one.page, one.ours, one.others, unsure=True) for one in wall.known]
    wall.push("a", "b")
    assert wall.names == ["a", "b"]
