"""A progress bar on standard error, for people who watch; files and pipes get none."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def lines_in(files: Sequence[Path]) -> int:
    """Roughly how many data lines there are."""
    total = 0
    for file in files:
        with file.open("rb") as source:
            total += max(0, sum(chunk.count(b"\n") for chunk in iter(lambda: source.read(2**20), b"")) - 1)
    return total


@contextmanager
def progress(title: str, files: Sequence[Path]) -> Iterator[Callable[[int], None]]:
    """Gives what to call with the number of lines that have been done since the last call."""
    with counting(title, lines_in(files) if sys.stderr.isatty() else 0) as advance:
        yield advance


@contextmanager
def counting(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Gives what to call with the number of things that have been done since the last call."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.advance(task, done)


def by_steps(advance: Callable[[int], None]) -> Callable[[int], None]:
    """Gives what to call with the number of lines of one file that have been done so far."""
    before = 0

    def told(lines: int) -> None:
        nonlocal before
        advance(lines - before)
        before = lines

    return told
