"""The portfolio as pieces of a page: who needs what first, all applications, stories across them, what was heard.

Everything is cut to what a page can hold, and each cut says how much is left out; the table of applications is whole.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from typing import Any

import pandas as pd
from markupsafe import Markup

from prepkit.outcomes import by_month, recall_by_category, success
from prepkit.plan import Category
from prepkit.portfolio import Candidate, Portfolio, applications, category_gaps, pending_interviews, steps
from prepkit.resources import template
from prepkit.show import Fragment, render
from prepkit.standing import Standing
from prepkit.storyuse import FEWEST_CARRIED, OVERUSED, WORN, best_ratings, new_story, story_use

__all__ = ["board", "heard", "new_stories", "overview", "portfolio_style", "stories"]

MOST_INTERVIEWS = 5
"""Interviews that are named on the first screen; the table has the others."""

MOST_CANDIDATES, MOST_STORIES, MOST_COLUMNS = 100, 20, 12
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
    html = render(f"{name}.html.j2", **values)
    words = re.sub(r"<[^>]+>", " ", html.split("</style>")[-1][: 10 * LONGEST_TEXT])
    text = " ".join(unescape(words).split())
    return Fragment(html, text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …")


def overview(portfolio: Portfolio) -> Fragment:
    """How many there are, what is missing, the interviews to prepare or to debrief, and how far the steps are."""
    candidates, standings = portfolio.candidates, portfolio.standings
    pending = pending_interviews(portfolio)
    return _fragment(
        "portfolio_overview",
        candidates=candidates,
        many=len(candidates) > 1,
        size=portfolio.size,
        known=len(standings),
        ready=portfolio.ready,
        unchosen=sum(not standing.chosen for standing in standings),
        broken=[it for it in candidates if it.problem],
        missing=[it for it in candidates if it.missing],
        gone=sum(len(it.missing) for it in candidates),
        idle=[it for it in candidates if not (it.problem or it.missing or it.standings)],
        interviews=list(pending[:MOST_INTERVIEWS].itertuples()),
        more=max(0, len(pending) - MOST_INTERVIEWS),
        steps=list(steps(portfolio).itertuples(name=None)),
        example=portfolio.is_example,
        extra=Markup(portfolio_style()),  # noqa: S704 - our own file
    )


def board(portfolio: Portfolio) -> Fragment:
    """All applications as a table, least ready first."""
    rows = list(applications(portfolio).itertuples())
    return _fragment("portfolio_table", rows=rows, many=len(portfolio.candidates) > 1)


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
    return _fragment("portfolio_new", rows=rows, many=len(portfolio.candidates) > 1)


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
        unfolded=len(tables) <= UNFOLDED,
        overused=OVERUSED,
        fewest=FEWEST_CARRIED,
        worn=WORN,
    )


def _heat(candidate: Candidate, use: pd.DataFrame) -> dict[str, Any]:
    """Return the matrix of one candidate: busiest stories first, applications least ready first."""
    standings = sorted(candidate.standings, key=lambda it: (it.done, it.role, it.name))
    ratings, settled = best_ratings(standings[:MOST_COLUMNS])
    order = use.sort_values(["themes", "told"], ascending=False, kind="stable")
    # what has a mark comes into view even where rows are left out
    marked = order[["overused", "worn"]].any(axis=1)
    shown = order[marked | ~marked & (~marked).cumsum().le(MOST_STORIES - int(marked.sum()))][:MOST_STORIES]
    places = ratings.index.get_indexer(shown.index)
    cells = zip(ratings.to_numpy()[places], settled.to_numpy()[places], strict=True)
    left = order.drop(index=shown.index)
    carrying = int((left["themes"] > 0).sum())
    return {
        "name": candidate.name,
        "total": len(use),
        "applications": len(standings),
        "columns": [_column(standing) for standing in standings[:MOST_COLUMNS]],
        "more_columns": max(0, len(standings) - MOST_COLUMNS),
        "rows": [
            {
                "title": row.title,
                "marks": [word for word, is_so in _marks(row) if is_so],
                "said": _said(row),
                "cells": list(zip(map(int, rated), map(bool, sure), strict=True)),
            }
            for row, (rated, sure) in zip(shown.itertuples(), cells, strict=True)
        ],
        "more_rows": len(left),
        "more_said": f"{carrying} of which {'carry' if carrying != 1 else 'carries'} a theme" if len(left) else "",
        "marks": [f"{int(use[name].sum())} {word}" for name, word in _WORDS.items() if use[name].any()],
    }


_WORDS = {"overused": "overused", "worn": "worn", "idle": "idle", "unwritten": "only a title"}


def _marks(row: Any) -> list[tuple[str, bool]]:
    return [(word, bool(getattr(row, name))) for name, word in _WORDS.items()]


def _said(row: Any) -> str:
    parts = []
    if row.overused:
        parts.append(f"carries {row.themes} themes")
        if row.leaning:
            parts.append(f"{row.leaning} of them {'lean' if row.leaning != 1 else 'leans'} on it")
    if row.told:
        parts.append("told once" if row.told == 1 else f"told {row.told} times")
    return ", ".join(parts)


def _column(standing: Standing) -> str:
    return ", ".join(filter(None, (standing.role, standing.company)))


def heard(portfolio: Portfolio) -> Fragment:
    """How often themes of each category were heard, and what came of mocks and interviews, month by month."""
    standings = portfolio.standings
    months = by_month(standings)
    return _fragment(
        "portfolio_heard",
        recall=[(name, row) for name, row in recall_by_category(standings).iterrows()],
        months=[(name, row) for name, row in months[-MOST_MONTHS:].iterrows()],
        earlier=max(0, len(months) - MOST_MONTHS),
        success=success(months),
        people=_people(portfolio),
    )


def _people(portfolio: Portfolio) -> list[tuple[str, dict[str, Any]]]:
    """Return outcomes and recall of each candidate with a debrief, least heard first, those without marks last."""
    if len(portfolio.candidates) < 2:
        return []
    rows: list[tuple[str, dict[str, Any]]] = []
    for candidate in portfolio.candidates:
        if any(standing.debriefs for standing in candidate.standings):
            counts = by_month(candidate.standings)[["mocks", "interviews", "offer", "next_round", "no"]].sum()
            marks = recall_by_category(candidate.standings).iloc[-1]
            rows.append((candidate.name, {**dict(counts), **dict(marks)}))
    return sorted(rows, key=lambda it: (not it[1]["n"], it[1]["rate"], it[0]))
