"""What went wrong, as one sentence with what to do, and the exit code: 1 for a problem, 2 for a wrong call."""

import sys
from dataclasses import dataclass

from truestock.core.problems import Problem

PROBLEM, USAGE, STOPPED = 1, 2, 130


class Refusal(Problem):
    """What a use case answered with a no, in its own words."""

    def __init__(self, kind: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail, field)
        self.type = kind


class WrongCall(Problem):
    """Options that cannot be meant together."""

    type = "usage"


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as it is told."""

    type: str
    detail: str
    field: str | None = None
    exit_code: int = PROBLEM


def fault_of(error: Exception) -> Fault | None:
    """How to tell an error; None for one that is a fault of ours and deserves its traceback."""
    if isinstance(error, Problem):
        return Fault(error.type, error.detail, error.field, USAGE if isinstance(error, WrongCall) else PROBLEM)
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return Fault("file" if error.filename else "system", f"{where}{error.strerror or error}")
    return _of_settings(error) or _of_store(error)


def _of_settings(error: Exception) -> Fault | None:
    if "pydantic_core" not in sys.modules:
        return None
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return None
    wrong = [f"TRUESTOCK_{str(e['loc'][0]).upper()}: {e['msg'].lower()}" for e in error.errors() if e["loc"]]
    return Fault("usage", "; ".join(wrong) + " (see docs/reference/settings.md)", None, USAGE)


def _of_store(error: Exception) -> Fault | None:
    if "truestock.store.errors" not in sys.modules:
        return None
    from truestock.store.errors import Busy, StoreError, Unavailable

    if not isinstance(error, StoreError):
        return None
    detail = str(error).strip()
    if isinstance(error, Busy):
        return Fault("busy", f"{detail}; nothing was written, so try again")
    if isinstance(error, Unavailable):
        return Fault("unavailable", f"the database cannot be reached: {detail}; `truestock doctor` looks at why")
    return Fault("store", detail)
