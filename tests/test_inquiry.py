"""Questions to ask them, drafted from the posting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import PAYLOADS, POSTING, ROOT

from prepkit.inquiry import inquiry_note, insider_questions, questions_to_ask, whom_to_ask
from prepkit.plan import Plan
from prepkit.posting import Posting, read_posting

CORPUS = sorted(
    path
    for path in (ROOT / "tests" / "data" / "postings").iterdir()
    if path.suffix in (".txt", ".md", ".html", ".json", ".docx") and path.stem != "README"
)
CITES = Plan(themes=[{"id": "islands", "category": "motivation", "evidence": ["8"]}])


def posting_of(folder: Path, text: str) -> Posting:
    """A posting with these words."""
    path = folder / "posting.txt"
    path.write_text(text, encoding="utf-8")
    return read_posting(path)


@pytest.fixture
def ferries(tmp_path: Path) -> Posting:
    """The posting that the tests share."""
    return posting_of(tmp_path, POSTING)


def test_questions_quote_the_posting_each_another_line(ferries: Posting) -> None:
    """Challenge, first year, team and mission each get a line of their own."""
    questions = questions_to_ask(ferries, Plan())
    quoted = [line for question in questions for line in re.findall("“(.*?)”", question)]
    assert len(questions) == 5
    assert len(quoted) == len(set(quoted)) >= 4
    assert "broken down twice" in questions[0]
    assert questions[0].endswith("What has been tried so far?")
    assert all(line.rstrip(".") in POSTING for line in quoted)


def test_lines_that_themes_cite_go_first(ferries: Posting) -> None:
    """An answer to such a question leads back to a theme."""
    assert "cut off from school" in " ".join(questions_to_ask(ferries, CITES, 4))


@pytest.mark.parametrize("most", [0, 1, 3, 5, 99])
def test_there_are_no_more_questions_than_wanted(ferries: Posting, most: int) -> None:
    """The number is a limit, not a promise."""
    assert len(questions_to_ask(ferries, Plan(), most)) <= most


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_nobody_asks_about_pay(path: Path) -> None:
    """Salary, leave and benefits are never quoted, whatever the posting says of them."""
    posting = read_posting(path)
    asked = " ".join((*questions_to_ask(posting, Plan(), 20), *insider_questions(posting, Plan())))
    assert not re.search(r"salar|\bwage|bonus|pension|benefits|£\d+[,k]\d* (?:a|to)|per hour|annual leave", asked, re.I)
    assert all("\n" not in question for question in questions_to_ask(posting, Plan()))


def test_a_posting_without_lines_leaves_general_questions(tmp_path: Path) -> None:
    """Two words are a posting too, and an employer without a name is a blank."""
    questions = questions_to_ask(posting_of(tmp_path, "Porter wanted"), Plan())
    assert len(questions) == 5
    assert any("[the employer]" in question for question in questions)


def test_a_line_that_leans_on_another_is_not_quoted(tmp_path: Path) -> None:
    """“It no longer does.” says nothing to somebody who has not read the line before."""
    posting = posting_of(tmp_path, POSTING.replace("We need somebody", "It no longer works at all. We need somebody"))
    assert "It no longer works" not in " ".join(questions_to_ask(posting, Plan()))


def test_another_language_leaves_the_lines_bare() -> None:
    """No English question is hung on a German line, and people are told."""
    posting = read_posting(ROOT / "tests" / "data" / "postings" / "de-finanzbuchhaltung.txt")
    questions = questions_to_ask(posting, Plan())
    assert questions
    assert all(question.startswith("“") and question.endswith("”") for question in questions)
    assert "does not look English" in inquiry_note(posting)


def test_another_script_leaves_the_lines_bare(tmp_path: Path) -> None:
    """A language that cannot be told is not taken for English."""
    posting = posting_of(
        tmp_path, "运营经理\n\n我们经营四艘渡轮，冬季时刻表已经两次崩溃。我们需要一个能够带来平静的人。\n"
    )
    assert inquiry_note(posting)
    assert all(question.startswith("“") for question in questions_to_ask(posting, Plan()))
    assert len(insider_questions(posting, Plan())) == 3


def test_insiders_are_asked_for_stories(ferries: Posting) -> None:
    """A project, a meeting, a person: three questions with the employer's name."""
    questions = insider_questions(ferries, CITES)
    assert len(questions) == 3
    assert "Tidewrack Ferries" in questions[0]
    assert "meeting" in questions[1]
    assert inquiry_note(ferries) == ""


def test_who_has_not_been_asked_is_said() -> None:
    """Of employee, former employee and vendor; others do not count."""
    notes = [{"id": "a", "who": "employee"}, {"id": "b", "who": "other"}]
    assert len(whom_to_ask(Plan(culture_notes=notes))) == 2
    everybody = [{"id": who[:3], "who": who} for who in ("employee", "former employee", "vendor")]
    assert whom_to_ask(Plan(culture_notes=everybody)) == ()
    assert whom_to_ask(Plan()) == whom_to_ask(Plan()) != ()


def test_culture_notes_are_never_quoted(ferries: Posting) -> None:
    """What was told in confidence does not come up in the interview."""
    notes = [{"id": "ines", "who": "employee", "told": "Umbrella secret", "shows": "Umbrella"}]
    plan = Plan(culture_notes=notes, themes=[{"id": "x", "category": "fit", "evidence": ["ines"]}])
    assert "Umbrella" not in " ".join((*questions_to_ask(ferries, plan), *insider_questions(ferries, plan)))


@pytest.mark.parametrize("text", [*PAYLOADS, "{line} {employer} {0} {", "x" * 5_000, "word " * 2_000])
def test_any_text_is_only_text(tmp_path: Path, text: str) -> None:
    """Braces are not filled in, long lines are cut, and nothing fails."""
    posting = posting_of(tmp_path, POSTING.replace("Responsibilities\n", f"Responsibilities\n- {text} still waits\n"))
    posting = posting.corrected({"company": text})
    for question in (*questions_to_ask(posting, Plan()), *insider_questions(posting, Plan())):
        assert len(question) < 400
    assert questions_to_ask(posting, Plan()) == questions_to_ask(posting, Plan())
