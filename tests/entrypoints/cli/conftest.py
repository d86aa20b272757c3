"""The program as an operator calls it, on a database of the test's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from truestock.entrypoints.cli import app

Cli = Callable[..., Result]
Answer = Callable[..., Any]


@pytest.fixture
def bare() -> Cli:
    """Types a line, without saying which database."""
    return lambda *words, **more: CliRunner().invoke(app, [str(word) for word in words], **more)


@pytest.fixture
def cli(bare: Cli, database_url: str) -> Cli:
    """Types a line on a fresh database with the schema."""
    return lambda *words, **more: bare("--database-url", database_url, *words, **more)


@pytest.fixture
def answer(cli: Cli) -> Answer:
    """Types a line that must go well, and gives its JSON."""

    def typed(*words: object, **more: Any) -> Any:
        result = cli("--json", *words, **more)
        assert result.exit_code == 0, result.output
        return msgspec.json.decode(result.stdout)

    return typed


@pytest.fixture
def fault(cli: Cli) -> Answer:
    """Types a line that must fail, and gives its problem."""

    def typed(*words: object, **more: Any) -> Any:
        result = cli("--json", *words, **more)
        assert result.exit_code, result.output
        return msgspec.json.decode(result.stderr)["error"]

    return typed


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write
