"""The thank-you note: the themes once more, each as an answer to what the employer is looking for.

A draft from the candidate's own words and the posting's. What only somebody who was there can write is a blank in
square brackets. The method's step 5: a note that repeats the themes and serves the employer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from textwrap import shorten
from typing import Any

from jinja2 import Environment, StrictUndefined

from prepkit.application import Application
from prepkit.bridge import theme_sentence
from prepkit.case import short_result
from prepkit.files import without_controls
from prepkit.plan import Theme
from prepkit.resources import template
from prepkit.text import Likeness, guess_language, sentences
from prepkit.wording import WordingFinding

__all__ = ["LONGEST_LINE", "LONGEST_OWN", "Letter", "thank_you", "thank_you_eml"]

LONGEST_LINE = 120
"""Characters of a line of the posting that the note quotes."""

LONGEST_OWN = 25
"""Words of a twist that are taken whole; of a longer one only the first sentence, so that the note stays short."""

MOST_THEMES = 4
"""Themes that are repeated (the method)."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A note to be edited and sent.

    Attributes:
        subject: One line.
        text: Plain text, a paragraph on one line, ending in a line end.
        findings: What is wrong with its wording; offsets are into `text`.
        notes: What to know before it is edited, as sentences.
    """

    subject: str
    text: str
    findings: tuple[WordingFinding, ...]
    notes: tuple[str, ...]


def thank_you(application: Application) -> Letter:
    """Return the thank-you note of an application.

    Each of the first four themes is told as an answer to the line of the posting that it cites and is most like it: the
    claim, then the twist in the candidate's own words, or else the result of a story. Third-person proofs are left out,
    and so are culture notes, which were told in confidence.
    """
    posting = application.posting
    themes = [_told(theme, application) for theme in application.plan.themes[:MOST_THEMES]]
    text = _template().render(
        role=_one_line(posting.title),
        company=_one_line(posting.company),
        candidate=_one_line(application.candidate),
        themes=themes,
        blank=lambda what: f"[{what}]",
    )
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
    subject = f"Thank you: {shorten(_one_line(posting.title), 100, placeholder=' …') or 'our conversation'}"
    findings = tuple(found for found in application.wording(text) if found.code != "not_checked")
    return Letter(subject, text, findings, tuple(_notes(application)))


def _told(theme: Theme, application: Application) -> dict[str, str]:
    own = _one_line(theme.twist)
    if len(own.split()) > LONGEST_OWN:
        own = sentences(own)[0]
    if not own:
        backing = [application.stories[name] for name in application.coverage.backing(theme.id)]
        settled = [story for story in backing if application.coverage.decided.at[story.id, theme.id]]
        results = [story for story in settled if story.result]
        own = _one_line(short_result(results[0])) if results else "[what only you can tell of it]"
    language = guess_language(f"{theme.claim} {theme.twist}") or application.posting.language or "en"
    return {
        "line": _cited(theme, application),
        "claim": _one_line(theme_sentence(theme.claim, language, application.number[theme.id])),
        "own": own,
    }


def _cited(theme: Theme, application: Application) -> str:
    """Return the cited line of the posting that is most like the theme, in quotation marks; empty without one."""
    lines = [line.text for ref in theme.evidence if (line := application.posting.line(ref))]
    if not lines:
        return ""
    alike = Likeness(lines, application.posting.language or "en").scores(f"{theme.claim} {theme.twist}").tolist()
    best = lines[max(range(len(lines)), key=lambda place: (alike[place], -place))]
    said = shorten(_one_line(best), LONGEST_LINE, placeholder=" …")
    return f"“{said}”" if said.endswith((".", "!", "?", "…")) else f"“{said}.”"


def _notes(application: Application) -> list[str]:
    notes = []
    if application.posting.language not in ("en", "") or application.language != "en":
        notes.append("The thank-you note is drafted in English around your own words; translate the rest.")
    if not application.chosen:
        notes.append(
            "No theme is chosen yet: the brief shows what the posting asks for, and the thank-you note has a blank."
        )
    if len(application.plan.themes) > MOST_THEMES:
        notes.append(f"The thank-you note repeats the first {MOST_THEMES} of {len(application.plan.themes)} themes.")
    return notes


@cache
def _template() -> Any:
    source = template("thank-you.txt.j2").read_text(encoding="utf-8")
    plain = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - no HTML
    return plain.from_string(source)


def _one_line(text: str) -> str:
    return " ".join(without_controls(text).split())


def thank_you_eml(letter: Letter) -> bytes:
    """Return the note as an e-mail that opens as a draft: no sender, no addressee, no date.

    The library refuses a line end in a header, and the subject has none, so nothing can be added to the headers.
    """
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(letter.subject)
    message["X-Unsent"] = "1"
    message.set_content(letter.text, cte="quoted-printable")
    return message.as_bytes()
