"""When a cron line is due: on the clocks of its zone, also on the two nights a year when they are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truestock.core.problems import Invalid
from truestock.store.jobs.cron import next_run

BERLIN = "Europe/Berlin"
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  it is given
ZONES = st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"])


def runs(cron: str, after: datetime, count: int, zone: str = BERLIN) -> list[str]:
    """The next so many runs, in UTC."""
    found = [after]
    for _ in range(count):
        found.append(next_run(cron, zone, found[-1]))
    return [f"{instant:%d %H:%M}" for instant in found[1:]]


def test_a_daily_run_comes_at_the_zones_own_hour() -> None:
    assert runs("30 5 * * *", datetime(2026, 1, 10, tzinfo=UTC), 2) == ["10 04:30", "11 04:30"]
    assert runs("30 5 * * *", datetime(2026, 7, 10, tzinfo=UTC), 2) == ["10 03:30", "11 03:30"]
    assert runs("0 6 * * 1-5", datetime(2026, 11, 20, 12, tzinfo=UTC), 2, "UTC") == ["23 06:00", "24 06:00"]


def test_a_run_in_the_hour_that_does_not_exist_comes_at_its_end() -> None:
    """On 29 March 2026 clocks in Berlin go from 2:00 to 3:00, at 1:00 UTC."""
    assert runs("30 2 * * *", datetime(2026, 3, 28, tzinfo=UTC), 3) == ["28 01:30", "29 01:00", "30 00:30"]


def test_a_run_in_the_hour_that_comes_twice_comes_once() -> None:
    """On 25 October 2026 clocks in Berlin go from 3:00 back to 2:00, at 1:00 UTC."""
    assert runs("30 2 * * *", datetime(2026, 10, 24, tzinfo=UTC), 3) == ["24 00:30", "25 00:30", "26 01:30"]


def test_a_run_every_half_hour_goes_on_when_clocks_are_changed() -> None:
    half_hours = ["25 00:00", "25 00:30", "25 01:00", "25 01:30", "25 02:00"]
    assert runs("*/30 * * * *", datetime(2026, 10, 24, 23, 45, tzinfo=UTC), 5) == half_hours
    assert runs("*/30 * * * *", datetime(2026, 3, 29, 0, 45, tzinfo=UTC), 2) == ["29 01:00", "29 01:30"]


@given(INSTANTS, ZONES, st.integers(0, 59), st.integers(0, 23))
def test_a_daily_run_is_later_and_within_a_day_and_an_hour(after: datetime, zone: str, minute: int, hour: int) -> None:
    found = next_run(f"{minute} {hour} * * *", zone, after)
    assert found.tzinfo is UTC
    assert after < found <= after + timedelta(hours=49 if zone == "Pacific/Apia" else 26)
    shown = found.astimezone(ZoneInfo(zone))
    # It comes at its own minute, or where clocks were put forward over it, at the first minute after.
    if (shown.hour, shown.minute) != (hour, minute):
        before = (found - timedelta(minutes=1)).astimezone(ZoneInfo(zone))
        assert before.utcoffset() != shown.utcoffset()


@pytest.mark.parametrize(
    ("cron", "zone", "field", "said"),
    [
        ("", "UTC", "cron", "missing"),
        ("* * * *", "UTC", "cron", "4 fields; give five"),
        ("* * * * * *", "UTC", "cron", "6 fields; give five"),
        ("61 * * * *", "UTC", "cron", "bad minute"),
        ("0 0 31 2 *", "UTC", "cron", "bad day-of-month"),
        ("@daily", "UTC", "cron", "give five"),
        ("0 5 * * *\x00", "UTC", "cron", "control characters"),
        ("0 5 * * *", "Europe", "zone", "Europe/Berlin"),
        ("0 5 * * *", "Europe/Atlantis", "zone", "no time zone 'Europe/Atlantis'"),
        ("0 5 * * *", "../UTC", "zone", "no time zone"),
        ("0 5 * * *", "", "zone", "no time zone"),
        ("0 5 * * *", "x" * 9_999, "zone", "no time zone"),
        ("0 5 * * *", "a\x00b", "zone", "no time zone"),
    ],
)
def test_what_is_wrong_is_named(cron: str, zone: str, field: str, said: str) -> None:
    with pytest.raises(Invalid, match=r".") as refused:
        next_run(cron, zone, datetime(2026, 1, 1, tzinfo=UTC))
    assert refused.value.field == field
    assert said in refused.value.detail
