"""What became of a file of a source, as it is kept and shown."""

from datetime import datetime
from typing import Final

import msgspec

from truestock.catalog.load.report import LineProblem
from truestock.feeds.product_files import ImportReport

NAMED_MAX: Final = 100


class StockReport(msgspec.Struct, frozen=True):
    """What a file said of stock. `figures` are the rows that name one, `changed` the counts that were booked (in a dry
    run: would be), `older` those that a newer count stands against."""

    column: str
    location: str
    as_of: datetime
    figures: int
    changed: int
    older: int


class FileReport(msgspec.Struct, frozen=True):
    """What was read of a file; `fault` says why nothing was, and what to do. `digest` is the SHA-256 of its content;
    `same`: it says what the one before it said, whose report this is. `problems` are the first refused rows, `notes`
    the first that went in without what is named."""

    file: str
    digest: str = ""
    fault: str = ""
    same: bool = False
    encoding: str = ""
    lines: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    items_created: int = 0
    listings_created: int = 0
    refused: int = 0
    noted: int = 0
    not_taken: list[str] = []
    stock: StockReport | None = None
    problems: list[LineProblem] = []
    notes: list[LineProblem] = []

    @property
    def said(self) -> str:
        """In one line."""
        if self.fault:
            return f"{self.file}: {self.fault}"
        if self.same:
            return f"{self.file}: says what the file before it said"
        counted = f", counts {self.stock.changed}" if self.stock else ""
        return f"{self.file}: created {self.created}, changed {self.changed}, refused {self.refused}{counted}"


def report_of(file: str, digest: str, found: ImportReport, stock: StockReport | None) -> FileReport:
    """The report of a file that was read."""
    return FileReport(
        file,
        digest,
        encoding=found.encoding,
        lines=found.lines,
        created=found.created,
        changed=found.changed,
        unchanged=found.unchanged,
        items_created=found.items_created,
        listings_created=found.listings_created,
        refused=found.refused,
        noted=found.noted,
        not_taken=[name for name in found.ignored if stock is None or name != stock.column],
        stock=stock,
        problems=found.problems[:NAMED_MAX],
        notes=found.notes[:NAMED_MAX],
    )
