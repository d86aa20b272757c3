"""What a kind of job is: rooms above say what is done, the composition root puts the kinds together."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Work(NamedTuple):
    """One try of a job. `stopping` turns true when the process ends: long work then raises Interrupted."""

    channel: str | None
    stopping: Callable[[], bool]


class JobKind(NamedTuple):
    """`run` does the job and says in one line what it did; it may be done twice, so twice has to be as good as once.

    `of_channel`: each job of the kind is about one channel."""

    name: str
    about: str
    of_channel: bool
    run: Callable[[Work], str]


class Interrupted(Exception):
    """The process ended before the work did; the job goes on in another try."""


Kinds = Mapping[str, JobKind]


def kinds_of(*kinds: JobKind) -> Kinds:
    """By name."""
    return {kind.name: kind for kind in kinds}
