"""The schema: one text and its migrations agree, every query fits it, and its keys stay fit to be distributed."""

import re
from collections.abc import Callable, Iterator
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest
from psycopg import errors

from truestock.store import migrate
from truestock.store.database import Connection, Database
from truestock.store.sql import Queries, all_queries
from truestock.store.upkeep.check import check

CATALOG = Path(__file__).with_name("catalog.sql").read_text()
SOURCE = Path(__file__).parents[2] / "src/truestock"
# Small and plain-keyed, copied to every node when the database is distributed; all others are hot.
REFERENCE = {
    *("column_mapping", "content", "content_rule", "file_read", "file_source", "page_images"),
    *("channel_listing", "fee_reading", "listing_ignored", "mapping_rule"),
    *("api_key", "barcode", "bin", "channel", "channel_location", "component", "connection", "counter", "epoch"),
    *(
        "item",
        "job_stage",
        "job_try",
        "kit_component",
        "lane",
        "listing",
        "location",
        "migration",
        "place",
        "place_location",
        "policy",
        "schedule",
        "unread_order",
    ),
    *("accuracy", "tolerance"),
    *("interchange", "item_alias", "location_alias"),
    *("message_rule", "message_template", "webhook"),
    *("count_plan", "write_off_limit"),
    *("reason_code", "receiving_rule"),
    *("alert_due", "alert_rule", "alert_target", "heartbeat"),
    *(
        "feed",
        "feed_before",
        "feed_fetched",
        "feed_before_lines",
        "feed_change",
        "feed_allocated",
        "feed_differing",
        "feed_gone",
        "feed_interchange",
        "feed_line",
        "feed_movement",
        "feed_raw",
        "feed_row",
        "feed_run",
    ),
}
HOT = """SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"""


@pytest.fixture(scope="module")
def conn(module_db: Database) -> Iterator[Connection]:
    with module_db.connect() as connected:
        yield connected


@pytest.fixture(scope="module")
def hot(conn: Connection) -> set[str]:
    return {name for (name,) in conn.execute(HOT)} - REFERENCE


def catalog(conn: Connection) -> set[tuple[str, ...]]:
    """Without the table of migrations itself, and without partitions, which depend on the month."""
    rows = {tuple(row) for row in conn.execute(CATALOG)}
    return {row for row in rows if not re.match(r"migration$|entry_\d{6}", row[1])}


def statement_as_prepared(statement: str) -> tuple[str, int]:
    """A query with its named parameters numbered, and how many they are."""
    names: dict[str, int] = {}
    numbered = re.sub(r"%\((\w+)\)s", lambda match: f"${names.setdefault(match[1], len(names) + 1)}", statement)
    return numbered.replace("%%", "%"), len(names)


def all_named() -> list[tuple[Queries, str, str]]:
    return [(queries, name, statement) for queries in all_queries() for name, statement in queries]


def test_the_migrations_build_exactly_what_schema_sql_says(conn: Connection, clone: Callable[[str], str]) -> None:
    text = resources.files("truestock.store").joinpath("schema.sql").read_text("utf-8")
    with Database(clone("template0")).connect() as fresh:
        fresh.execute(text)
        assert catalog(conn) ^ catalog(fresh) == set()


def test_the_comparison_sees_a_difference_in_any_part_of_a_table(clone: Callable[[str], str]) -> None:
    differences = [
        "ALTER TABLE stock ALTER reserved DROP DEFAULT",
        "ALTER TABLE stock SET (fillfactor = 60)",
        "ALTER TABLE stock DROP CONSTRAINT stock_no_promise_beyond",
        "ALTER TABLE stock ALTER loc TYPE bigint",
        "DROP INDEX movement_time",
        "ALTER TABLE movement ALTER reverses SET NOT NULL",
        "ALTER VIEW order_line RENAME COLUMN qty TO asked",
    ]
    with Database(clone("template_truestock")).connect() as changed:
        seen = [catalog(changed)]
        for difference in differences:
            changed.execute(difference)
            seen.append(catalog(changed))
    assert all(before != after for before, after in pairwise(seen))


@pytest.mark.parametrize(
    ("queries", "name", "statement"), all_named(), ids=[f"{queries.source}:{name}" for queries, name, _ in all_named()]
)
def test_every_query_fits_the_schema(conn: Connection, queries: Queries, name: str, statement: str) -> None:
    numbered, _ = statement_as_prepared(statement)
    conn.execute(f"PREPARE checked AS {numbered}")
    conn.execute("DEALLOCATE checked")


def test_every_parameter_of_a_query_is_cast_to_its_type() -> None:
    uncast = [
        f"{queries.source}:{name} {match.group()}"
        for queries, name, statement in all_named()
        for match in re.finditer(r"%\(\w+\)s(?!::)", statement)
        if not re.search(rf"(?i)cast\s*\(\s*{re.escape(match.group())}\s+as\s", statement)
    ]
    assert not uncast


def test_every_query_is_used_in_the_room_that_has_it() -> None:
    unused = []
    for queries, name, _ in all_named():
        room = SOURCE.joinpath(*queries.source.split("/")[0].split(".")[1:])
        code = "\n".join(path.read_text() for path in room.rglob("*.py"))
        if not re.search(rf"\bqueries\.{name}\b", code):
            unused.append(f"{queries.source}:{name}")
    assert not unused


def test_what_locks_says_so_in_its_name_and_locks_in_a_stated_order() -> None:
    lock = re.compile(r"\bFOR (NO KEY )?UPDATE\b")  # tables of one row for one purpose need no order
    wrong = [
        f"{queries.source}:{name}"
        for queries, name, statement in all_named()
        if bool(lock.search(statement)) != name.startswith("lock_")
        or (lock.search(statement) and not re.search(r"\bORDER BY\b|\bFROM (epoch|lane)\b", statement))
    ]
    assert not wrong


def test_the_tables_of_reference_are_still_those_named_here(conn: Connection) -> None:
    assert {name for (name,) in conn.execute(HOT)} >= REFERENCE


def test_every_key_of_a_hot_table_begins_with_part(conn: Connection, hot: set[str]) -> None:
    keys = conn.execute("""
        SELECT t.relname, i.indexrelid::regclass::text, a.attname, format_type(a.atttypid, NULL)
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
        WHERE (i.indisunique OR i.indisprimary) AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
        """).fetchall()
    assert [key for key in keys if key[0] in hot and key[2:] != ("part", "smallint")] == []
    assert {table for table, *_ in keys} >= hot


@pytest.mark.parametrize(
    "lines",
    ["{}", "{0,1,1,0,2,2,2}", "{{0,1,1,0,2,2}}", "{{0,1,1,0,0,0,0}}", "{{0,1,1,0,2,2,2},{1,2,1,0,0,0,0}}"],
    ids=["none", "no rows", "a column missing", "quantity 0", "quantity 0 in the second"],
)
def test_an_order_has_lines_of_seven_columns_and_some_quantity(conn: Connection, lines: str) -> None:
    with pytest.raises(errors.CheckViolation, match="orders_lines"):
        conn.execute(
            "INSERT INTO orders (part, channel, ref, id, content, mode, state, priority, placed_at, recorded_at, "
            "actor, lines) VALUES (0, 1, '', gen_random_uuid(), '', 'sold', 'open', 0, now(), now(), '', %s::bigint[])",
            [lines],
        )


def test_the_time_of_recording_is_the_last_column_of_an_entrys_key(conn: Connection) -> None:
    (definition,) = conn.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'entry'::regclass AND contype = 'p'"
    ).fetchone() or ("",)
    assert definition.endswith(", recorded_at)")


def test_no_foreign_key_crosses_parts(conn: Connection, hot: set[str]) -> None:
    keys = conn.execute("""
        SELECT conrelid::regclass::text, confrelid::regclass::text,
               (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]),
               (SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1])
        FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
        """).fetchall()
    crossing = [key for key in keys if key[1] in hot and not (key[0] in hot and key[2:] == ("part", "part"))]
    assert crossing == []


def test_nothing_decides_or_numbers_inside_the_database(conn: Connection) -> None:
    """No trigger, function or rule of ours, and no sequence: a lower number of one may commit later."""
    kinds = {row[0] for row in catalog(conn)}
    assert not kinds & {"trigger", "function"}
    (sequences,) = conn.execute("SELECT count(*) FROM pg_sequences WHERE schemaname = 'public'").fetchone() or (None,)
    assert sequences == 0


def test_a_fresh_database_passes_its_check_but_for_the_durability_that_tests_do_without(conn: Connection) -> None:
    findings = {finding.name: finding for finding in check(conn)}
    assert [name for name, finding in findings.items() if not finding.ok] == ["fsync"]
    assert all(finding.fix for finding in findings.values() if not finding.ok)
    assert {"version", "schema", "partitions", "primary", "clock"} <= findings.keys()


def test_the_check_finds_a_missing_month_and_a_clock_that_went_back(clone: Callable[[str], str]) -> None:
    with Database(clone("template_truestock")).connect() as conn:
        conn.execute("INSERT INTO movement VALUES (0, 1, 1, '', '', '', '', NULL, now(), now() + '1 day', '{}')")
        bad = {finding.name for finding in check(conn, months_ahead=24) if not finding.ok}
    assert bad == {"fsync", "partitions", "clock"}


def test_the_check_of_an_empty_database_asks_for_an_upgrade(clone: Callable[[str], str]) -> None:
    with Database(clone("template0")).connect() as conn:
        last = list(check(conn))[-1]
        assert (last.name, last.ok, last.fix) == ("schema", False, "truestock db upgrade")
        migrate.upgrade(conn)
        assert all(finding.ok for finding in check(conn) if finding.name != "fsync")
