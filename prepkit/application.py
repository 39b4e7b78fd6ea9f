"""One application: a posting, the candidate's stories and the plan, looked at together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from prepkit.coverage import Coverage, build_coverage, rehearsal_set, support
from prepkit.plan import Plan, Theme, load_plan
from prepkit.posting import Posting, read_posting
from prepkit.readiness import Finding, Step, check_plan, readiness
from prepkit.resources import template
from prepkit.stories import Story, StoryInventory, read_stories
from prepkit.themes import Suggestion, provisional_themes, suggest_themes, theme_text

__all__ = ["Application", "open_application"]

EXAMPLE = "example/applications/merrowdale-hospices-head-of-operations"


@dataclass(frozen=True)
class Application:
    """Everything the workbook and the report show, computed from three files.

    Attributes:
        candidate: Name of the candidate; empty when not given.
        posting: The posting with the plan's corrections.
        stories: The story inventory.
        plan: What has been decided.
        plan_path: Where the plan is kept; the file may not exist yet.
    """

    candidate: str
    posting: Posting
    stories: StoryInventory
    plan: Plan
    plan_path: Path

    @cached_property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """Themes that the posting asks for, by category and rank."""
        return suggest_themes(self.posting, self.plan.culture_notes)

    @property
    def chosen(self) -> bool:
        """True when a person has chosen themes; otherwise what is shown are suggestions."""
        return bool(self.plan.themes)

    @cached_property
    def themes(self) -> tuple[Theme, ...]:
        """The chosen themes, or the best suggestions with empty claims when none is chosen."""
        return self.plan.themes or provisional_themes(self.suggestions)

    @cached_property
    def theme_names(self) -> Mapping[str, str]:
        """Theme id to its claim; where there is none, to what the posting says, in quotation marks."""
        return {theme.id: theme.claim or f"“{self._first_words(theme)}”" for theme in self.themes}

    def _first_words(self, theme: Theme) -> str:
        notes = {note.id: note.shows or note.told for note in self.plan.culture_notes}
        for ref in theme.evidence:
            if text := (line.text if (line := self.posting.line(ref)) else notes.get(ref, "")):
                return text
        return theme.id

    @cached_property
    def coverage(self) -> Coverage:
        """Stories x themes; see :class:`prepkit.coverage.Coverage`."""
        notes = self.plan.culture_notes
        texts = {theme.id: theme_text(theme, self.posting, notes) for theme in self.themes}
        return build_coverage(texts, self.stories, self.plan.ratings, self.posting.language or "en")

    @cached_property
    def support(self) -> Mapping[str, Mapping[str, int]]:
        """Theme id to the counts of :func:`prepkit.coverage.support`."""
        return support(self.coverage).to_dict("index")  # type: ignore[return-value]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is missing or weak, gaps first."""
        return check_plan(self.plan, self.posting, self.stories, self.coverage)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the method with what is done."""
        return readiness(self.plan, self.findings, self.coverage)

    @cached_property
    def rehearsal(self) -> tuple[Story, ...]:
        """The fewest stories that give each theme two, in inventory order."""
        return tuple(self.stories[story] for story in rehearsal_set(self.coverage))

    @property
    def role(self) -> str:
        """Title of the role, or the name of the file where the posting gives none."""
        return self.posting.title or self.posting.path.stem


def open_application(
    posting: Path | str = "", stories: Path | str = "", plan: Path | str = "", candidate: str = ""
) -> Application:
    """Read the three files of an application.

    Args:
        posting: The job description; empty opens the shipped example.
        stories: The story inventory; empty takes that of the shipped example.
        plan: The plan, which may not exist yet; empty means ``plan.yaml`` beside the posting.
        candidate: Name of the candidate, shown on top.

    Raises:
        InputError: when one of the files cannot be read; the message names it and all its faults.
    """
    posting_path = Path(posting) if posting else template(f"{EXAMPLE}/posting.txt")
    stories_path = Path(stories) if stories else template("example/stories.csv")
    plan_path = Path(plan) if plan else posting_path.with_name("plan.yaml")
    decided = load_plan(plan_path)
    corrections = decided.posting.model_dump(exclude_none=True)
    return Application(
        candidate=candidate or ("Marla Quenby" if not stories else ""),
        posting=read_posting(posting_path).corrected(corrections),
        stories=read_stories(stories_path),
        plan=decided,
        plan_path=plan_path,
    )
