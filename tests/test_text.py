"""Words, sentences, names of files and likeness: nothing is lost, nothing is run, and the same stays the same."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prepkit.text import (
    LANGUAGES,
    LONGEST_ABBREVIATION,
    Likeness,
    guess_language,
    sentences,
    slug,
    spreadsheet_plain,
    spreadsheet_safe,
    stems,
    tidy,
    words,
)

PROSE = st.text(st.sampled_from("aB3 .!?…。\"')(\n\té工") | st.characters(exclude_categories=["Cs"]), max_size=60)

POSTINGS = {
    "da": "Vi søger en leder til vores team, og du skal have lyst til at arbejde med mennesker.",
    "de": "Wir suchen für unser Team in Kassel eine Leitung mit Erfahrung und einem Blick für das Wesentliche.",
    "en": "We are looking for a manager who will lead the team and work with our partners.",
    "es": "Buscamos una persona para el equipo de la oficina, con experiencia en las ventas y los clientes.",
    "fr": "Nous cherchons une personne pour notre équipe, avec une expérience dans les hôpitaux et vous êtes curieux.",
    "it": "Cerchiamo una persona per il nostro ufficio, con esperienza nel settore e che sia curiosa della vita.",
    "nl": "Wij zoeken een medewerker voor ons team die met plezier werkt aan het beste van onze dienst.",
    "pl": "Szukamy osoby do naszej firmy, która będzie pracować z klientami oraz dba o jakość i jest otwarta na nas.",
    "pt": "Procuramos uma pessoa para a nossa equipa, com experiência em vendas e que não tenha medo do novo.",
    "sv": "Vi söker en ledare till vår grupp och du ska ha lust att arbeta med människor hos oss.",
}


@given(PROSE)
@example("Lead 8 nurses, e.g. on nights. You report to Dr. Lund! Ready?")
@example("。工。工")
def test_sentences_lose_nothing_but_spaces(text: str) -> None:
    """Put together again, the sentences hold every character of the paragraph but white space."""
    parts = sentences(text)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
    assert all(part and part == part.strip() for part in parts)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We care. You lead.", 2),
        ("Ask Dr. Lund, e.g. Monday.", 1),
        ("Ready? “Yes,” she said. (We were.) Go!", 4),
        ("Pay is 12.50 an hour.", 1),
        ("夜勤があります。週休二日です。", 2),
        ("It ends … and goes on.", 1),
        ("", 0),
    ],
    ids=["two", "abbreviations", "quotes", "decimal", "japanese", "ellipsis", "empty"],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, count: int) -> None:
    """Abbreviations and decimals end no sentence; marks of other scripts do."""
    assert len(sentences(text)) == count


def test_what_is_looked_at_before_a_stop_holds_the_longest_abbreviation() -> None:
    """The window before a full stop is wide enough for every abbreviation with the space in front of it."""
    assert all(len(sentences(f"We ask {short}. Then")) == 1 for short in ("approx", "e.g", "z.B"))
    assert len(" approx.") <= LONGEST_ABBREVIATION


@given(st.text(max_size=80))
@example("CON")
@example("com1")
@example("../../etc/passwd")
@example("İstanbul ﬃ ß ǰ")
@example("C++ & C#")
def test_slug_is_safe_and_settles(text: str) -> None:
    """A name has no capital, no space, no path, no reserved word, and making it again changes nothing."""
    name = slug(text)
    assert slug(name) == name
    assert name == name.casefold() or not name.isascii()
    assert not re.search(r'[\s/\\:*?"<>|.\x00-\x1f]', name)
    assert not name.startswith("-")
    assert name not in {"con", "prn", "aux", "nul", "com1", "lpt9"}
    assert len(name) <= 61


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Acme & Söhne: Head", "acme-sohne-head"),
        ("C++", "c-plus-plus"),
        ("C#", "c-sharp"),
        ("工程师", "工程师"),
        ("нужный край", "нужный-край"),
        ("हिन्दी", "हिन्दी"),
        ("nul", "nul-"),
        ("???", ""),
    ],
    ids=["umlaut", "plus", "sharp", "chinese", "cyrillic", "hindi", "reserved", "nothing"],
)
def test_slug_keeps_what_a_name_means(text: str, name: str) -> None:
    """Letters of any script stay; accents go only where the letter stays the same."""
    assert slug(text) == name


def test_slug_ends_at_a_word() -> None:
    """A name that is too long is cut between words, and a single word where it must be."""
    assert slug("alpha beta gamma", longest=11) == "alpha-beta"
    assert slug("a" * 100) == "a" * 60


@given(
    st.text(max_size=30) | st.builds(str.__add__, st.sampled_from(["=", "'=", "+", "-", "@", "\t", "''-"]), st.text())
)
@example("'=1")
@example("'quoted'")
def test_spreadsheet_cells_come_back(cell: str) -> None:
    """A guarded cell never begins like a formula, and taking the guard away gives the text."""
    safe = spreadsheet_safe(cell)
    assert spreadsheet_plain(safe) == cell
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_is_told(code: str) -> None:
    """A sentence of a posting is enough to tell each of the languages."""
    assert guess_language(POSTINGS[code]) == code


@pytest.mark.parametrize(
    "text", ["", "Wir sind", "東京の病院で働く看護師", "1 2 3"], ids=["empty", "short", "other", "digits"]
)
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    """Too few small words give no language."""
    assert guess_language(text) == ""


TEXTS = st.lists(
    st.lists(st.sampled_from(["nurse", "rota", "lead", "12", "the", "teams", "calm"]), max_size=6).map(" ".join),
    max_size=5,
)


@given(TEXTS, st.text(max_size=20))
@example([], "nurse")
@example(["nurse", "", "nurse rota"], "nurse")
def test_likeness_is_between_nothing_and_the_same(documents: list[str], text: str) -> None:
    """Scores lie in 0 to 1; pairs are square and symmetric, with ones where a document says something."""
    likeness = Likeness(documents)
    scores, pairs = likeness.scores(text), likeness.pairs()
    assert scores.shape == (len(documents),)
    assert pairs.shape == (len(documents), len(documents))
    assert ((scores >= 0) & (scores <= 1)).all()
    assert ((pairs >= 0) & (pairs <= 1)).all()
    np.testing.assert_allclose(pairs, pairs.T)
    np.testing.assert_allclose(np.diag(pairs), [1.0 if stems(d) else 0.0 for d in documents])


def test_rare_words_weigh_more() -> None:
    """Sharing a word that few documents have counts for more than sharing a common one."""
    scores = Likeness(["rota hospice", "rota ferry", "rota lounge"]).scores("rota ferry")
    assert scores.argmax() == 1
    assert 0 < scores[0] < scores[1]


def test_words_are_compared_by_stem_and_without_accents() -> None:
    """Forms of a word are one stem, small words are none, and an unknown language leaves words as they are."""
    assert stems("We are leading the teams that lead") == ["lead", "team", "lead"]
    assert stems("café", "fr") == stems("cafe", "fr")
    assert stems("leading teams", "xx") == ["leading", "teams"]
    assert words("It’s 12.5 %") == ["it's", "12.5"]
    assert tidy(" e\ufb03cient\u00a0 team ") == "efficient team"
