"""A problem as the document that is sent."""

import msgspec

from truestock.core.problems import Problem
from truestock.entrypoints.api.problems.surface import InvalidFields, Refused, Turned, problem_of

MEDIA_TYPE = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """One field at fault, as a path like lines[0].qty."""

    field: str
    detail: str


class LineShort(msgspec.Struct, frozen=True):
    """What a line asked, what may be promised at most, and the difference, in units of the listing."""

    sku: str
    requested: int
    available: int
    short_by: int


class Document(msgspec.Struct, frozen=True, omit_defaults=True):
    """RFC 9457. `type` is stable and leads to a page that explains it; `detail` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None
    field: str | None = None
    errors: list[FieldError] | None = None
    lines: list[LineShort] | None = None


def document_of(error: BaseException, instance: str | None = None) -> Document:
    """The document of an exception; `instance` is the path and query that met it."""
    problem = problem_of(error)
    errors = lines = None
    if isinstance(problem, InvalidFields):
        errors = [FieldError(field, detail) for field, detail in problem.faults]
    if isinstance(problem, Refused):
        lines = [LineShort(line.sku, line.asked, line.available, line.short_by) for line in problem.lines]
    return Document(
        f"/problems/{problem.type}",
        problem.title,
        problem.status,
        problem.detail,
        instance,
        problem.field,
        errors,
        lines,
    )


def encoded(error: BaseException, instance: str) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Status, body and headers of an exception."""
    document = document_of(error, instance)
    return document.status, msgspec.json.encode(document), headers_of(problem_of(error))


def headers_of(problem: Problem) -> list[tuple[bytes, bytes]]:
    """The headers that go with a problem, its media type among them."""
    found = [(b"content-type", MEDIA_TYPE.encode())]
    if isinstance(problem, Turned):
        found.append((b"retry-after", b"%d" % problem.retry_after_s))
    if problem.status == 401:
        found.append((b"www-authenticate", b'Bearer, Basic realm="truestock", charset="UTF-8"'))
    return found
