"""Channels over folders of the test, and files as the other side writes them."""

import asyncio
import io
import os
from collections.abc import Awaitable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import msgspec
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it comes without types

from truestock.connectors.contract.abilities import Line
from truestock.connectors.files import build
from truestock.connectors.files.channel import FilesChannel
from truestock.connectors.files.settings import FilesSettings

T = TypeVar("T")


def channel(root: Path, **given: Any) -> FilesChannel:
    """A channel over a folder that has the usual ones in it."""
    for name in ("stock", "acks", "reports", "orders", "told"):
        (root / name).mkdir(exist_ok=True)
    meant = {"folder": str(root), "decrements": "at_once", "file_every_s": 0, "complete": "renamed", **given}
    return build(httpx2.AsyncClient(), msgspec.convert(meant, FilesSettings), {})


def call(answer: Awaitable[T]) -> T:
    """What a call comes to."""

    async def run() -> T:
        return await answer

    return asyncio.run(run())


def line(sku: str, quantity: int, rev: int = 1, was: int | None = None, place: str = "") -> Line:
    """A line as the sync makes it."""
    return Line(sku, quantity, rev, f"ts-{sku}-{rev}", was, place)


def files(folder: Path) -> list[Path]:
    """What lies in a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def workbook(rows: list[list[object]]) -> bytes:
    """A workbook as a person would save it: numbers and times are such, texts are texts."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, column, cell)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                else:
                    sheet.write(number, column, cell)
    return out.getvalue()


def cells(content: bytes) -> list[list[Any]]:
    """The first sheet of a workbook, as a program reads it."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def put(path: Path, content: bytes | str, at: datetime | None = None) -> None:
    """The other side drops a file, last changed at an instant."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if at is not None:
        os.utime(path, (at.timestamp(), at.timestamp()))
