"""Every connector against its counterpart over real HTTP, through the engine: whatever goes wrong, it shows what it
shall.

Whoever writes a connector adds its world to WORLDS: the counterpart, and how to make it misbehave."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from tests.conftest import TEMPLATE
from tests.connectors.amazon.conftest import models
from tests.connectors.amazon.world import Amazon, an_amazon_account
from tests.connectors.ebay.conftest import ebay_contract
from tests.connectors.ebay.world import Ebay, an_ebay_account
from tests.connectors.files.world import FilesShop, a_shop_with_files
from tests.connectors.magento.conftest import magento_contract
from tests.connectors.magento.world import Magento, a_magento_shop
from tests.connectors.shopify.conftest import schema
from tests.connectors.square.conftest import square_contract
from tests.connectors.square.world import Square, a_square_seller
from tests.connectors.woocommerce.conftest import dump
from tests.sync.conformance.generic import Generic, a_generic_shop
from tests.sync.conformance.shopify import Shopify, a_shopify_shop
from tests.sync.conformance.woocommerce import WooCommerce, a_woocommerce_store
from truestock.bootstrap import open_hub
from truestock.config import Settings
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.run import tell
from truestock.entrypoints.conformance.stories import STORIES, Story
from truestock.entrypoints.conformance.worlds import World

__all__ = ["dump", "ebay_contract", "magento_contract", "models", "schema", "square_contract"]


class Counterpart(NamedTuple):
    """What a world can do is seen by its class; `opens` gets the listings, and what the fixture `given` provides."""

    world: type
    opens: Callable[[list[str], Any], AbstractAsyncContextManager[World]]
    given: str = ""


WORLDS = {
    "generic": Counterpart(Generic, lambda skus, _: a_generic_shop(skus)),
    "generic, comparing": Counterpart(Generic, lambda skus, _: a_generic_shop(skus, "value")),
    "generic, by sequence": Counterpart(Generic, lambda skus, _: a_generic_shop(skus, "sequence")),
    "shopify": Counterpart(Shopify, a_shopify_shop, "schema"),
    "woocommerce": Counterpart(WooCommerce, a_woocommerce_store, "dump"),
    "amazon": Counterpart(Amazon, an_amazon_account, "models"),
    "ebay": Counterpart(Ebay, an_ebay_account, "ebay_contract"),
    "magento": Counterpart(Magento, a_magento_shop, "magento_contract"),
    "square": Counterpart(Square, a_square_seller, "square_contract"),
    "files": Counterpart(FilesShop, lambda skus, _: a_shop_with_files(skus)),
}
PLAYED = [
    pytest.param(counterpart, story, id=f"{story.name}, {name}")
    for name, counterpart in WORLDS.items()
    for story in STORIES
    if all(issubclass(counterpart.world, need) for need in story.needs)
]


@pytest.fixture(scope="module")
def company(clone: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """One for all stories: each has a channel of its own."""
    settings = Settings(database_url=SecretStr(clone(TEMPLATE)), data_dir=tmp_path_factory.mktemp("hub"))
    with open_hub(settings) as hub:
        yield Company(hub)


@pytest.mark.parametrize(("counterpart", "story"), PLAYED)
def test_a_story_ends_well(
    company: Company, counterpart: Counterpart, story: Story, request: pytest.FixtureRequest
) -> None:
    given = request.getfixturevalue(counterpart.given) if counterpart.given else None
    tell(company, lambda skus: counterpart.opens(skus, given), story)


def test_every_story_is_played_on_a_counterpart_of_ours() -> None:
    played = {param.values[1] for param in PLAYED}
    assert played == set(STORIES)
