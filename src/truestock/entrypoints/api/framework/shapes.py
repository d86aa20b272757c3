"""Shapes that many endpoints share: pages and their cursors, lines and their results, how a change is to be made."""

import base64
import binascii
from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, ClassVar, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec
from fastapi import Depends, Query, Request
from msgspec import Meta

from truestock.catalog.changes import How, Mode, Result
from truestock.core.checks import BIGINT_MAX
from truestock.core.problems import Invalid, Problem
from truestock.entrypoints.api.framework.route import Body, TheCall, TheHub
from truestock.entrypoints.api.problems.document import Document, document_of
from truestock.store.paging import Page

T = TypeVar("T")
LINES_MAX = 10_000


class Rows(msgspec.Struct, Generic[T], frozen=True):
    """A page: some rows, and the cursor of the next ones; none at the end."""

    rows: list[T]
    next: str | None


class Paging:
    """Which page is asked for."""

    def __init__(
        self,
        hub: TheHub,
        cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, description="The most rows on the page.")] = 100,
    ) -> None:
        if limit > hub.settings.page_max:
            raise Invalid("limit", f"a page has at most {hub.settings.page_max} rows")
        self.limit = limit
        self.after = opened(cursor) if cursor is not None else None

    @property
    def after_id(self) -> str | None:
        """The cursor of a list that is ordered by number."""
        key = self.after
        if key is not None and not (key.isascii() and key.isdigit() and len(key) < 20 and int(key) <= BIGINT_MAX):
            raise Invalid("cursor", "this cursor is of another list; take `next` of the page before")
        return key


async def paging(page: Annotated[Paging, Depends()]) -> AsyncIterator[Paging]:
    """The page; what a list says of where it goes on `after` is said of the parameter that callers know."""
    try:
        yield page
    except Invalid as problem:
        if problem.field != "after":
            raise
        raise Invalid("cursor", problem.detail) from None


ThePage = Annotated[Paging, Depends(paging)]


def rows_of(page: Page[T]) -> Rows[T]:
    """A page with its cursor made opaque."""
    return Rows(list(page.rows), None if page.next is None else sealed(page.next))


def sealed(key: str) -> str:
    """A key as an opaque cursor."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def opened(cursor: str) -> str:
    """The key in a cursor. Raises Invalid."""
    try:
        key = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        key = "\0"
    if "\0" in key:
        raise Invalid("cursor", "this is no cursor of ours; take `next` of the page before")
    return key


class LineAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a line: created, changed, unchanged, ended, or not_written because of other lines."""

    line: int
    outcome: str
    id: int | None = None
    problem: Document | None = None


class Answers(msgspec.Struct, frozen=True):
    """One answer a line, in their order; HTTP says 207 when any was refused."""

    statuses: ClassVar = (200, 207)
    refused: int
    lines: list[LineAnswer]

    @property
    def http_status(self) -> int:
        """207 makes a caller look who sees only statuses."""
        return 207 if self.refused else 200


def how(mode: Mode = "put", all_or_nothing: bool = False, dry_run: bool = False) -> How:
    """`put` makes or changes, `create` refuses what is there, `change` what is not; a dry run writes nothing."""
    return How(mode, all_or_nothing, dry_run)


TheHow = Annotated[How, Depends(how)]


def answers_of(results: Sequence[Result]) -> Answers:
    """The results of a use case, line by line."""
    lines = [_line(n, result) for n, result in enumerate(results)]
    return Answers(sum(line.problem is not None for line in lines), lines)


def answer_of(results: Sequence[Result]) -> LineAnswer:
    """The result of a use case about one thing. Raises its problem."""
    (result,) = results
    if isinstance(result, Problem):
        raise result
    return _line(0, result)


def _line(n: int, result: Result) -> LineAnswer:
    if isinstance(result, Problem):
        return LineAnswer(n, "refused", problem=document_of(result))
    return LineAnswer(n, result.outcome, result.id or None)


class Lines(Body):
    """A dependency: `{"lines": [...]}`, each one of these drafts; fields that a draft does not have are refused."""

    def __init__(self, draft: Any) -> None:
        super().__init__(_lines(draft))
        self._draft = draft

    async def __call__(self, request: Request, hub: TheHub, call: TheCall) -> Any:
        body = await super().__call__(request, hub, call)
        return [msgspec.convert(line, self._draft, from_attributes=True) for line in body.lines]


def strict(shape: Any) -> Any:
    """A dataclass as a struct that refuses unknown fields, also inside tuples and alternatives; else what it was."""
    if is_dataclass(shape):
        return _struct(cast(Hashable, shape))
    parts = tuple(map(strict, get_args(shape)))
    if parts == get_args(shape):
        return shape
    return reduce(or_, parts) if isinstance(shape, UnionType) else get_origin(shape)[parts]


@cache
def _lines(draft: Any) -> Any:
    """Two routes that take lines of one draft have one body."""
    line: Any = strict(draft)
    lines = Annotated[list[line], Meta(min_length=1, max_length=LINES_MAX)]
    name = f"{draft.__name__.removesuffix('Draft')}Lines"
    return msgspec.defstruct(name, [("lines", lines)], forbid_unknown_fields=True, frozen=True)


@cache
def _struct(draft: Any) -> Any:
    hints = get_type_hints(draft)
    given = [(f.name, strict(hints[f.name]), *(() if f.default is MISSING else (f.default,))) for f in fields(draft)]
    name = draft.__name__.removesuffix("Draft")
    return msgspec.defstruct(name, given, forbid_unknown_fields=True, frozen=True, namespace={"__doc__": draft.__doc__})
