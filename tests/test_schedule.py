"""The days before the interview, as a calendar."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from conftest import PAYLOADS, hostile_search
from icalendar import Calendar

from prepkit.application import Application, open_application
from prepkit.schedule import MOST_A_DAY, appointments, interview_moment, schedule_ics
from prepkit.search import Search

EARLY = date(2026, 11, 1)


def opened(search: Search, name: str = "tidewrack") -> Application:
    """The application of that name."""
    return open_application(**search.parameters(name, search.path))


def with_interview(application: Application, moment: str) -> Application:
    """The application with a day of interview."""
    return replace(application, plan=application.plan.model_copy(update={"interview": moment}))


@pytest.fixture(scope="module")
def example() -> Application:
    """The shipped example with an interview on a Thursday afternoon."""
    return with_interview(open_application(), "2026-12-03 14:00")


def rehearsals(application: Application, today: date) -> dict[str, list[date]]:
    """Story to the evenings on which it is rehearsed."""
    found = defaultdict(list)
    for item in appointments(application, today):
        if item.name.startswith("story-") and isinstance(item.begin, datetime):
            found[item.name.rpartition("-")[0]].append(item.begin.date())
    return found


def test_each_story_is_rehearsed_three_times_with_days_between(example: Application) -> None:
    """Further apart at first, the last time in the last days."""
    found = rehearsals(example, EARLY)
    assert len(found) == len(example.rehearsal)
    for evenings in found.values():
        first, second, last = evenings
        assert last - second >= timedelta(days=2)
        assert second - first >= timedelta(days=2)
    assert max(max(evenings) for evenings in found.values()) == date(2026, 12, 2)


def test_an_evening_holds_three_stories_and_begins_at_six(example: Application) -> None:
    """Three quarters of an hour, one after the other; the mock interview has its evening for itself."""
    items = [item for item in appointments(example, EARLY) if item.name.startswith(("story-", "mock"))]
    evenings = Counter(item.begin.date() for item in items if isinstance(item.begin, datetime))
    assert max(evenings.values()) <= MOST_A_DAY
    assert evenings[date(2026, 12, 1)] == 1
    begins = sorted(item.begin for item in items if isinstance(item.begin, datetime))
    assert len(set(begins)) == len(begins)
    assert {begin.time() for begin in begins} <= {time(18, 0), time(18, 15), time(18, 30)}


def test_the_brief_is_read_ten_minutes_before(example: Application) -> None:
    """And the interview is there, with its role."""
    brief, interview = appointments(example, EARLY)[-2:]
    assert (brief.begin, brief.minutes) == (datetime(2026, 12, 3, 13, 50), 10)
    assert interview.begin == datetime(2026, 12, 3, 14, 0)
    assert interview.title == "Interview: Head of Operations, Merrowdale Hospices"


@pytest.mark.parametrize("today", [EARLY + timedelta(days=n) for n in range(20, 36)], ids=str)
def test_nothing_is_put_before_today(example: Application, today: date) -> None:
    """Late beginners rehearse each story once before any twice; when it is over there is nothing."""
    items = appointments(example, today)
    assert all((item.begin.date() if isinstance(item.begin, datetime) else item.begin) >= today for item in items)
    counts = [len(evenings) for evenings in rehearsals(example, today).values()]
    evenings = (date(2026, 12, 3) - today).days - 1
    if evenings * MOST_A_DAY > len(example.rehearsal) + MOST_A_DAY:
        assert min(counts) >= 1
        assert len(counts) == len(example.rehearsal)
    assert bool(items) == (today <= date(2026, 12, 3))
    assert (schedule_ics(example, today) is None) == (not items)


def test_a_day_without_an_hour_is_a_whole_day(example: Application) -> None:
    """No hour is made up, and no brief is put before one."""
    items = appointments(with_interview(example, "2026-12-03"), EARLY)
    assert items[-1].begin == date(2026, 12, 3)
    assert items[-1].minutes == 0
    assert not any(item.name == "brief" for item in items)


def test_without_a_day_there_is_no_file(example: Application) -> None:
    """An empty plan has no calendar."""
    assert schedule_ics(with_interview(example, ""), EARLY) is None
    assert appointments(with_interview(example, ""), EARLY) == ()
    assert interview_moment("") is None


def test_an_interview_after_midnight_has_its_brief_the_day_before(example: Application) -> None:
    """Unless that day is over."""
    late = with_interview(example, "2026-12-03 00:05")
    assert any(item.name == "brief" for item in appointments(late, date(2026, 12, 2)))
    assert not any(item.name == "brief" for item in appointments(late, date(2026, 12, 3)))


def test_calendar_programs_read_it(example: Application) -> None:
    """Times without a zone, names that stay, a stamp from the day of the interview."""
    data = schedule_ics(example, EARLY)
    assert data
    events = Calendar.from_ical(data).walk("VEVENT")
    assert len(events) == len(appointments(example, EARLY))
    assert all(event["DTSTART"].dt.tzinfo is None for event in events)
    assert {event["DTSTAMP"].dt.date() for event in events} == {date(2026, 12, 3)}
    assert len({str(event["UID"]) for event in events}) == len(events)
    assert b"TZID" not in data
    moved = Calendar.from_ical(schedule_ics(with_interview(example, "2026-12-10 09:00"), EARLY) or b"").walk("VEVENT")
    assert {str(event["UID"]) for event in moved} == {str(event["UID"]) for event in events}


def test_it_is_the_same_file_twice(example: Application) -> None:
    """No clock and no random names."""
    assert schedule_ics(example, EARLY) == schedule_ics(example, EARLY)


def test_no_theme_means_no_rehearsal(make_search: Callable[..., Search]) -> None:
    """The interview stands in the calendar all the same."""
    search = make_search(
        {"tidewrack": {"posting": "Porter wanted\n", "plan": {"format": 1, "interview": "2026-12-03"}}}
    )
    assert {item.name for item in appointments(opened(search), EARLY)} == {"mock", "interview"}


@pytest.mark.parametrize(
    "text", [*PAYLOADS, "a\r\nEND:VEVENT\r\nBEGIN:VALARM", "x; y, z: \\n", "x" * 3_000, "工" * 200]
)
def test_no_line_can_be_added(example: Application, text: str) -> None:
    """A title ends no event, whatever stands in it."""
    application = replace(example, posting=replace(example.posting, title=text, company=text))
    data = schedule_ics(application, date(2026, 12, 1))
    assert data
    (calendar,) = Calendar.from_ical(data, multiple=True)
    events = calendar.walk("VEVENT")
    assert len(events) == len(appointments(application, date(2026, 12, 1)))
    assert not calendar.walk("VALARM")
    assert {name for event in events for name in event} <= {
        "SUMMARY", "DTSTART", "DURATION", "DTSTAMP", "UID", "DESCRIPTION",
    }  # fmt: skip
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


def test_hostile_applications_make_a_calendar(tmp_path: Path) -> None:
    """Every payload in every place."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names[:1]:
        application = with_interview(opened(search, name), "2026-12-03 14:00")
        data = schedule_ics(application, EARLY)
        assert data
        assert len(Calendar.from_ical(data).walk("VEVENT")) == len(appointments(application, EARLY))
