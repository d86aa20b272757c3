"""What a channel tells of the images it was given is kept beside the page, and handed out with the next push."""

from decimal import Decimal

from tests.sync.telling.test_pages import Gallery, Wall, gallery
from truestock.catalog.listings.content import Image
from truestock.connectors.contract.answers import InDoubt, Outcome
from truestock.connectors.contract.pages import GivenImage, GivenImages
from truestock.sync.telling.pages import state

__all__ = ["gallery"]
LAMP = GivenImages("shop#1", (GivenImage("https://img.example/1.jpg", 'a "lamp", {lit}', "901"),), ("77", "a,b"))


def unsure(known: GivenImages) -> GivenImages:
    return GivenImages(known.page, known.ours, known.others, unsure=True)


def lamp(gallery: Gallery, name: str) -> None:
    gallery.say("lamp", kind="product", channel="web", images=(Image(f"https://img.example/{name}.jpg"),))


def test_all_pages_of_a_product_are_told_of_its_images(gallery: Gallery) -> None:
    first, second = (gallery.listed()[1] for _ in range(2))
    gallery.say(first, channel="web", product="lamp")
    lamp(gallery, "1")
    wall = Wall(hangs=[{first: LAMP}])
    gallery.write(wall)
    gallery.say(second, channel="web", product="lamp")
    gallery.write(wall)
    lamp(gallery, "2")
    gallery.write(wall)
    assert wall.knows == [{}, {second: [LAMP]}, {first: [LAMP], second: [LAMP]}]


def test_a_listing_alone_has_images_of_its_own(gallery: Gallery) -> None:
    _, sku = gallery.listed()
    gallery.say(sku, channel="web", title="Lamp", images=(Image("https://img.example/1.jpg"),))
    wall = Wall(hangs=[{sku: LAMP}, {sku: GivenImages("shop#2")}])
    gallery.write(wall)
    gallery.say(sku, channel="web", title="Lantern")
    gallery.write(wall)
    gallery.say(sku, channel="web", title="Light")
    gallery.write(wall)
    assert wall.knows == [{}, {sku: [LAMP]}, {sku: [LAMP, GivenImages("shop#2")]}]


def test_after_a_call_of_unknown_outcome_images_are_unsure_until_one_is_known(gallery: Gallery) -> None:
    _, sku = gallery.listed()
    gallery.say(sku, channel="web", title="Lamp", images=(Image("https://img.example/1.jpg"),))
    wall = Wall(hangs=[{sku: LAMP}])
    gallery.write(wall)
    wall.answers = [InDoubt("no answer"), Outcome("later", "busy"), Outcome("rejected", "no")]
    gallery.say(sku, channel="web", title="Lantern")
    for _ in range(4):
        gallery.write(wall, turns=1)
        gallery.later()
    gallery.say(sku, channel="web", title="Light")
    gallery.write(wall)
    # What was refused was perhaps refused before anybody looked at the images.
    assert wall.knows[1:] == [{sku: [LAMP]}, *[{sku: [unsure(LAMP)]}] * 3, {sku: [LAMP]}]


def test_a_refusal_leaves_sure_what_was(gallery: Gallery) -> None:
    _, sku = gallery.listed()
    gallery.say(sku, channel="web", images=(Image("https://img.example/1.jpg"),))
    wall = Wall(hangs=[{sku: LAMP}])
    gallery.write(wall)
    wall.answers = [Outcome("rejected", "no")]
    gallery.say(sku, channel="web", title="Lantern")
    for _ in range(2):
        gallery.write(wall, turns=1)
        gallery.later()
    assert wall.knows[1:] == [{sku: [LAMP]}, {sku: [LAMP]}]


def test_a_page_of_unknown_outcome_stays_unsure_whatever_becomes_of_another_of_its_product(gallery: Gallery) -> None:
    (_, first), (_, second) = (gallery.listed() for _ in range(2))
    lamp(gallery, "1")
    for sku in (first, second):
        gallery.say(sku, channel="web", product="lamp")
    other = GivenImages("shop#2", LAMP.ours)
    wall = Wall(hangs=[{first: LAMP, second: other}])
    gallery.write(wall)
    lamp(gallery, "2")
    wall.answers = [{first: Outcome("applied"), second: Outcome("unknown", "no answer")}]
    gallery.write(wall, turns=1)
    gallery.later()
    wall.hangs = [{second: other}]
    for sku in (first, second):
        gallery.say(sku, channel="web", product="lamp", price=Decimal(3))
    gallery.write(wall, turns=1)
    gallery.say(first, channel="web", product="lamp", price=Decimal(4))
    gallery.write(wall)
    assert wall.knows[2][second] == [unsure(LAMP), unsure(other)]
    assert wall.knows[3][first] == [unsure(LAMP), other]


def test_what_is_known_of_images_outlives_that_all_pages_are_written_anew(gallery: Gallery) -> None:
    _, sku = gallery.listed()
    gallery.say(sku, channel="web", images=(Image("https://img.example/1.jpg"),))
    wall = Wall(hangs=[{sku: LAMP}])
    gallery.write(wall)
    state.forget(gallery.shop.hub.db, gallery.channel)
    gallery.write(wall)
    assert wall.knows == [{}, {sku: [LAMP]}]
