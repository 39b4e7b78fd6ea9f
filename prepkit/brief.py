"""The brief: one A4 page to read in a minute and a half before the call, as a web page and as PDF.

It holds what is needed in the room and nothing else: the case in words, the themes with the stories that carry them,
five likely questions, three questions to ask. Black on white; what is left out for want of room is said.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from prepkit.application import Application
from prepkit.bridge import Answer
from prepkit.errors import PrepkitError
from prepkit.inquiry import questions_to_ask
from prepkit.page import clean, render
from prepkit.questions import Kind, Question
from prepkit.resources import template
from prepkit.text import sentences

if TYPE_CHECKING:
    from typst import PDFStandard

__all__ = ["MOST_THEMES", "Asked", "Brief", "BriefTheme", "brief_html", "brief_pdf", "make_brief"]

MOST_THEMES = 4
"""Themes on the page: what an interviewer can pass on (the method)."""

MOST_QUESTIONS, MOST_TO_ASK = 5, 3
"""Likely questions, and questions for the interviewer, on the page."""

SHORTEST, TIGHTEST = 0.6, 0.35
"""Shares of the usual lengths to which texts are cut when the page is full in the smallest type."""

WIDE = "WF"
"""Classes of East Asian letters that take the room of two."""


@dataclass(frozen=True, slots=True)
class BriefTheme:
    """A theme on the page.

    Attributes:
        number: Its place in the plan, from 1 on.
        category: What it is about, in a word.
        claim: The claim as the interviewer would say it; a line of the posting where none is chosen; or a blank.
        proof: The proof as the interviewer would say it, or a blank; empty where no theme is chosen.
        stories: Titles of stories that carry it, strong ones first; or one blank.
    """

    number: int
    category: str
    claim: str
    proof: str
    stories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A likely question: its words, the number of the theme to tell (0 for none), the story, and one line to say."""

    question: str
    theme: int
    story: str
    say: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What stands on the page.

    Attributes:
        role: Title of the role.
        place: Employer and place, in one line.
        who: Name of the candidate; empty when not given.
        when: Day of the interview as the plan has it; empty when not known.
        notice: What to know before all else, such as that no theme is chosen; mostly empty.
        seconds: What the advocate's case takes, as a sentence; empty without a case.
        themes: At most :data:`MOST_THEMES`; claims and proofs, read one after the other, are the case.
        questions: At most five likely ones, those with an edited bridge first.
        ask: At most three questions to ask them.
        left_out: What does not stand here for want of room, as one sentence; empty when all does.
    """

    role: str
    place: str
    who: str
    when: str
    notice: str
    seconds: str
    themes: tuple[BriefTheme, ...]
    questions: tuple[Asked, ...]
    ask: tuple[str, ...]
    left_out: str


def make_brief(application: Application, share: float = 1.0) -> Brief:
    """Return what stands on the page, every text on one line and cut to a length that is read at a glance.

    Args:
        application: What is to be told.
        share: Of the usual lengths, 0 to 1; smaller ones cut more and name fewer stories.

    A claim, proof or story that is missing is a blank in square brackets.
    """
    cut = _Cutter(share)
    posting, chosen = application.posting, application.chosen
    more = len(application.themes) - MOST_THEMES
    if more > 0:
        cut.left_out = f"{more} more theme{'s stand' if more > 1 else ' stands'} in the plan"
    shown = (
        "the lines are what the posting asks for, and the stories are guesses"
        if application.themes
        else "the posting gave no line"
    )
    return Brief(
        role=cut(application.role, 90),
        place=cut(" · ".join(filter(None, (posting.company, posting.location))), 110),
        who=cut(application.candidate, 60),
        when=application.plan.interview,
        notice="" if chosen else f"Nothing is chosen yet: {shown}.",
        seconds=f"{application.case.seconds:.0f} seconds to say; they have 20 to 30" if chosen else "",
        themes=tuple(_themes(application, cut)),
        questions=tuple(_questions(application, cut)),
        ask=tuple(cut(question, 200) for question in questions_to_ask(posting, application.plan, MOST_TO_ASK)),
        left_out=cut.said,
    )


_NO_CLAIM = "[the claim is still to be written]"
_NO_PROOF = "[the proof is still to be found]"
_NO_STORY = "[no story carries it yet]"
_NOT_WRITTEN = "[this story is still to be written]"


class _Cutter:
    """Cuts texts to a length and remembers that it did."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.has_cut = False
        self.left_out = ""

    def __call__(self, text: str, longest: int) -> str:
        """Return a text on one line, at most a share of `longest` letters wide, cut between words where it can be."""
        line = " ".join(clean(text).split())
        room = max(24, int(longest * self.share))
        if _width(line) <= room:
            return line
        self.has_cut = True
        kept = ""
        for letter in line:
            if _width(kept) + _width(letter) > room - 2:
                break
            kept += letter
        whole = kept.rpartition(" ")[0]
        return f"{(whole if len(whole) > len(kept) / 2 else kept).rstrip(' ,;:–—')} …"

    @property
    def said(self) -> str:
        """What was left out, as a sentence; empty when nothing was."""
        cut = "texts that end in “…” are cut to fit the page" if self.has_cut else ""
        said = "; ".join(filter(None, (self.left_out, cut)))
        return f"{said[0].upper()}{said[1:]}; the report has all of it." if said else ""


def _width(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(letter) in WIDE) for letter in text)


def _themes(application: Application, cut: _Cutter) -> Iterable[BriefTheme]:
    few = 1 if cut.share < SHORTEST or len(application.themes) >= MOST_THEMES else 2
    parts = {part.theme: part for part in application.case.parts}
    for theme in application.themes[:MOST_THEMES]:
        backing = application.coverage.backing(theme.id)[:few]
        titles = tuple(
            f"{cut(application.stories[name].title, 80)}{_mark(application, name, theme.id)}" for name in backing
        )
        part = parts.get(theme.id)
        claim = (part.claim or _NO_CLAIM) if part else application.theme_names[theme.id]
        proof = (part.proof or _NO_PROOF) if part else ""
        number, category = application.number[theme.id], theme.category.value
        yield BriefTheme(number, category, cut(claim, 130), cut(proof, 130), titles or (_NO_STORY,))


def _mark(application: Application, story: str, theme: str) -> str:
    settled = not application.chosen or application.coverage.decided.at[story, theme]
    return "" if settled else " (only suggested)"


def _questions(application: Application, cut: _Cutter) -> Iterable[Asked]:
    """Yield the likely questions as in one interview: each story is told once if it can be, open themes go first."""
    edited = {bridge.id for bridge in application.plan.bridges}
    is_opener = [question.kind is Kind.OPENER and question.id not in edited for question, _ in application.likely]
    first = is_opener.index(True) if any(is_opener) else 0
    likely = [pair for place, pair in enumerate(application.likely) if place == first or not is_opener[place]]
    told: list[str] = []
    used: set[str] = set()
    rest: list[tuple[Question, Answer | None]] = []
    for question, found in likely:
        is_bound = question.kind in (Kind.MOTIVATIONAL, Kind.FIT) or (found and found[0].edited)
        answers = [one for one in (found if is_bound else application.answers(question, told)) if one.fits]
        best = next((answer for answer in answers if answer.story not in used and answer.theme), None)
        if best is None or len(used) >= MOST_QUESTIONS:  # what repeats a story, or has none, only fills up the list
            rest.append((question, next(iter(answers), None)))
            continue
        told.append(best.theme)
        used.add(best.story)
        yield _asked(question, best, application, cut)
    for question, best in rest[: max(0, MOST_QUESTIONS - len(used))]:
        yield _asked(question, best, application, cut)


def _asked(question: Question, best: Answer | None, application: Application, cut: _Cutter) -> Asked:
    text = cut(question.text, 120)
    if question.kind is Kind.ODD:
        return Asked(text, 0, "", "Answer shortly and truthfully; it needs no story.")
    if not best:
        return Asked(text, 0, "[no story could answer it yet]", "")
    story = cut(application.stories[best.story].title, 60)
    return Asked(text, application.number[best.theme] if best.theme else 0, story, cut(_line(best, application), 110))


def _line(answer: Answer, application: Application) -> str:
    """Return one line of a bridge: how it begins as somebody has edited it, or else what came of the story.

    Where the draft is the theme's twist, which has no outcome, its first sentence is taken.
    """
    if not answer.bridge:
        return ""
    if answer.edited and answer.bridge.theme_first:
        return answer.bridge.theme_first
    told = sentences(answer.bridge.in_one_breath) or [_NOT_WRITTEN]
    theme = application.plan.theme(answer.theme)
    return told[0] if theme and theme.twist == answer.bridge.in_one_breath else told[-1]


def brief_html(application: Application) -> str:
    """Return the brief as one page of HTML; it asks for nothing from a network and prints on one A4 page."""
    return render("brief.html.j2", brief=make_brief(application))


def brief_pdf(application: Application) -> tuple[bytes, str]:
    """Return the brief as PDF, one A4 page, and a note on letters that this machine cannot show (mostly empty).

    The type is as large as the page allows, 11 to 8.5 points; when even the smallest is too large, texts are cut. The
    file is tagged for screen readers (PDF/UA) as long as every letter can be shown. Same application, same bytes on one
    machine; letters that are not Latin, Greek, Cyrillic or Arabic come from the fonts that are there.
    """
    briefs = [make_brief(application, share) for share in (1.0, SHORTEST, TIGHTEST)]
    data = json.dumps([asdict(brief) for brief in briefs])
    try:
        return _compiled(data, ["ua-1"]), ""
    except RuntimeError as error:  # what typst raises is of this kind; it refuses letters that it cannot show
        found = _UNKNOWN.search(str(error))
    letters = f"“{found[1]}”" if found else "some letters"
    said = f"This machine has no font for {letters}, so the PDF shows boxes there; print brief.html in its place."
    return _compiled(data, []), said


_UNKNOWN = re.compile(r'the text `?"(.*?)"')


def _compiled(briefs: str, standards: list[PDFStandard]) -> bytes:
    import typst

    source = template("brief.typ")
    # what comes from outside goes in as JSON and is shown as letters, never read as typst's own language
    pdf = typst.compile(source, sys_inputs={"briefs": briefs}, font_paths=_fonts(), pdf_standards=standards)
    if not isinstance(pdf, bytes):
        raise PrepkitError("The brief takes more than one page, which is a fault of prepkit.")
    return pdf


def _fonts() -> list[Path]:
    """Return where DejaVu lies, which comes with the library for figures and has letters that typst's fonts lack."""
    found = find_spec("matplotlib")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" if found and found.origin else Path()
    return [folder] if folder.is_dir() and found else []
