"""prepkit: a workbook for interview coaching.

It helps a candidate decide which three or four themes an interviewer should repeat afterwards, back each with real
stories, and see where the gaps are::

    from prepkit import open_application, show
    application = open_application("posting.md", "stories.csv", "plan.yaml", "Marla Quenby")
    show.overview(application)

Importing the package loads nothing heavy; each name below loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import Any

_HOME = {
    "Application": "application",
    "Coverage": "coverage",
    "CultureNote": "plan",
    "Debrief": "debrief",
    "Desk": "desk",
    "InputError": "errors",
    "Plan": "plan",
    "Posting": "posting",
    "PrepkitError": "errors",
    "Story": "stories",
    "StoryInventory": "stories",
    "Theme": "plan",
    "add_debrief": "debrief",
    "advocates_case": "case",
    "build_coverage": "coverage",
    "check_plan": "readiness",
    "check_wording": "wording",
    "load_debriefs": "debrief",
    "load_plan": "plan",
    "load_questions": "questions",
    "open_application": "application",
    "pick": "questions",
    "read_posting": "posting",
    "read_search": "search",
    "read_stories": "stories",
    "route": "questions",
    "run_search": "runs",
    "suggest_themes": "themes",
    "update_plan": "plan",
}

__all__ = sorted([*_HOME, "__version__", "show"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("prepkit")
    if name == "show":
        return import_module("prepkit.show")
    if name in _HOME:
        return getattr(import_module(f"prepkit.{_HOME[name]}"), name)
    raise AttributeError(f"module 'prepkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
