"""The loader of query files takes what is written, and nothing else."""

import pytest

from truestock.store.sql import all_queries, load, parse

TEXT = """-- A file about shelves.

-- name: lock_shelves
-- Why the order matters.
SELECT 1 FROM shelf;

-- name: count_shelves
SELECT count(*)
FROM shelf
"""


def test_each_name_is_an_attribute_with_its_comments() -> None:
    queries = parse(TEXT, "here")
    assert queries.lock_shelves == "-- Why the order matters.\nSELECT 1 FROM shelf"
    assert [name for name, _ in queries] == ["lock_shelves", "count_shelves"]


def test_an_unknown_name_is_an_attribute_error_that_says_where() -> None:
    with pytest.raises(AttributeError, match="here has no query named 'lock_shelfs'"):
        _ = parse(TEXT, "here").lock_shelfs


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (TEXT + "-- name: lock_shelves\nSELECT 2", "two queries are named 'lock_shelves'"),
        ("SELECT 1", "before the first"),
        ("-- name: lock-shelves\nSELECT 1", "cannot name a query"),
        ("-- name: source\nSELECT 1", "cannot name a query"),
        ("-- name: _hidden\nSELECT 1", "cannot name a query"),
    ],
)
def test_a_file_that_could_be_misread_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(text, "here")


def test_every_query_file_of_the_package_is_found() -> None:
    assert load("truestock.store").source in {queries.source for queries in all_queries()}
