"""What a kind of job is: rooms above say what is done, the composition root puts the kinds together."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Work(NamedTuple):
    """One try of a job. `stopping` turns true when the process ends or the job is cancelled: long work then raises
    Interrupted."""

    job: int
    channel: str | None
    stopping: Callable[[], bool]
    source: str | None = None


class JobKind(NamedTuple):
    """`run` does the job and says in one line what it did; it may be done twice, so twice has to be as good as once.

    `of_channel`: each job of the kind is about one channel, or with `or_all` about all of them where none is named.
    `of_source`: each is about one source of files. `alone`: no two jobs of the kind run at once, whatever their
    channels."""

    name: str
    about: str
    of_channel: bool
    run: Callable[[Work], str]
    or_all: bool = False
    alone: bool = False
    of_source: bool = False


class Interrupted(Exception):
    """The work was stopped before its end: another try goes on where the process ended, none where it was cancelled."""


Kinds = Mapping[str, JobKind]


def kinds_of(*kinds: JobKind) -> Kinds:
    """By name."""
    return {kind.name: kind for kind in kinds}
