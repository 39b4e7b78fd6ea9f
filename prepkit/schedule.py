"""The days before the interview as a calendar: when to rehearse what, and the interview itself.

Times have no time zone: 18:00 is six in the evening wherever the candidate is.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from prepkit.application import Application
from prepkit.files import without_controls
from prepkit.text import slug

__all__ = ["Appointment", "appointments", "interview_moment", "schedule_ics"]

EVENING = time(18, 0)
"""When rehearsing begins."""

STORY_MINUTES, MOCK_MINUTES, BRIEF_MINUTES, INTERVIEW_MINUTES = 15, 45, 10, 60
"""How long a story, a mock interview, the brief and the interview take; the last is what a calendar shows, a guess."""

MOST_A_DAY = 3
"""Stories a day; more than three quarters of an hour nobody rehearses well."""

GAPS = (0, 3, 8)
"""Days by which the last, the second and the first rehearsal of a story lie before its last: further apart is kept
longer, and what is rehearsed three times with days between is kept better than three times in a row."""

MOCK_BEFORE = 2
"""Days before the interview on which the mock interview is."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something in the calendar.

    Attributes:
        name: What stays the same when it is moved, such as ``story-rota-2``.
        title: One line.
        begin: A day, or a day with its hour in local time.
        minutes: How long; 0 for the whole day.
        about: What to do, in a few sentences.
    """

    name: str
    title: str
    begin: date | datetime
    minutes: int
    about: str


def interview_moment(day: str) -> date | datetime | None:
    """Return the day of the interview, with its hour where it is known, from a plan's ``interview``; None when empty.

    >>> interview_moment("2026-12-03 14:00"), interview_moment("2026-12-03"), interview_moment("")
    (datetime.datetime(2026, 12, 3, 14, 0), datetime.date(2026, 12, 3), None)
    """
    if not day:
        return None
    return datetime.fromisoformat(day) if " " in day else date.fromisoformat(day)


def appointments(application: Application, today: date) -> tuple[Appointment, ...]:
    """Return what goes into the calendar, in order of time; nothing without a day of interview, or when it is over.

    Args:
        application: Its rehearsal set is rehearsed, the stories that the odds hang on most nearest to the interview.
        today: Nothing is put before this day.

    Each story is rehearsed three times where there are evenings enough, at most :data:`MOST_A_DAY` stories an evening;
    where there are not, each is rehearsed once before any is twice. The evening two days before belongs to a mock
    interview, and the ten minutes before the interview to the brief.
    """
    moment = interview_moment(application.plan.interview)
    if moment is None:
        return ()
    day = _day(moment)
    found = [*_rehearsals(application, day, today), *_mock(day, today), *_meeting(application, moment, today)]
    return tuple(sorted(found, key=lambda item: (_start(item.begin), item.name)))


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _start(moment: date | datetime) -> datetime:
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def _rehearsals(application: Application, day: date, today: date) -> Iterator[Appointment]:
    loss = application.odds.losses
    stories = sorted(application.rehearsal, key=lambda story: -float(loss.get(story.id, 0.0)))
    evenings = _evenings([story.id for story in stories], day, today)
    place: dict[date, int] = defaultdict(int)
    for evening, name, time_number, times in evenings:
        story = application.stories[name]
        begin = datetime.combine(evening, EVENING) + timedelta(minutes=STORY_MINUTES * place[evening])
        place[evening] += 1
        themes = [theme for theme in application.themes if application.coverage.ratings.at[name, theme.id]]
        told = "; ".join(
            f"theme {application.number[theme.id]}, {application.theme_names[theme.id]}" for theme in themes
        )
        about = f"Time {time_number} of {times}. Tell it aloud, the theme first and back to the role at the end."
        about += f" It carries {told}." if told else ""
        yield Appointment(f"story-{name}-{time_number}", f"Rehearse: {story.title}", begin, STORY_MINUTES, about)


def _evenings(stories: Sequence[str], day: date, today: date) -> list[tuple[date, str, int, int]]:
    """Return evening, story, which time and of how many, in order of time; the first stories are nearest to `day`."""
    free = {
        day - timedelta(days=before): MOST_A_DAY for before in range(1, (day - today).days + 1) if before != MOCK_BEFORE
    }
    held: dict[str, list[date]] = {story: [] for story in stories}
    for gap in GAPS:
        for story in stories:
            last = held[story][0] if held[story] else day
            wanted = last - timedelta(days=gap)
            open_ = [
                evening for evening, room in free.items() if room and evening not in held[story] and evening <= last
            ]
            if open_:
                best = min(open_, key=lambda evening: (abs((evening - wanted).days), evening))
                free[best] -= 1
                held[story].append(best)
    return sorted(
        (evening, story, number, len(evenings))
        for story, evenings in held.items()
        for number, evening in enumerate(sorted(evenings), 1)
    )


def _mock(day: date, today: date) -> Iterator[Appointment]:
    evening = day - timedelta(days=MOCK_BEFORE)
    if evening >= today:
        about = "Six questions, asked by somebody who does not know the plan. Then let them say what they think of you."
        yield Appointment("mock", "Mock interview", datetime.combine(evening, EVENING), MOCK_MINUTES, about)


def _meeting(application: Application, moment: date | datetime, today: date) -> Iterator[Appointment]:
    if _day(moment) < today:
        return
    role = ", ".join(filter(None, (application.role, application.posting.company)))
    has_hour = isinstance(moment, datetime)
    said = "An hour is assumed; put in how long it takes." if has_hour else "Put in the hour, and where it is."
    yield Appointment("interview", f"Interview: {role}", moment, INTERVIEW_MINUTES if has_hour else 0, said)
    if isinstance(moment, datetime) and (before := moment - timedelta(minutes=BRIEF_MINUTES)).date() >= today:
        yield Appointment("brief", f"Read the brief: {role}", before, BRIEF_MINUTES, "One page, 90 seconds: brief.pdf.")


def schedule_ics(application: Application, today: date) -> bytes | None:
    """Return the calendar as a file that any calendar program takes; None when there is nothing to put in it.

    Args:
        application: Its plan says when the interview is.
        today: Nothing is put before this day.

    Names of events stay the same, so that a later file moves them in place of doubling them. The same plan on the same
    day gives the same bytes: the stamp of each event is the day of the interview.
    """
    from icalendar import Calendar, Event  # a third of a second to load

    found = appointments(application, today)
    moment = interview_moment(application.plan.interview)
    if not found or moment is None:
        return None
    calendar = Calendar()
    calendar.add("prodid", "-//prepkit//interview//EN")
    calendar.add("version", "2.0")
    whose = slug(f"{application.posting.company} {application.role}")
    for item in found:
        event = Event()
        event.add("uid", f"{hashlib.sha256(f'{whose} {item.name}'.encode()).hexdigest()[:24]}@prepkit")
        event.add("dtstamp", datetime.combine(_day(moment), time(), UTC))
        event.add("dtstart", item.begin)
        if item.minutes:
            event.add("duration", timedelta(minutes=item.minutes))
        event.add("summary", _one_line(item.title))
        event.add("description", _one_line(item.about))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _one_line(text: str) -> str:
    return " ".join(without_controls(text).split())
