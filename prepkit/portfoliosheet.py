"""The portfolio as one workbook for spreadsheet programs: all that the page shows, and what it has no room for.

Every cell is a text or a number and never a formula, whatever it begins with; the same records give the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from prepkit.archive import without_times
from prepkit.outcomes import by_month, recall_by_category
from prepkit.portfolio import Candidate, Portfolio, applications, category_gaps
from prepkit.sheets import clean
from prepkit.storyuse import new_story, story_use

__all__ = ["portfolio_xlsx"]

LONGEST_CELL = 32_767
"""Most letters that a cell of the format holds."""

WIDTHS = {
    "candidate": 24, "role": 40, "company": 28, "next": 60, "why": 60, "problem": 50, "title": 50, "story": 60,
    "effect": 60, "name": 40, "meaning": 90,
}  # fmt: skip
"""Widths of columns in letters; others have 14."""

SHARES = ("odds", "low", "high", "rate", "gain_total", "gain_mean")
"""Columns of chances, 0 to 1, that are shown in per cent."""

_APPLICATIONS = (
    "candidate", "role", "company", "level", "interview", "done", "steps", "odds", "low", "high", "open", "gaps",
    "next", "why", "problem", "name",
)  # fmt: skip
_GAPS = ("motivation", "motivation_of", "challenge", "challenge_of", "fit", "fit_of")
_CANDIDATES = (
    "candidate", "applications", "reports", "chosen", "ready", *_GAPS, "story", "effect", "gain_total", "gain_mean",
    "problem",
)  # fmt: skip
_STORIES = (
    "candidate", "name", "title", "themes", "applications", "leaning", "told", "unwritten", "idle", "overused", "worn",
)  # fmt: skip
_HEARD = ("candidate", "category", "heard", "partly", "not_heard", "n", "rate", "low", "high")
_MONTHS = ("month", "mocks", "interviews", "offer", "next_round", "no", "unknown", "n", "rate", "low", "high")

_MEANINGS = {
    "candidate": "The name, as in prepkit.yaml; with the folder behind it where two have the same.",
    "role": "Title of the role; the name of the folder where there is no report.",
    "company": "The employer.",
    "level": "Junior, mid, senior or unknown, as the report has it.",
    "interview": "Day of the interview, as the plan has it.",
    "done": "Steps of the method that are done.",
    "steps": "Steps of the method in all.",
    "odds": "Chance that all themes are told in an interview.",
    "low": "Lower end of the range in which the figure before it lies in 19 of 20 cases.",
    "high": "Upper end of that range.",
    "open": "Ratings of stories that nobody has settled yet.",
    "gaps": "Categories of the themes that fewer than two stories carry.",
    "next": "The next thing to do.",
    "why": "Why that is next.",
    "problem": "Why there is no report, or why the candidate cannot be read.",
    "name": "Name of the application's folder, or of the story in the inventory.",
    "applications": "Number of applications; of a story: those in which it carries a theme.",
    "reports": "Applications that have a report.",
    "chosen": "Applications whose themes somebody has chosen.",
    "ready": "Applications with all steps done.",
    "motivation": "Themes of this category that fewer than two stories carry.",
    "motivation_of": "Themes of this category in all.",
    "challenge": "As under motivation, for themes of skills and challenges.",
    "challenge_of": "Themes of this category in all.",
    "fit": "As under motivation, for themes of fit.",
    "fit_of": "Themes of this category in all.",
    "story": "The one new story that would help most.",
    "effect": "What it would do, in words.",
    "gain_total": "What it would add to the odds, all applications added up.",
    "gain_mean": "What it would add to the odds of each application that it helps, on average.",
    "title": "Title of the story.",
    "themes": "Themes that the story carries, in all applications.",
    "leaning": "Themes that would have fewer than two stories without it.",
    "told": "Mocks and interviews in which it was told.",
    "unwritten": "Yes when there is only a title so far.",
    "idle": "Yes when it carries no theme anywhere.",
    "overused": "Yes when too many themes lean on it.",
    "worn": "Yes when it has been told often.",
    "category": "Category of themes.",
    "heard": "Themes that listeners had heard.",
    "partly": "Themes that they had heard in part.",
    "not_heard": "Themes that they had not heard.",
    "n": "How many the rate rests on.",
    "rate": "Share of those: heard, or offers and next rounds.",
    "month": "Month of the mocks and interviews.",
    "mocks": "Mock interviews.",
    "interviews": "Interviews.",
    "offer": "Interviews that led to an offer.",
    "next_round": "Interviews that led to a next round.",
    "no": "Interviews that led to nothing more.",
    "unknown": "Interviews whose outcome is not known.",
}
"""What stands in each column, for the last sheet."""

Row = dict[Hashable, Any]


def portfolio_xlsx(portfolio: Portfolio) -> bytes:
    """Return a workbook with ``applications``, ``candidates``, ``stories``, ``heard``, ``months`` and ``columns``.

    ``applications`` has a row for each application, with the reason in ``problem`` for one without a report;
    ``candidates`` has the gaps of each, of how many themes, the one new story that would do most, and why nothing
    could be read where that is so; ``stories`` has every story of every candidate, ``heard`` what listeners heard of
    each candidate with a debrief and of all, ``months`` what came of mocks and interviews, ``columns`` what all columns
    mean. Chances are numbers 0 to 1,
    shown in per cent; what is not known is an empty cell.
    """
    from openpyxl import Workbook  # a quarter of a second to load

    book = Workbook(write_only=True)
    for name, columns, rows in (
        ("applications", _APPLICATIONS, _application_rows(portfolio)),
        ("candidates", _CANDIDATES, _candidate_rows(portfolio)),
        ("stories", _STORIES, _story_rows(portfolio)),
        ("heard", _HEARD, _heard_rows(portfolio)),
        ("months", _MONTHS, _known(by_month(portfolio.standings).reset_index().to_dict("records"))),
    ):
        _fill(book.create_sheet(name), columns, rows)
    meanings: list[Row] = [{"column": name.replace("_", " "), "meaning": said} for name, said in _MEANINGS.items()]
    _fill(book.create_sheet("columns"), ("column", "meaning"), meanings)
    stream = io.BytesIO()
    book.save(stream)
    return without_times(stream.getvalue())


def _application_rows(portfolio: Portfolio) -> Iterator[Row]:
    for row in applications(portfolio).to_dict("records"):
        unknown = dict.fromkeys(("done", "steps", "open")) if row["problem"] else {}
        yield row | {"gaps": ", ".join(row["gaps"])} | unknown


def _candidate_rows(portfolio: Portfolio) -> Iterator[Row]:
    gaps = category_gaps(portfolio).to_dict("records")
    for candidate, lacking in zip(portfolio.candidates, gaps, strict=True):
        known, best = candidate.standings, new_story(candidate.standings)
        found = {"story": best.do, "effect": best.why, "gain_total": best.total, "gain_mean": best.mean} if best else {}
        yield lacking | found | {
            "candidate": candidate.name, "applications": len(known) + len(candidate.missing), "reports": len(known),
            "chosen": sum(it.chosen for it in known), "ready": sum(it.done == len(it.steps) for it in known),
            "problem": candidate.problem,
        }  # fmt: skip


def _story_rows(portfolio: Portfolio) -> Iterator[Row]:
    for candidate in portfolio.candidates:
        for row in story_use(candidate.standings).reset_index().to_dict("records"):
            marks = {name: "yes" if row[name] else "" for name in ("unwritten", "idle", "overused", "worn")}
            yield row | marks | {"candidate": candidate.name, "name": row["story"]}


def _heard_rows(portfolio: Portfolio) -> Iterator[Row]:
    everybody = Candidate("all candidates", standings=portfolio.standings)
    for candidate in (*portfolio.candidates, everybody):
        if any(standing.debriefs for standing in candidate.standings):
            for row in _known(recall_by_category(candidate.standings).reset_index().to_dict("records")):
                yield row | {"candidate": candidate.name}


def _known(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows with shares; without a mark the range is all there can be, and nothing is known."""
    for row in rows:
        yield row | (dict.fromkeys(("rate", "low", "high")) if not row["n"] else {})


def _fill(sheet: Any, columns: Sequence[str], rows: Iterable[Row]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    top, bold = Alignment(vertical="top", wrap_text=True), Font(bold=True)
    for number, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(name, 14)
    sheet.freeze_panes = "B2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.print_title_rows = "1:1"

    made: dict[tuple[str, bool], Any] = {}  # a cell is written out with its row, and then used again with its style

    def cell(value: Any, name: str) -> Any:
        if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
            return None
        is_text = isinstance(value, str)
        if (name, is_text) not in made:
            new = made[name, is_text] = WriteOnlyCell(sheet)
            new.alignment, new.quotePrefix = top, is_text
            new.number_format = "General" if is_text else "0%" if name in SHARES else "0"
        found = made[name, is_text]
        if is_text:
            found.value = clean(value)[:LONGEST_CELL]
            found.data_type = "s"  # never a formula, whatever it begins with
        else:
            found.value = round(value, 4) if name in SHARES else int(value)
        return found

    heads = [WriteOnlyCell(sheet, name.replace("_", " ")) for name in columns]
    for head in heads:
        head.font = bold
    sheet.append(heads)
    count = 1
    for row in rows:
        sheet.append([cell(row.get(name), name) for name in columns])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"
