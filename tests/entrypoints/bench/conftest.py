"""Benches play in memory here: how long the disk takes is not judged."""

import tempfile

import pytest

from tests.postgres import memory


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of temporary files lies in memory, where there is one with room."""
    if there := memory():
        monkeypatch.setattr(tempfile, "tempdir", str(there))
