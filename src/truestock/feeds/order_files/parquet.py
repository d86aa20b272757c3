"""Rows of Parquet files in batches; the library is an extra and is imported only when a file is opened."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from truestock.feeds.order_files.order_file import MissingExtraError, OrderFileError

_BATCH_ROWS = 16_384


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The columns of every row, in the file's order; timestamps as datetimes, nulls as None."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as missing:
        raise MissingExtraError(f"{path.name} is a Parquet file: pip install 'truestock[parquet]'") from missing
    try:
        with ParquetFile(path) as file:
            absent = set(columns) - set(file.schema_arrow.names)
            if absent:
                raise OrderFileError(f"{path.name} has no column {', '.join(sorted(absent))}")
            for batch in file.iter_batches(_BATCH_ROWS, columns=list(columns)):
                yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
    except FileNotFoundError:
        raise OrderFileError(f"{path.name} is not in {path.parent}") from None
    except ArrowException as broken:
        raise OrderFileError(f"{path.name} is not a Parquet file that can be read: {broken}") from broken
