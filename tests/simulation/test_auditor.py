"""Random stories of commands and facts, late ones too, with a naive model as auditor of every step.

A longer one: TRUESTOCK_STORIES=200 pytest tests/simulation/test_auditor.py"""

import os
from random import Random

import pytest

from tests.factories import Shop
from tests.simulation.invariants import broken
from tests.simulation.story import begin
from truestock.bootstrap import Hub
from truestock.store.lane import flights

SEEDS = range(int(os.environ.get("TRUESTOCK_STORIES", "12")))
STEPS = 60


@pytest.mark.parametrize("seed", SEEDS)
def test_the_hub_and_a_naive_model_agree_at_every_step(hub: Hub, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other story goes through the lane, which decides ahead of the locks wherever it can."""
    monkeypatch.setattr(flights, "GROUNDED_FOR", 0)
    shop = Shop(hub, by_lane=seed % 2 == 1)
    story = begin(shop, Random(seed))
    for step in range(STEPS):
        try:
            story.tell()
            assert not broken(hub.db)
        except Exception:
            print(f"seed {seed}, step {step}: {story.steps[-1]}")  # noqa: T201
            raise
    shop.proven()
