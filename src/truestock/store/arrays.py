"""Many rows at once: arrays as parameters, in text literals, three times as quick to build as the driver's own lists
and cast in the SQL; tables of a session's own, and COPY into them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from psycopg import sql

from truestock.store.database import Connection, errors_translated

_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
SORT_MB = 64
OWN_MB = 128


def ints(values: Iterable[int]) -> str:
    """`{1,2,3}`, to be cast to an array of integers of any width, or of booleans given as 0 and 1."""
    return "{" + ",".join(map(str, values)) + "}"


def words(values: Iterable[str]) -> str:
    """`{a,b}` for values that need no quoting: hex digits, uuids, fixed vocabularies, `NULL`."""
    return "{" + ",".join(values) + "}"


def texts(values: Iterable[str]) -> str:
    """Any text, quoted."""
    quoted = [v.replace("\\", "\\\\").replace('"', '\\"') for v in values]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def times(values: Iterable[datetime | None]) -> str:
    """Instants with their zone; None becomes NULL."""
    return "{" + ",".join(["NULL" if v is None else f'"{v.isoformat()}"' for v in values]) + "}"


def nullable(values: Iterable[float | None]) -> str:
    """Numbers; None becomes NULL."""
    return "{" + ",".join(["NULL" if v is None else repr(v) for v in values]) + "}"


def own_tables(conn: Connection, *names: str) -> None:
    """Empty tables of this session alone, in the form of those of the schema, which they hide from it."""
    with errors_translated(), conn.transaction():
        for name in names:
            table, form = sql.Identifier("pg_temp", name), sql.Identifier("public", name)
            conn.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
            conn.execute(sql.SQL("CREATE TEMPORARY TABLE {} (LIKE {})").format(sql.Identifier(name), form))


def at_length(conn: Connection) -> None:
    """Let this connection's statements take their time, sort in memory, and be planned for what they are about."""
    with errors_translated():
        conn.execute("SET statement_timeout = 0")
        conn.execute("SET idle_in_transaction_session_timeout = 0")
        conn.execute("SET plan_cache_mode = force_custom_plan")
        conn.execute(sql.SQL("SET work_mem = {}").format(sql.Literal(f"{SORT_MB}MB")))
        conn.execute(sql.SQL("SET temp_buffers = {}").format(sql.Literal(f"{OWN_MB}MB")))


def copy_into(conn: Connection, table: str, columns: Sequence[str], blocks: Iterable[Sequence[Sequence[str]]]) -> int:
    """Rows into a table from blocks, each one list of cells a column, in one order; how many. An empty cell is NULL."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (NULL '')").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with errors_translated(), conn.cursor() as cursor, cursor.copy(statement) as copy:
        for block in blocks:
            plain = [column if _plain(column) else [cell.translate(_ESCAPED) for cell in column] for column in block]
            lines = list(map("\t".join, zip(*plain, strict=True)))
            if lines:
                copy.write("\n".join(lines) + "\n")
                count += len(lines)
    return count


def _plain(column: Sequence[str]) -> bool:
    together = "".join(column)
    return "\\" not in together and "\t" not in together and "\n" not in together and "\r" not in together
