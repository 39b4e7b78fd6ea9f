"""The portfolio: all applications of one candidate, or of many for a coach, from the small records of their reports.

Nothing is rated or simulated here. An application without a record is counted and named with the reason, so that
nobody takes a part for the whole. Frames are meant for a thousand applications and more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from prepkit.clients import said_of
from prepkit.debrief import Occasion
from prepkit.errors import PrepkitError
from prepkit.files import inside
from prepkit.manifest import Manifest
from prepkit.plan import Category
from prepkit.resources import template
from prepkit.search import Search, read_search, search_folders
from prepkit.standing import FILE, Standing, read_standing

__all__ = [
    "Candidate", "Missing", "Portfolio", "applications", "category_gaps", "pending_interviews", "portfolio_of",
    "read_portfolio", "steps",
]  # fmt: skip

NO_REPORT = "There is no report yet. “prepkit report” makes one."
NO_RECORD = "The report was made before there were portfolios. Run “prepkit report” again."
LINK = "This is a link to a folder elsewhere, which is not looked at. Files of a portfolio stay inside its folder."


@dataclass(frozen=True, slots=True)
class Missing:
    """An application of which nobody knows where it stands.

    Attributes:
        name: Name of its folder.
        reason: Why, one or two sentences.
        has_page: Whether there is a page in the place of its report, which may say more.
    """

    name: str
    reason: str
    has_page: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate with all applications.

    Attributes:
        name: As in the settings of the search, or the name of its folder; in a portfolio no two are alike.
        folder: The search, relative to the folder of the portfolio; empty when it is that folder.
        standings: Of the applications that have a record, by the names of their folders.
        missing: The other applications.
        problem: Why nothing can be read of this candidate, one line; empty when something can.
    """

    name: str
    folder: str = ""
    standings: tuple[Standing, ...] = ()
    missing: tuple[Missing, ...] = ()
    problem: str = ""

    def address(self, application: str) -> str:
        """Return where the report of an application is, from a folder right inside that of the portfolio."""
        place = [quote(part, safe="") for part in (*self.folder.split("/"), "reports", application) if part]
        return "/".join(["..", *place, "report.html"])


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All candidates of a folder.

    Attributes:
        candidates: By the names of their folders.
        is_example: True for the shipped example, which nobody has chosen.
    """

    candidates: tuple[Candidate, ...] = ()
    is_example: bool = False

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Every record, candidate by candidate."""
        return tuple(standing for candidate in self.candidates for standing in candidate.standings)

    @property
    def size(self) -> int:
        """How many applications there are, with a record or without."""
        return sum(len(candidate.standings) + len(candidate.missing) for candidate in self.candidates)

    @property
    def ready(self) -> int:
        """How many applications have all steps done."""
        return sum(standing.done == len(standing.steps) for standing in self.standings)


def portfolio_of(standings: Iterable[Standing]) -> Portfolio:
    """Return a portfolio of records alone, grouped by the name of the candidate, in the order given."""
    found: dict[str, list[Standing]] = {}
    for standing in standings:
        found.setdefault(standing.candidate, []).append(standing)
    named = (Candidate(name or "Not named", standings=tuple(theirs)) for name, theirs in found.items())
    return Portfolio(tuple(_told_apart(named)))


def read_portfolio(folder: Path | str = "") -> Portfolio:
    """Read the records of all applications of a search, or of the searches right inside a folder.

    Args:
        folder: A search or a folder of searches; empty means the shipped example.

    A search that cannot be read, or that is a link out of the folder, is a candidate with a problem; an application
    without a record that can be read is missing. A thousand records take less than a second.

    Raises:
        InputError: when there is no such folder, or it may not be read.
    """
    top = Path(folder) if folder else template("example")
    candidates = (_candidate(top, path) for path in search_folders(top))
    return Portfolio(tuple(_told_apart(candidates)), is_example=not folder)


def _candidate(top: Path, path: Path) -> Candidate:
    place = path.relative_to(top)
    folder = "" if place == Path() else place.as_posix()
    known_as = place.name or path.resolve().name
    try:
        inside(top, place)
    except PrepkitError:
        return Candidate(known_as, folder, problem=LINK)
    try:
        search = read_search(path)
    except PrepkitError as error:
        return Candidate(known_as, folder, problem=said_of(error, path))
    standings, missing = [], []
    for name in search.names:
        found = _look_up(search, name)
        if isinstance(found, Missing):
            missing.append(found)
        else:
            standings.append(found if found.name == name else found.model_copy(update={"name": name}))
    return Candidate(search.settings.candidate or known_as, folder, tuple(standings), tuple(missing))


def _look_up(search: Search, name: str) -> Standing | Missing:
    place = Path("reports") / name
    record, page = search.path / place / FILE, search.path / place / "report.html"
    try:
        inside(search.path, place / FILE)
        if record.exists():
            return read_standing(record)
        made = Manifest.read(record.parent)
        return Missing(name, _reason(made, page.is_file()), page.is_file())
    except (PrepkitError, OSError) as error:
        said = said_of(error, search.path) if isinstance(error, PrepkitError) else str(error.strerror)
        return Missing(name, said)


def _reason(made: Manifest | None, has_page: bool) -> str:
    if made and made.error:
        lines = [line.strip() for line in made.error.splitlines() if line.strip()]
        return lines[0] if len(lines) == 1 else " ".join(lines[:2]).replace(" - ", ": ", 1)
    return NO_RECORD if has_page else NO_REPORT


def _told_apart(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the candidates, those of one name with their folder or a number behind it."""
    seen: set[str] = set()
    for candidate in candidates:
        name = candidate.name if candidate.name not in seen else f"{candidate.name} ({candidate.folder})"
        number = 2
        while name in seen:
            name, number = f"{candidate.name} ({number})", number + 1
        seen.add(name)
        yield candidate if name == candidate.name else replace(candidate, name=name)


def applications(portfolio: Portfolio) -> pd.DataFrame:
    """Return all applications, least ready first, then the earliest interview, then by candidate and role.

    Returns:
        A frame with index ``application`` from 1 and the columns ``candidate``, ``name`` (folder), ``role``,
        ``company``, ``level``, ``chosen`` (bool), ``interview`` (``YYYY-MM-DD`` or empty), ``done`` and ``steps``
        (int), ``odds``, ``low`` and ``high`` (chance that all themes are told, floats 0 to 1, NaN where nobody has
        chosen themes), ``open`` (ratings only suggested, int), ``gaps`` (categories of the themes that fewer than two
        stories carry, as a tuple in the plan's order, empty where nobody has chosen themes), ``next``, ``why``,
        ``address`` (of the report, see :meth:`Candidate.address`, empty where there is none) and ``problem``.

    Applications without a record come last, with a reason in ``problem``, 0 steps and nothing else known.
    """
    rows = [row for candidate in portfolio.candidates for row in _rows(candidate)]
    rows.sort(key=_readiness)
    index = pd.RangeIndex(1, len(rows) + 1, name="application")
    frame = pd.DataFrame(rows, index, list(_COLUMNS))
    return frame.astype(_COLUMNS)


_COLUMNS: dict[str, Any] = {
    "candidate": object, "name": object, "role": object, "company": object, "level": object, "chosen": bool,
    "interview": object, "done": int, "steps": int, "odds": float, "low": float, "high": float, "open": int,
    "gaps": object, "next": object, "why": object, "address": object, "problem": object,
}  # fmt: skip


def _rows(candidate: Candidate) -> Iterator[dict[str, Any]]:
    for it in candidate.standings:
        odds = {key: getattr(it.odds, field) if it.odds else float("nan") for key, field in _ODDS}
        gaps = tuple(theme.category.value for theme in it.gaps) if it.chosen else ()
        yield odds | {
            "candidate": candidate.name, "name": it.name, "role": it.role, "company": it.company,
            "level": it.level.value, "chosen": it.chosen, "interview": it.interview, "done": it.done,
            "steps": len(it.steps), "open": it.open_ratings, "gaps": gaps, "next": it.next, "why": it.why,
            "address": candidate.address(it.name), "problem": "",
        }  # fmt: skip
    for gone in candidate.missing:
        unknown = dict.fromkeys(_COLUMNS, "") | dict.fromkeys(("odds", "low", "high"), float("nan"))
        yield unknown | {
            "candidate": candidate.name, "name": gone.name, "role": gone.name, "chosen": False, "done": 0, "steps": 0,
            "open": 0, "gaps": (), "address": candidate.address(gone.name) if gone.has_page else "",
            "problem": gone.reason,
        }  # fmt: skip


_ODDS = (("odds", "value"), ("low", "low"), ("high", "high"))


def _readiness(row: dict[str, Any]) -> tuple[Any, ...]:
    share = row["done"] / row["steps"] if row["steps"] else 0.0
    undated = not row["interview"]
    return bool(row["problem"]), share, undated, row["interview"], row["candidate"], row["role"], row["name"]


def steps(portfolio: Portfolio) -> pd.DataFrame:
    """Return how many applications have done each step of the method.

    Returns:
        A frame with index ``step`` in the order of the method and the integer columns ``done`` and ``of``.
    """
    counts: dict[str, list[int]] = {}
    for standing in portfolio.standings:
        for step in standing.steps:
            count = counts.setdefault(step.name, [0, 0])
            count[0] += step.done
            count[1] += 1
    index = pd.Index(list(counts), name="step", dtype=object)
    return pd.DataFrame(list(counts.values()), index, ["done", "of"]).astype(int)


def pending_interviews(portfolio: Portfolio) -> pd.DataFrame:
    """Return the interviews that are still to come or have no debrief yet, earliest first.

    Returns:
        Rows of :func:`applications` with its columns and index: those with a day of the interview and no debrief of an
        interview on that day or after it. No clock is asked, so that the same records give the same page.
    """
    met = {
        (candidate.name, standing.name)
        for candidate in portfolio.candidates
        for standing in candidate.standings
        for it in standing.debriefs
        if it.kind is Occasion.INTERVIEW and it.day >= standing.interview
    }
    frame = applications(portfolio)
    open_ = [
        bool(day) and (who, name) not in met
        for who, name, day in zip(frame["candidate"], frame["name"], frame["interview"], strict=True)
    ]
    return frame[pd.Series(open_, frame.index, dtype=bool)].sort_values(
        ["interview", "candidate", "role"], kind="stable"
    )


def category_gaps(portfolio: Portfolio) -> pd.DataFrame:
    """Return how many themes of each category lack stories, candidate by candidate.

    Returns:
        A frame with index ``candidate`` and, for each category, the integer columns ``<category>`` (themes that fewer
        than two stories carry) and ``<category>_of`` (themes in all); only chosen themes count.
    """
    rows = []
    for candidate in portfolio.candidates:
        themes = [theme for standing in candidate.standings if standing.chosen for theme in standing.themes]
        row = []
        for category in Category:
            theirs = [theme for theme in themes if theme.category is category]
            row += [sum(theme.is_gap for theme in theirs), len(theirs)]
        rows.append(row)
    index = pd.Index([candidate.name for candidate in portfolio.candidates], name="candidate", dtype=object)
    columns = [f"{category.value}{end}" for category in Category for end in ("", "_of")]
    return pd.DataFrame(rows, index, columns).astype(int)
