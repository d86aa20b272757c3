"""Shops that speak our REST, and shops that take files."""

import pytest

from tests.connectors.files.world import FilesShop, a_shop_with_files
from tests.sync.conformance.counterparts import Counterpart, ends_well, stories_on
from tests.sync.conformance.generic import Generic, a_generic_shop
from truestock.entrypoints.conformance.company import Company
from truestock.entrypoints.conformance.stories import Story

WORLDS = {
    "generic": Counterpart(Generic, lambda skus, _: a_generic_shop(skus)),
    "generic, comparing": Counterpart(Generic, lambda skus, _: a_generic_shop(skus, "value")),
    "generic, by sequence": Counterpart(Generic, lambda skus, _: a_generic_shop(skus, "sequence")),
    "files": Counterpart(FilesShop, lambda skus, _: a_shop_with_files(skus)),
}


@stories_on(WORLDS)
def test_a_story_ends_well(
    company: Company, counterpart: Counterpart, story: Story, request: pytest.FixtureRequest
) -> None:
    ends_well(company, counterpart, story, request)
