"""The portfolio as pieces of a page: who needs what first, all applications, stories across them, what was heard.

Everything is cut to what a page can hold, and each cut says how much is left out; the table of applications is whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from typing import Any

import pandas as pd
from markupsafe import Markup

from prepkit.interview import percent
from prepkit.outcomes import by_month, recall_by_category, success, tally
from prepkit.page import Fragment, render
from prepkit.plan import Category
from prepkit.portfolio import Candidate, Portfolio, applications, category_gaps, pending_interviews, steps
from prepkit.resources import template
from prepkit.standing import Standing
from prepkit.storyuse import FEWEST_CARRIED, OVERUSED, WORN, best_ratings, new_story, story_use

__all__ = ["board", "heard", "new_stories", "overview", "portfolio_style", "stories"]

MOST_INTERVIEWS = 5
"""Interviews that are named on the first screen; the table has the others."""

FEW_MISSING = 5
"""Applications without a report that are told with their reason; the others are named, and the table has the reason."""

FEW_ROWS = 30
"""Rows up to which a table stands on the page in full length; a longer one is scrolled in itself."""

MOST_ROWS = 2_000
"""Rows of a table that are shown; a report takes 3 million characters of one output at most."""

MOST_CANDIDATES, MOST_STORIES, MOST_COLUMNS = 100, 20, 10
"""Candidates whose stories are shown, and the rows and columns of each; together they keep the page below 3 MB."""

UNFOLDED = 3
"""Candidates up to which their stories are shown unfolded."""

MOST_MONTHS = 12
"""Months that are shown; a search takes some months."""

LONGEST_TEXT = 2_000
"""Characters of the plain words of a piece, for displays that show no HTML; the table of a thousand is no reading."""


@cache
def portfolio_style() -> str:
    """Return what the tables of the portfolio add to the stylesheet of every page."""
    return (template("page") / "portfolio.css").read_text(encoding="utf-8")


def _fragment(name: str, **values: Any) -> Fragment:
    html = render(f"{name}.html.j2", percent=percent, **values)
    words = re.sub(r"<[^>]+>", " ", html.split("</style>")[-1][: 10 * LONGEST_TEXT])
    text = " ".join(unescape(words).split())
    return Fragment(html, text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …")


def overview(portfolio: Portfolio, today: str = "") -> Fragment:
    """How many there are, what is missing, the interviews to prepare or to debrief, and how far the steps are.

    Args:
        portfolio: What is shown.
        today: The day that tells interviews to debrief from those to prepare, as 2026-11-23; empty: all together.
    """
    candidates, standings = portfolio.candidates, portfolio.standings
    pending = pending_interviews(portfolio)
    past = pending[pending["interview"] < today][::-1]  # no day is before an empty one; the last is remembered best
    coming = pending[pending["interview"] >= today]
    return _fragment(
        "portfolio_overview",
        candidates=candidates,
        many=len(candidates) > 1,
        size=portfolio.size,
        known=len(standings),
        ready=portfolio.ready,
        notes=list(_notes(portfolio)),
        broken=[it for it in candidates if it.problem],
        missing=[(it.name, gone) for it in candidates for gone in it.missing],
        few=FEW_MISSING,
        idle=[it for it in candidates if not (it.problem or it.missing or it.standings)],
        today=today,
        most=MOST_INTERVIEWS,
        interviews=[
            (rows[:MOST_INTERVIEWS].itertuples(), len(rows), said)
            for rows, said in ((coming, "coming"), (past, "past"))
            if said == "coming" or len(rows)
        ],
        steps=list(steps(portfolio).itertuples(name=None)),
        example=portfolio.is_example,
        extra=Markup(portfolio_style()),  # noqa: S704 - our own file
    )


def _notes(portfolio: Portfolio) -> Iterator[str]:
    """Yield in a few words what the figures leave out or rest on."""
    counts = {
        "with themes only suggested": sum(not standing.chosen for standing in portfolio.standings),
        "without a report": sum(len(candidate.missing) for candidate in portfolio.candidates),
    }
    for said, count in counts.items():
        if count:
            yield f"{count:,} {said}"
    if unread := sum(bool(candidate.problem) for candidate in portfolio.candidates):
        yield f"{unread:,} candidate{'s' * (unread != 1)} that cannot be read"


def board(portfolio: Portfolio) -> Fragment:
    """All applications as a table, least ready first."""
    frame = applications(portfolio)
    rows, more = list(frame[:MOST_ROWS].itertuples()), max(0, len(frame) - MOST_ROWS)
    return _fragment("portfolio_table", rows=rows, more=more, many=len(portfolio.candidates) > 1, few=FEW_ROWS)


def new_stories(portfolio: Portfolio) -> Fragment:
    """The one new story that would do most for each candidate, with the gaps by category, most gaps first."""
    lacking = category_gaps(portfolio)
    rows: list[dict[str, Any]] = [
        {
            "name": candidate.name,
            "story": new_story(candidate.standings),
            "lacks": {it.value: (int(row[it.value]), int(row[f"{it.value}_of"])) for it in Category},
        }
        for candidate, (_, row) in zip(portfolio.candidates, lacking.iterrows(), strict=True)
        if any(standing.chosen for standing in candidate.standings)
    ]
    rows.sort(key=lambda row: -sum(count for count, _ in row["lacks"].values()))
    return _fragment(
        "portfolio_new",
        rows=rows[:MOST_ROWS],
        more=max(0, len(rows) - MOST_ROWS),
        many=len(portfolio.candidates) > 1,
        known=bool(portfolio.standings),
        few=FEW_ROWS,
    )


def stories(portfolio: Portfolio) -> Fragment:
    """Stories by applications for each candidate, with those that are idle, overused or worn; most of them first."""
    known = [candidate for candidate in portfolio.candidates if candidate.standings]
    tables = [(candidate, story_use(candidate.standings)) for candidate in known]
    tables = [(candidate, use) for candidate, use in tables if len(use)]
    if len(tables) > MOST_CANDIDATES:
        tables.sort(key=lambda it: -int(it[1][["idle", "overused", "worn"]].to_numpy().sum()))
    return _fragment(
        "portfolio_stories",
        shown=[_heat(candidate, use) for candidate, use in tables[:MOST_CANDIDATES]],
        more=max(0, len(tables) - MOST_CANDIDATES),
        known=bool(known),
        unfolded=len(tables) <= UNFOLDED,
        overused=OVERUSED,
        fewest=FEWEST_CARRIED,
        worn=WORN,
    )


def _heat(candidate: Candidate, use: pd.DataFrame) -> dict[str, Any]:
    """Return the matrix of one candidate: busiest stories first, applications least ready first."""
    standings = sorted(candidate.standings, key=lambda it: (it.done, it.role, it.name))
    ratings, settled = best_ratings(standings[:MOST_COLUMNS])
    # records, as rows of a hundred small frames take longer to look at than to make
    rows = sorted(use.reset_index().to_dict("records"), key=lambda row: (-row["themes"], -row["told"]))
    # what is overused or worn comes into view even where rows are left out
    first = [row for row in rows if row["overused"] or row["worn"]]
    kept = (first + [row for row in rows if row not in first])[:MOST_STORIES]
    shown = [row for row in rows if row in kept]
    left = [row for row in rows if row not in kept]
    places = ratings.index.get_indexer(pd.Index([row["story"] for row in shown], dtype=object))
    cells = zip(ratings.to_numpy()[places].tolist(), settled.to_numpy()[places].tolist(), strict=True)
    carrying = sum(row["themes"] > 0 for row in left)
    return {
        "name": candidate.name,
        "total": len(use),
        "applications": len(standings),
        "columns": [_column(standing) for standing in standings[:MOST_COLUMNS]],
        "more_columns": max(0, len(standings) - MOST_COLUMNS),
        "rows": [
            {
                "title": row["title"],
                "marks": [word for name, word in _WORDS.items() if row[name]],
                "said": _said(row["themes"] if row["overused"] else 0, row["leaning"], row["told"]),
                "cells": list(zip(rated, sure, strict=True)),
            }
            for row, (rated, sure) in zip(shown, cells, strict=True)
        ],
        "more_rows": len(left),
        "more_said": f"{carrying} of which {'carry' if carrying != 1 else 'carries'} a theme",
        "marks": [f"{count} {word}" for name, word in _WORDS.items() if (count := sum(row[name] for row in rows))],
    }


_WORDS = {"overused": "overused", "worn": "worn", "idle": "idle", "unwritten": "only a title"}


def _said(themes: int, leaning: int, told: int) -> str:
    parts = []
    if themes:
        parts.append(f"carries {themes} themes")
        if leaning:
            parts.append(f"{leaning} of them {'lean' if leaning != 1 else 'leans'} on it")
    if told:
        parts.append({1: "told once", 2: "told twice"}.get(told, f"told {told} times"))
    return ", ".join(parts)


def _column(standing: Standing) -> str:
    return ", ".join(filter(None, (standing.role, standing.company)))


def heard(portfolio: Portfolio) -> Fragment:
    """How often themes of each category were heard, and what came of mocks and interviews, month by month."""
    standings, people = portfolio.standings, _people(portfolio)
    months = by_month(standings)
    return _fragment(
        "portfolio_heard",
        recall=[(name, row) for name, row in recall_by_category(standings).iterrows()],
        months=[(name, row) for name, row in months[-MOST_MONTHS:].iterrows()],
        earlier=max(0, len(months) - MOST_MONTHS),
        success=success(tally(standings)),
        people=people[:MOST_ROWS],
        more=max(0, len(people) - MOST_ROWS),
        known=bool(standings),
        few=FEW_ROWS,
    )


def _people(portfolio: Portfolio) -> list[tuple[str, dict[Any, Any]]]:
    """Return outcomes and recall of each candidate with a debrief, least heard first, those without marks last."""
    if len(portfolio.candidates) < 2:
        return []
    rows: list[tuple[str, dict[Any, Any]]] = []
    for candidate in portfolio.candidates:
        if any(standing.debriefs for standing in candidate.standings):
            marks = recall_by_category(candidate.standings).to_dict("records")[-1]
            rows.append((candidate.name, {**tally(candidate.standings), **marks}))
    return sorted(rows, key=lambda it: (not it[1]["n"], it[1]["rate"], it[0]))
