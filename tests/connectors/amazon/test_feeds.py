"""What a feed that has ended, and its report, say of one of its messages."""

from datetime import UTC, datetime, timedelta

import pytest

from truestock.connectors.amazon.mapping.feeds import Feed, Processed, Remark, Report, Summary, settled
from truestock.connectors.amazon.mapping.tickets import Ticket
from truestock.connectors.contract.answers import Outcome

AT = datetime(2026, 11, 1, tzinfo=UTC)
TICKET = Ticket("feed", "F1", 2, 7, int(AT.timestamp()))
TOO_MANY = Remark("Over the limit.", "ERROR", "8")


def said(*remarks: Remark, accepted: int = 3) -> Outcome | datetime:
    return settled(Processed(Feed("F1", "DONE"), Report(list(remarks), Summary(accepted))), TICKET)


def of(message: int, severity: str = "ERROR") -> Remark:
    return Remark("Over the limit.", severity, "8", message)


def test_a_message_without_an_error_of_its_own_is_being_applied() -> None:
    assert said() == said(of(1)) == said(of(3)) == said(of(2, "WARNING")) == said(TOO_MANY) == AT


@pytest.mark.parametrize("accepted", [0, 3])
def test_a_message_with_an_error_is_rejected_in_amazons_words(accepted: int) -> None:
    assert said(of(2), TOO_MANY, accepted=accepted) == Outcome("rejected", "8: Over the limit.")


def test_of_a_feed_without_an_accepted_message_all_are_rejected() -> None:
    assert said(TOO_MANY, accepted=0) == Outcome("rejected", "8: Over the limit.")
    assert said(Remark("Not JSON.", "ERROR"), accepted=0) == Outcome("rejected", "Not JSON.")
    assert said(of(1), accepted=0) == Outcome("rejected", "Amazon took no message of the feed F1")


@pytest.mark.parametrize(("ended_s", "since_s"), [(600, 600), (-600, 0), (None, 0)])
def test_applying_begins_when_the_feed_was_processed(ended_s: int | None, since_s: int) -> None:
    ended = None if ended_s is None else AT + timedelta(seconds=ended_s)
    for report in (None, Report([], Summary(3))):
        assert settled(Processed(Feed("F1", "DONE", ended), report), TICKET) == AT + timedelta(seconds=since_s)


@pytest.mark.parametrize("feed", [Feed("F1", "CANCELLED"), Feed("F1", "FATAL")])
def test_a_feed_that_was_not_processed_says_nothing_of_its_messages(feed: Feed) -> None:
    outcome = settled(Processed(feed, Report([], Summary(3))), TICKET)
    assert outcome == Outcome("later", f"Amazon did not process the feed F1 ({feed.processing_status})")
