"""Debriefs as a piece of a page: what was meant against what was heard, and what it says of the odds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from pathlib import Path

from prepkit.application import Application
from prepkit.case import LONGEST_SECONDS, SHORTEST_SECONDS
from prepkit.debrief import Debrief, Heard, Mark, debriefs_path, load_debriefs
from prepkit.interview import Assumptions, percent
from prepkit.page import Fragment, render
from prepkit.recall import PRIOR_TELLINGS, chances, intended_against_heard, recall, tellings

__all__ = ["debrief", "seconds_in_words"]

_SIGNS = {Heard.HEARD: "●", Heard.PARTLY: "◐", Heard.NOT_HEARD: "○"}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def debrief(application: Application, debriefs: Path | str = "", prior: Assumptions | None = None) -> Fragment:
    """Return all that debriefs say of one application; without one, how to come by them.

    Args:
        application: Its themes are what was meant, and its settled ratings say which answer tells which.
        debriefs: The file; empty means ``debriefs.yaml`` beside the plan.
        prior: What is assumed of tellings before any debrief; :class:`prepkit.interview.Assumptions` when left out.

    Raises:
        InputError: when the file has a fault; the message names all of them.
    """
    kept = load_debriefs(debriefs_path(application.plan_path, debriefs))
    names = application.theme_names
    matrix = intended_against_heard(kept, names)
    known = {story.id for story in application.stories}
    ratings = application.coverage.settled
    html = render(
        "debrief.html.j2",
        percent=percent,
        app=application,
        debriefs=kept,
        recall=recall(kept, names),
        former=[what for kind, what in matrix.index if kind == "former theme"],
        unexpected=_unexpected(kept, [what for kind, what in matrix.index if kind == "unexpected"]),
        chances=chances(kept, ratings, prior),
        tellings=tellings(kept, ratings),
        strangers=sorted({asked.story for it in kept for asked in it.asked if asked.story} - known),
        weight=PRIOR_TELLINGS,
        mark=_mark,
        seconds=seconds_in_words,
    )
    words = re.sub(r"<[^>]+>", " ", html)
    return Fragment(html, " ".join(unescape(words).split()))


def seconds_in_words(seconds: int) -> str:
    """Return how long an answer took against the 20 to 30 seconds that there are.

    >>> seconds_in_words(27)
    '27 seconds, within the 20 to 30 there are'
    >>> seconds_in_words(41), seconds_in_words(1)
    ('41 seconds, 11 more than the 30 there are', '1 second, 19 short of the 20 there are at least')
    """
    said = f"{seconds} second{'' if seconds == 1 else 's'}"
    low, high = int(SHORTEST_SECONDS), int(LONGEST_SECONDS)
    if seconds > high:
        return f"{said}, {seconds - high} more than the {high} there are"
    if seconds < low:
        return f"{said}, {low - seconds} short of the {low} there are at least"
    return f"{said}, within the {low} to {high} there are"


def _mark(mark: Mark | None) -> str:
    """Return a mark as a sign and words, so that neither colour nor sign stands alone."""
    if mark is None:
        return "– not asked about"
    place = mark.place or 0
    ending = "th" if place in (11, 12, 13) else _ENDINGS.get(place % 10, "th")
    return f"{_SIGNS[mark.heard]} {mark.heard.value}" + (f", {place}{ending}" if place else "")


def _unexpected(debriefs: Sequence[Debrief], things: Sequence[str]) -> list[tuple[str, list[Debrief]]]:
    """Return what was heard but not meant, each thing with those who heard it."""
    said = [(debrief, {thing.casefold() for thing in debrief.unexpected}) for debrief in debriefs]
    return [(thing, [debrief for debrief, heard in said if thing.casefold() in heard]) for thing in things]
