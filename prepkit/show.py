"""Records in, pieces of a page out: what the workbook displays and the report keeps.

Text from outside goes through the templates of :mod:`prepkit.page`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from html import unescape
from typing import Any

from prepkit.application import Application
from prepkit.headings import Section
from prepkit.interview import percent
from prepkit.oddsplots import describe_case, describe_delivery, plot_case, plot_delivery
from prepkit.page import Fragment, environment, render
from prepkit.plan import Category
from prepkit.plots import Picture, describe_coverage, describe_strength, picture, plot_coverage, plot_strength
from prepkit.questions import language_note
from prepkit.sections import Kind

__all__ = [
    "answer",
    "case",
    "case_picture",
    "coverage",
    "coverage_picture",
    "gaps",
    "next_steps",
    "notes",
    "odds",
    "odds_picture",
    "overview",
    "posting",
    "questions",
    "rehearsal",
    "stories",
    "strength_picture",
    "themes",
]

MOST_LISTED = 8
"""Stories named under a theme; the matrix shows all of them."""

environment().globals.update(
    percent=percent, Category=Category, Section=Section, Kind=Kind, MOST_LISTED=MOST_LISTED
)  # fmt: skip


def _fragment(name: str, application: Application, **values: Any) -> Fragment:
    html = render(f"{name}.html.j2", app=application, **values)
    words = re.sub(r"<[^>]+>", " ", html.split("</style>")[-1])
    return Fragment(html, " ".join(unescape(words).split()))


def overview(application: Application) -> Fragment:
    """Who, which role, the themes, how ready, and what to do next."""
    return _fragment("overview", application)


def posting(application: Application) -> Fragment:
    """How the posting was read: level with reasons, every line in its section, cited lines marked."""
    cited: dict[str, list[int]] = {}
    for number, theme in enumerate(application.themes, 1):
        for ref in theme.evidence:
            if line := application.posting.line(ref):
                cited.setdefault(line.ref, []).append(number)
    return _fragment("posting", application, cited=cited)


def notes(application: Application) -> Fragment:
    """What people who know the employer have told, and what it shows."""
    return _fragment("notes", application)


def themes(application: Application) -> Fragment:
    """Each theme with its twist, its evidence and its stories; or, when none is chosen, the suggestions."""
    return _fragment("themes", application)


def coverage(application: Application) -> Fragment:
    """The coverage matrix as a table, for reading aloud, for small screens and for copying."""
    return _fragment("coverage", application)


def coverage_picture(application: Application) -> Picture:
    """The coverage matrix as a picture."""
    matrix = application.coverage
    titles = {story.id: story.title for story in application.stories}
    names = dict(application.theme_names)
    axes = plot_coverage(matrix.ratings, matrix.decided, stories=titles, themes=names)
    return picture(axes, describe_coverage(matrix.ratings, matrix.decided, stories=titles, themes=names))


def strength_picture(application: Application) -> Picture:
    """How many stories stand behind each theme, as bars."""
    matrix, names = application.coverage, dict(application.theme_names)
    axes = plot_strength(matrix.ratings, matrix.decided, themes=names)
    return picture(axes, describe_strength(matrix.ratings, matrix.decided, themes=names))


def gaps(application: Application) -> Fragment:
    """Themes without enough stories, and stories that are idle or leant on twice."""
    return _fragment("gaps", application)


def questions(application: Application) -> Fragment:
    """The likeliest questions, each with the story to tell, the theme it carries, and what to say."""
    return _fragment("questions", application)


def answer(application: Application, question: str, told: Collection[str] = ()) -> Fragment:
    """How to answer one question, in any words; `told` are the ids of themes told before."""
    asked = application.asked(question)
    found = application.answers(asked, told)
    return _fragment("answer", application, question=asked, found=found, note=language_note(question))


def odds(application: Application) -> Fragment:
    """The delivery odds with what would raise them, what they hang on, what defeats them and what they rest on."""
    return _fragment("odds", application)


def odds_picture(application: Application) -> Picture:
    """The chance that each theme is told, question by question."""
    found, names = application.odds, dict(application.theme_names)
    axes = plot_delivery(found.by_question, found.together, themes=names)
    return picture(axes, describe_delivery(found.by_question, found.together, themes=names))


def case(application: Application) -> Fragment:
    """The advocate's case in words, with its seconds and what to do about them."""
    return _fragment("case", application)


def case_picture(application: Application) -> Picture:
    """The seconds of the advocate's case, theme by theme, against the 20 to 30 there are."""
    parts, names = application.case.by_part, dict(application.theme_names)
    return picture(plot_case(parts, themes=names), describe_case(parts, themes=names))


def rehearsal(application: Application) -> Fragment:
    """A few stories with nearly the odds of all, told in full, with the themes that each carries."""
    return _fragment("rehearsal", application)


def stories(application: Application) -> Fragment:
    """The story inventory with what is missing from each story."""
    return _fragment("stories", application)


def next_steps(application: Application) -> Fragment:
    """All findings, gaps first, each with what to do; and what was assumed when the files were read."""
    return _fragment("next_steps", application)
