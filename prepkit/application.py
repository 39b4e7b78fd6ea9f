"""One application: a posting, the candidate's stories and the plan, looked at together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from textwrap import shorten

import pandas as pd

from prepkit.bridge import Answer, answers, as_question
from prepkit.case import PRONOUNS, AdvocatesCase, advocates_case
from prepkit.coverage import Coverage, build_coverage, support
from prepkit.debrief import Debrief, debriefs_path, load_debriefs
from prepkit.delivery import Delivery, Move, delivery
from prepkit.errors import PrepkitError
from prepkit.interview import Assumptions, Estimate, percent
from prepkit.plan import Plan, Theme, load_plan
from prepkit.posting import Posting, read_posting
from prepkit.prediction import likely_questions
from prepkit.questions import Question, load_questions
from prepkit.readiness import Finding, Severity, Step, check_plan, readiness
from prepkit.recall import learned_chances
from prepkit.resources import template
from prepkit.stories import Story, StoryInventory, read_stories
from prepkit.text import guess_language
from prepkit.themes import Suggestion, provisional_themes, suggest_themes, theme_text
from prepkit.wording import WordingFinding, check_wording

__all__ = ["Application", "open_application"]

EXAMPLE = "example/applications/merrowdale-hospices-head-of-operations"


def _short(text: str) -> str:
    return shorten(text, 60, placeholder=" …")


@dataclass(frozen=True)
class Application:
    """Everything the workbook and the report show, computed from its files.

    Attributes:
        candidate: Name of the candidate; empty when not given.
        posting: The posting with the plan's corrections.
        stories: The story inventory.
        plan: What has been decided.
        plan_path: Where the plan is kept; the file may not exist yet.
        questions: The question bank, own questions included.
        words_per_minute: Speaking rate.
        pronoun: ``she``, ``he`` or empty for “they”.
        language: Two-letter code of the candidate's own words, where they cannot tell it themselves.
        debriefs: What listeners said after mocks and interviews, oldest first.
    """

    candidate: str
    posting: Posting
    stories: StoryInventory
    plan: Plan
    plan_path: Path
    questions: tuple[Question, ...]
    words_per_minute: int = 150
    pronoun: str = ""
    language: str = "en"
    debriefs: tuple[Debrief, ...] = ()

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
        case = self.case if self.chosen else None
        known = [question.id for question in self.questions]
        return check_plan(self.plan, self.posting, self.stories, self.coverage, case, self._own_language, known)

    @cached_property
    def _own_language(self) -> str:
        texts = [text for theme in self.plan.themes for text in (theme.claim, theme.twist, theme.proof)]
        return guess_language(" ".join(texts)) or self.language

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the method with what is done."""
        return readiness(self.plan, self.findings, self.coverage, self.case)

    @cached_property
    def odds(self) -> Delivery:
        """The delivery odds on the ratings of the matrix, suggested ones counted in."""
        return self._delivery(self.coverage.ratings)

    @cached_property
    def settled_odds(self) -> Estimate:
        """The chance that all themes are told when only settled ratings count."""
        if self.coverage.settled.equals(self.coverage.ratings):
            return self.odds.all_themes
        return self._delivery(self.coverage.settled).all_themes

    def _delivery(self, ratings: pd.DataFrame) -> Delivery:
        return delivery(self._shown_plan, self.stories, self.questions, self.posting, ratings, self._assumptions)

    @cached_property
    def _assumptions(self) -> Assumptions:
        return learned_chances(self.debriefs, self.coverage.settled)

    @cached_property
    def _shown_plan(self) -> Plan:
        return self.plan.with_themes(self.themes)

    @cached_property
    def next(self) -> tuple[tuple[str, str], ...]:
        """What to do next and why, as pairs of sentences: gaps, wording, then what raises the odds most, then the rest.

        A theme whose wording has to be turned round first is not worth a new story yet.
        """
        first = [f for f in self.findings if f.severity is Severity.GAP or f.code.startswith("wording_self")]
        rest = [finding for finding in self.findings if finding not in first]
        moves = [self.said(move) for move in self.moves[:2]] if self.chosen else []
        told = [[(finding.fix, finding.message) for finding in findings] for findings in (first, rest)]
        return (*told[0], *moves, *told[1])

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """What would raise the odds most, for themes whose wording need not be turned round first."""
        weak = {finding.where for finding in self.findings if finding.code.startswith("wording_self")}
        return tuple(move for move in self.odds.moves if move.theme not in weak)

    def said(self, move: Move) -> tuple[str, str]:
        """Return what to do and what comes of it, as sentences."""
        name = self.theme_names[move.theme].strip("“”")
        theme = f"theme {self.number[move.theme]}, “{_short(name)}”"
        if move.story:
            title = _short(self.stories[move.story].title)
            do = f"Tell more of “{title}”, if it truly shows {theme}; it is partial now."
        else:
            do = f"Find one story that shows {move.competency.replace('-', ' ')} and carries {theme}."
        told = self.odds.measure
        return do, f"{told[0].upper()}{told[1:]} {percent(move.before)} now, {percent(move.after)} then."

    @cached_property
    def number(self) -> Mapping[str, int]:
        """Theme id to its place in the plan, from 1 on; 0 for a theme that is gone."""
        return defaultdict(int, {theme.id: place for place, theme in enumerate(self.themes, 1)})

    def question(self, name: str) -> Question:
        """Return the question of that id."""
        return next(question for question in self.questions if question.id == name)

    def wording(self, text: str) -> tuple[WordingFinding, ...]:
        """Return what is wrong with the wording of a text of the candidate's; see :mod:`prepkit.wording`."""
        return check_wording(text, self.posting.company, self._own_language)

    @cached_property
    def rehearsal(self) -> tuple[Story, ...]:
        """A few stories with nearly the odds of all, in inventory order."""
        return tuple(self.stories[story] for story in self.odds.rehearsal.stories)

    @cached_property
    def case(self) -> AdvocatesCase:
        """What the interviewer would say for the candidate."""
        return advocates_case(self.plan, self.stories, self.candidate, self.pronoun, self.words_per_minute)

    @cached_property
    def likely(self) -> tuple[tuple[Question, tuple[Answer, ...]], ...]:
        """The likeliest questions, each with its best answers; those with an edited bridge go first."""
        kept = [self.asked(bridge.id) for bridge in self.plan.bridges]
        likely = likely_questions(self.questions, self.odds.weights)
        shown = {question.id: question for question in (*kept, *likely)}
        return tuple((question, self.answers(question)) for question in shown.values())

    def asked(self, typed: str) -> Question:
        """Return the question that somebody typed: of the plan's bridges, of the bank, or a new one."""
        known = {question.id for question in self.questions}
        own = [
            replace(as_question(bridge.question, ()), id=bridge.id)
            for bridge in self.plan.bridges
            if bridge.question and bridge.id not in known
        ]
        return as_question(typed, (*own, *self.questions))

    def answers(self, question: Question | str, told: Collection[str] = ()) -> tuple[Answer, ...]:
        """Return the three best answers to a question, be it typed or from the bank; see :mod:`prepkit.bridge`.

        Args:
            question: In any words, or an id of the bank.
            told: Ids of themes that were told before; others go first.
        """
        asked = self.asked(question) if isinstance(question, str) else question
        ratings, decided = self.coverage.ratings, self.coverage.decided
        return answers(asked, self._shown_plan, self.stories, ratings, decided, self.posting, told)

    @property
    def role(self) -> str:
        """Title of the role, or the name of the file where the posting gives none."""
        return self.posting.title or self.posting.path.stem


def open_application(
    posting: Path | str = "",
    stories: Path | str = "",
    plan: Path | str = "",
    candidate: str = "",
    questions: Path | str = "",
    words_per_minute: int = 150,
    pronoun: str = "",
    language: str = "en",
) -> Application:
    """Read the files of an application.

    Args:
        posting: The job description; empty opens the shipped example.
        stories: The story inventory; empty takes that of the shipped example.
        plan: The plan, which may not exist yet; empty means ``plan.yaml`` beside the posting.
        candidate: Name of the candidate, shown on top.
        questions: Questions of one's own; empty takes the shipped bank alone.
        words_per_minute: Speaking rate, 60 to 300.
        pronoun: ``she``, ``he`` or empty for “they”, in what others say of the candidate.
        language: Two-letter code of the candidate's own words, where they cannot tell it themselves.

    Raises:
        InputError: when one of the files cannot be read; the message names it and all its faults.
        PrepkitError: when speaking rate or pronoun are none.
    """
    if not 60 <= words_per_minute <= 300:
        raise PrepkitError(f"The speaking rate is {words_per_minute} words a minute; it should be 60 to 300.")
    if pronoun not in ("", "they", *PRONOUNS):
        raise PrepkitError(f"The pronoun is {pronoun[:20]!r}; it should be she, he or they, or left out.")
    posting_path = Path(posting) if posting else template(f"{EXAMPLE}/posting.txt")
    stories_path = Path(stories) if stories else template("example/stories.csv")
    plan_path = Path(plan) if plan else posting_path.with_name("plan.yaml")
    decided = load_plan(plan_path)
    corrections = decided.posting.model_dump(exclude_none=True)
    application = Application(
        candidate=candidate or ("Marla Quenby" if not stories else ""),
        posting=read_posting(posting_path).corrected(corrections),
        stories=read_stories(stories_path, may_be_empty=True),
        plan=decided,
        plan_path=plan_path,
        questions=load_questions(Path(questions) if questions else None),
        words_per_minute=words_per_minute,
        pronoun=pronoun,
        language=language,
        debriefs=load_debriefs(debriefs_path(plan_path)),
    )
    # a notebook opens its application again after each form: what was worked out for the same content is kept
    if not _LAST or _LAST[0] != application:
        _LAST[:] = [application]
    return _LAST[0]


_LAST: list[Application] = []
