"""Laws of the mapping, on made-up lines and answers."""

import base64
from contextlib import suppress
from datetime import UTC, datetime
from string import printable
from typing import Literal, get_args
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from truestock.connectors.contract.abilities import Line
from truestock.connectors.generic import mapping, refusals, signing

SKUS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
QUANTITIES = st.integers(-(2**53) + 1, 2**53 - 1)
LINES = st.lists(
    st.builds(Line, SKUS, st.integers(0, 10**9), st.integers(1, 10**12), st.text(printable, min_size=1), QUANTITIES),
    max_size=20,
    unique_by=lambda line: line.sku,
)
Status = Literal["applied", "accepted", "stale", "rejected", "later"]
RESULTS = st.builds(
    mapping.Result,
    st.sampled_from("abcdef"),
    st.sampled_from(get_args(Status)),
    st.none() | st.integers(0, 3),
    st.none() | st.text(max_size=5),
    st.sampled_from([None, "", "t1", "t2"]),
)


@given(LINES.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))))
def test_the_same_lines_in_any_order_are_the_same_call(orders: tuple[list[Line], list[Line]]) -> None:
    one, other = map(mapping.payload, orders)
    assert one == other
    assert mapping.call_key(one) == mapping.call_key(other)


@given(LINES)
def test_nothing_of_a_line_is_lost_on_the_wire(lines: list[Line]) -> None:
    sent = msgspec.json.decode(mapping.payload(lines))
    assert sorted(sent) == ["lines"]
    assert [Line(**line) for line in sent["lines"]] == sorted(lines, key=lambda line: line.sku)


@given(LINES.filter(bool))
def test_a_call_with_another_number_has_another_key(lines: list[Line]) -> None:
    other = [msgspec.structs.replace(lines[0], quantity=lines[0].quantity + 1), *lines[1:]]
    assert mapping.call_key(mapping.payload(lines)) != mapping.call_key(mapping.payload(other))


@given(SKUS, st.binary(min_size=24, max_size=64), st.integers(0, 4_000_000_000))
def test_a_signature_is_the_one_that_the_reference_library_makes(body: str, key: bytes, at_s: int) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    assert signing.key_of(secret) == signing.key_of(secret.rstrip("=")) == key
    headers = signing.signed(key, "call_1", at_s, body.encode())
    assert headers["webhook-signature"] == Webhook(secret).sign("call_1", datetime.fromtimestamp(at_s, UTC), body)


@given(st.lists(RESULTS, max_size=12))
def test_only_a_plain_yes_is_taken_for_applied(results: list[mapping.Result]) -> None:
    lines = [Line(sku, 2, 1, sku) for sku in "abcd"]
    outcomes = mapping.outcomes(lines, mapping.Results(results))
    assert sorted(outcomes) == ["a", "b", "c", "d"]
    for line in lines:
        told = [result for result in results if result.sku == line.sku]
        plain = len(told) == 1 and told[0].status == "applied" and told[0].quantity in (None, 2)
        outcome = outcomes[line.sku]
        assert (outcome.kind == "applied") is plain
        assert outcome.kind in ("applied", "accepted") or outcome.reason
        if outcome.kind == "stale" and len(told) == 1:
            assert outcome.observed == told[0].quantity


@given(st.lists(RESULTS, max_size=12))
def test_a_ticket_decides_its_own_sku_alone(results: list[mapping.Result]) -> None:
    tickets = {"a": "t1", "b": "t2", "c": ""}
    for sku, outcome in mapping.settled(tickets, mapping.Results(results)).items():
        (told,) = [result for result in results if result.sku == sku]
        assert told.ticket in (None, "", tickets[sku])
        assert outcome.kind == told.status != "accepted"


def test_what_is_read_back_is_what_was_asked_for_and_says_one_thing() -> None:
    told = [mapping.Shown("a", 1), mapping.Shown("b", 2), mapping.Shown("b", 3), mapping.Shown("a", 1)]
    assert mapping.shown(["a", "c"], mapping.AllShown(told)) == {"a": 1}
    with pytest.raises(mapping.NotAsAgreed, match="two quantities for b"):
        mapping.shown(["a", "b"], mapping.AllShown(told))


@given(st.binary(max_size=300) | st.text().map(str.encode))
@example(b'{"unknown": ' + b"[" * 100_000)
def test_any_bytes_are_an_answer_or_are_said_not_to_be_one(body: bytes) -> None:
    for form in (mapping.Results, mapping.AllShown, mapping.Health):
        with suppress(mapping.NotAsAgreed):
            assert isinstance(mapping.decoded(body, form), form)
    said = refusals.words(refusals.Reply(418, body))
    assert said.startswith("418")
    assert said.isprintable()
    assert len(said) <= refusals.WORDS_MAX


@given(st.text(max_size=60))
@example("Wed, 21 Oct 2015 07:28:00 -0000")
@example("Fri, 31 Dec 9999 23:59:59 -2359")
@example("Wed, 21 Oct 99999999999999999999 07:28:00 GMT")
@example("²")
def test_any_retry_after_gives_a_bounded_wait(value: str) -> None:
    wait_s = refusals.throttle(refusals.Reply(429, b"", retry_after=value), 1_445_412_000.0).retry_after_s
    assert 0.0 <= wait_s <= refusals.RETRY_AFTER_MAX_S


@given(st.lists(SKUS, max_size=60, unique=True), st.integers(1, 20))
def test_queries_ask_for_each_once_and_for_no_more_than_agreed(skus: list[str], most: int) -> None:
    queries = mapping.queries("sku", skus, most)
    asked = [parse_qs(query, keep_blank_values=True, strict_parsing=True)["sku"] for query in queries]
    assert [sku for some in asked for sku in some] == skus
    assert all(len(some) <= most for some in asked)
    assert all(len(query) <= mapping.QUERY_MAX for query in queries)
