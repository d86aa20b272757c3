"""The public data sets lie beside the project, not in it; a test that needs an absent one says so and is left out."""

from pathlib import Path
from unittest import SkipTest

import pytest

DATA = Path(__file__).parents[4] / "shared/data"


def beside_the_project(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        raise SkipTest(f"../shared/data/{name} is not there")
    return path


@pytest.fixture(scope="session")
def online_retail_ii() -> Path:
    return beside_the_project("online_retail_ii/online_retail_ii.parquet")


@pytest.fixture(scope="session")
def olist() -> Path:
    return beside_the_project("olist")
