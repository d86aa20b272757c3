"""Pages follow content: once each, behind stock, and again while a channel will not have them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from tests.connectors.counterparts.generic import SECRET
from tests.factories import Shop, accept
from tests.sync.stage import Stage
from truestock.bootstrap import open_hub
from truestock.catalog.listings.content import ContentDraft, Image, put_content
from truestock.catalog.listings.content_rules import ContentRuleDraft, put_content_rules
from truestock.config import Settings
from truestock.connections.reached import put_connection
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Throttle
from truestock.connectors.contract.pages import SAYS, Given, GivenImages, Page, PagesPushed
from truestock.connectors.contract.traits import Budget, Traits
from truestock.core.problems import Invalid, NotFound
from truestock.sync.manage import connect
from truestock.sync.telling.pages import queries
from truestock.sync.telling.pages.manage import PagesStatus, status, switch
from truestock.sync.telling.pages.pager import Pager


@dataclass
class Wall:
    """A channel with pages. `answers` are given for every page of the next calls, or raised; then all is applied.
    An answer may be one by SKU.

    `hangs` is what it says of the images of the pages of the next calls; `knows` is what it was told of them."""

    traits: Traits = field(default_factory=lambda: Traits("never", Budget(1e6, 1e6), pending_s=0.0))
    page_fields: frozenset[str] = frozenset(SAYS)
    pages_budget: Budget = field(default_factory=lambda: Budget(1e6, 1e6))
    answers: list[Outcome | dict[str, Outcome] | Exception] = field(default_factory=list)
    calls: list[list[Page]] = field(default_factory=list)
    hangs: list[dict[str, GivenImages]] = field(default_factory=list)
    knows: list[dict[str, list[GivenImages]]] = field(default_factory=list)

    async def push_pages(self, pages: Sequence[Page], given: Given) -> PagesPushed:
        self.calls.append(list(pages))
        self.knows.append({sku: list(known) for sku, known in given.items()})
        answer = self.answers.pop(0) if self.answers else Outcome("applied")
        if isinstance(answer, Exception):
            raise answer
        outcomes = answer if isinstance(answer, dict) else {page.sku: answer for page in pages}
        return PagesPushed(outcomes, given=self.hangs.pop(0) if self.hangs else {})

    @property
    def pages(self) -> list[Page]:
        return [page for call in self.calls for page in call]


class Gallery(Stage):
    """A web shop whose stock is in step and whose pages are switched on."""

    def __init__(self, shop: Shop) -> None:
        super().__init__(shop)
        settings = {"base_url": "https://shop.example", "decrements": "never"}
        put_connection(shop.hub.db, shop.hub.seal(), "web", "generic", settings, {"signing_secret": SECRET})
        self.switch(on=True)

    def switch(self, *, on: bool) -> None:
        self._do(queries.switch_pages, {"channel": self.channel, "on": on})

    def in_step(self) -> None:
        self._do("UPDATE outbound SET sent_rev = rev, acked_rev = rev", {})

    def later(self) -> None:
        self._do("UPDATE page_pushed SET next_try_at = now() WHERE next_try_at IS NOT NULL", {})

    def _do(self, query: str, parameters: dict[str, Any]) -> None:
        with self.shop.hub.db.transaction() as conn:
            conn.execute(query, parameters)

    def listed(self) -> tuple[str, str]:
        """(item, listing), its stock in step."""
        sku = self.shop.item(dc=5)
        name = self.shop.listing("web", {sku: 1})
        self.publish()
        self.in_step()
        return sku, name

    def say(self, code: str, **said: Any) -> None:
        accept(put_content(self.shop.hub.db, [ContentDraft(code, **said)]))

    def write(self, wall: Wall, turns: int = 8) -> None:
        async def work() -> None:
            pager = Pager(self.shop.hub.db, self.channel, "web", wall)
            for _ in range(turns):
                if await pager.turn() > 0:
                    break

        asyncio.run(work())

    def told(self) -> PagesStatus:
        return status(self.shop.hub.db, self.shop.hub.seal(), "web")


@pytest.fixture
def gallery(database_url: str) -> Iterator[Gallery]:
    with open_hub(Settings(database_url=SecretStr(database_url))) as hub:
        yield Gallery(Shop(hub))


def test_content_is_written_once_and_then_what_changed(gallery: Gallery) -> None:
    item, sku = gallery.listed()
    gallery.listed()  # of which nothing is said
    gallery.say(item, title="Lamp", brand="Lux", images=(Image("https://img.example/1.jpg", "it"),))
    gallery.say(sku, channel="web", title="Leuchte", price=Decimal("9.90"), currency="EUR")
    assert gallery.told().waiting == 1
    wall = Wall()
    gallery.write(wall)
    gallery.write(wall)
    (page,) = wall.pages
    assert (page.sku, page.title, page.brand, page.price) == (sku, "Leuchte", "Lux", Decimal("9.90"))
    assert (page.description, page.images and page.images[0].alt) == (None, "it")
    gallery.say(item, brand="Luxor")
    gallery.write(wall)
    assert [page.brand for page in wall.pages] == ["Lux", "Luxor"]
    assert gallery.told() == PagesStatus("web", True, 1, 0, 0, [], list(SAYS))


def test_what_a_channel_says_otherwise_hides_a_change_behind_it(gallery: Gallery) -> None:
    item, sku = gallery.listed()
    gallery.say(item, title="Lamp")
    gallery.say(sku, channel="web", title="Leuchte")
    wall = Wall()
    gallery.write(wall)
    gallery.say(item, title="Lantern")
    assert gallery.told().waiting == 1
    gallery.write(wall)
    assert len(wall.pages) == 1
    assert gallery.told().waiting == 0


def test_a_products_variants_go_together_and_say_the_same_of_it(gallery: Gallery) -> None:
    skus = [gallery.listed()[1] for _ in range(3)]
    for n in (2, 0):
        said = {"product": "lamp", "title": f"variant {n}", "options": (("size", str(n)),)}
        gallery.say(skus[n], channel="web", **said)
    gallery.say(skus[1], channel="web", title="alone")
    gallery.say("lamp", kind="product", channel="web", title="Lamp")
    accept(put_content_rules(gallery.shop.hub.db, [ContentRuleDraft("web", "Size", called="Größe")]))
    wall = Wall()
    gallery.write(wall)
    ((alone, first, third),) = wall.calls
    assert (alone.sku, alone.product, alone.title) == (skus[1], "", "alone")
    assert (first.title, third.title, first.product) == ("Lamp", "Lamp", "lamp")
    assert (first.options, third.options) == ((("Größe", "0"),), (("Größe", "2"),))


def test_nothing_is_written_while_stock_waits_or_it_is_off(gallery: Gallery) -> None:
    item, _ = gallery.listed()
    gallery.say(item, title="Lamp")
    late, _ = gallery.listing(5)
    wall = Wall()
    gallery.write(wall)
    assert wall.calls == []
    gallery.in_step()
    gallery.switch(on=False)
    gallery.write(wall)
    assert (wall.calls, gallery.told().on) == ([], False)
    gallery.switch(on=True)
    gallery.write(wall)
    assert len(wall.pages) == 1
    assert late != item


def test_stock_that_only_waits_for_its_next_try_holds_nothing_up(gallery: Gallery) -> None:
    item, _ = gallery.listed()
    gallery.say(item, title="Lamp")
    gallery.listing(5)
    gallery._do("UPDATE outbound SET next_try_at = now() + interval '1 hour' WHERE acked_rev < rev", {})
    wall = Wall()
    gallery.write(wall)
    assert len(wall.pages) == 1


def test_what_is_refused_is_shown_in_the_channels_words_and_tried_again(gallery: Gallery) -> None:
    item, sku = gallery.listed()
    gallery.say(item, title="Lamp")
    wall = Wall(answers=[Outcome("rejected", "Title contains a bad word")])
    gallery.write(wall)
    told = gallery.told()
    (trouble,) = told.troubles
    assert (told.pushed, told.in_trouble, trouble.sku, trouble.tries) == (0, 1, sku, 1)
    assert trouble.reason == "Title contains a bad word"
    assert trouble.next_try_at is not None
    gallery.write(wall)
    assert len(wall.calls) == 1
    gallery.later()
    gallery.write(wall)
    assert (len(wall.calls), gallery.told().troubles, gallery.told().pushed) == (2, [], 1)


def test_a_refused_page_goes_again_as_soon_as_it_is_another_one(gallery: Gallery) -> None:
    item, _ = gallery.listed()
    gallery.say(item, title="Lamp")
    wall = Wall(answers=[Outcome("rejected", "no")])
    gallery.write(wall)
    gallery.say(item, title="Lantern")
    gallery.write(wall)
    assert [page.title for page in wall.pages] == ["Lamp", "Lantern"]


def test_after_a_call_of_unknown_outcome_the_old_page_goes_again_too(gallery: Gallery) -> None:
    item, _ = gallery.listed()
    gallery.say(item, title="Lamp")
    wall = Wall()
    gallery.write(wall)
    gallery.say(item, title="Lantern")
    wall.answers = [InDoubt("no answer")]
    gallery.write(wall, turns=1)
    gallery.say(item, title="Lamp")
    gallery.write(wall)
    assert [page.title for page in wall.pages] == ["Lamp", "Lantern", "Lamp"]
    assert gallery.told().troubles == []


@pytest.mark.parametrize("fault", [ChannelDown("nobody", Throttle(retry_after_s=30)), InDoubt("gone"), KeyError("x")])
def test_faults_of_pages_are_no_trouble_of_the_channel(gallery: Gallery, fault: Exception) -> None:
    item, _ = gallery.listed()
    gallery.say(item, title="Lamp")
    wall = Wall(answers=[fault])
    gallery.write(wall, turns=1)
    assert gallery.told().in_trouble == 1
    assert gallery.shop.read("SELECT trouble FROM connection") == [("",)]
    gallery.later()
    gallery.write(wall)
    assert gallery.told().pushed == 1


def test_all_pages_are_written_anew_where_it_was_off_or_is_connected_anew(gallery: Gallery) -> None:
    hub = gallery.shop.hub
    settings = {"shop": "corner.myshopify.com", "location": "1"}
    put_connection(hub.db, hub.seal(), "web", "shopify", settings, {"access_token": "t"})
    item, _ = gallery.listed()
    gallery.say(item, title="Lamp")
    wall = Wall()
    gallery.write(wall)
    switch(hub.db, hub.seal(), "web", on=True)
    gallery.write(wall)
    assert len(wall.pages) == 1
    switch(hub.db, hub.seal(), "web", on=False)
    switch(hub.db, hub.seal(), "web", on=True)
    gallery.write(wall)
    assert len(wall.pages) == 2
    connect(hub.db, hub.seal(), "web", "shopify", settings, {"access_token": "other"})
    gallery.in_step()
    gallery.write(wall)
    assert len(wall.pages) == 3
    assert gallery.told().on


def test_only_a_connector_with_pages_can_be_switched_on(gallery: Gallery) -> None:
    hub = gallery.shop.hub
    with pytest.raises(Invalid, match="writes no pages"):
        switch(hub.db, hub.seal(), "web", on=True)
    assert switch(hub.db, hub.seal(), "web", on=False).on is False
    with pytest.raises(NotFound):
        switch(hub.db, hub.seal(), "market", on=True)
    settings = {"shop": "corner.myshopify.com", "location": "1"}
    put_connection(hub.db, hub.seal(), "web", "shopify", settings, {"access_token": "t"})
    told = switch(hub.db, hub.seal(), "web", on=True)
    assert (told.on, told.left) == (True, ["options", "summary", "attributes", "tax_class"])
