"""The tutorial's connector, imported by its path as its author would before installing it."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples/tutorial_connector"


@pytest.fixture(scope="module")
def tutorial() -> Iterator[Any]:
    """Its module `world`; nothing is installed."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        yield import_module("tutorial_connector.world")
    finally:
        sys.path.remove(str(EXAMPLE))
        for name in [name for name in sys.modules if name.split(".")[0] == "tutorial_connector"]:
            del sys.modules[name]
