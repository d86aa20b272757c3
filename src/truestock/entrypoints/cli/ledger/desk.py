"""Carries out, at a hub's desk, what is neither a batch nor has answers line by line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from truestock.bootstrap import Hub
    from truestock.ledger.desk import Desk

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Job:
    do: "Callable[[Desk], Any]"
    weight: int = 1


def at_desk(hub: "Hub", do: "Callable[[Desk], T]") -> T:
    """What a job gives that is done on the hub's own connection; others that hold the items are waited for."""
    (answer,) = hub.run(_carry_out, [_Job(do)])
    return cast(T, answer)


def _carry_out(desk: "Desk", jobs: Sequence[_Job], _wait: bool) -> list[Any]:
    return [job.do(desk) for job in jobs]
