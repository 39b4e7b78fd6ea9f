"""What runners and makers of reports hand to each other: an application to report on, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prepkit.page import failure_page
from prepkit.search import Search

__all__ = ["MAKER", "PACKED", "Made", "Task", "failure", "without_folder"]

MAKER = "prepkit.making:answer"
"""What a process does for a task; it is named rather than imported, because a runner needs none of its libraries."""

PACKED = {
    "brief.pdf": "Brief for the last minutes before the interview (PDF)", "brief.html": "The same as a page",
    "thank-you.txt": "Thank-you note", "thank-you.eml": "The same as an e-mail to send",
    "cards.apkg": "Rehearsal cards for Anki", "cards.csv": "The same as a table",
    "interview.ics": "Calendar with the rehearsals", "prep.xlsx": "Stories, matrix and questions as a spreadsheet",
    "progress.docx": "Progress note", "reviewer.html": "Page for whoever listens to a mock interview",
}  # fmt: skip
"""Files of a pack that a report links, with what they are called there."""


@dataclass(frozen=True)
class Task:
    """One application to be reported on.

    Attributes:
        search: The candidate's files.
        name: The application.
        notebook: The workbook to run.
    """

    search: Search
    name: str
    notebook: Path


@dataclass(frozen=True)
class Made:
    """What came of a task.

    Attributes:
        files: Name to content of each file to be published.
        error: Why there is no report, as sentences; empty when all went well.
    """

    files: Mapping[str, bytes] = field(repr=False)
    error: str = ""


def failure(task: Task, error: str, role: str = "") -> Made:
    """Return the short page of an application that could not be reported, saying what is wrong."""
    error = without_folder(error, task.search.path)
    page = failure_page(role or task.name, task.search.settings.candidate, error)
    return Made({"report.html": page.encode()}, error)


def without_folder(message: str, folder: Path) -> str:
    """Name files from the search on, so that no page says where on this machine it lies."""
    for prefix in (f"{folder}/", f"{folder.resolve()}/"):
        message = message.replace(prefix, "")
    return message.replace(str(Path.home()), "~")
