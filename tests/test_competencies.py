"""The shipped list of competencies, and which a text speaks of."""

from __future__ import annotations

import pytest

from prepkit.competencies import competencies, competency_scores, meanings, normal_tag, weighted
from prepkit.text import slug, stems


def test_list_is_long_enough_to_route_questions() -> None:
    """There are a dozen competencies at least, and always the same."""
    assert len(competencies()) >= 12
    assert competencies() is competencies()


@pytest.mark.parametrize("field", ["id", "name", "definition"])
def test_no_two_competencies_share_a_name(field: str) -> None:
    """Ids, names and definitions are all different and none is empty."""
    values = [getattr(entry, field) for entry in competencies()]
    assert all(values)
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("entry", competencies(), ids=lambda entry: entry.id)
def test_every_entry_is_fit_for_use(entry: object) -> None:
    """An id is in kebab-case, a name is short, and there are words to find it by."""
    assert slug(entry.id) == entry.id
    assert 1 <= len(entry.name.split()) <= 4
    assert len(entry.words) >= 8
    assert all(isinstance(word, str) and word == word.strip() and word for word in entry.words)


@pytest.mark.parametrize("entry", competencies(), ids=lambda entry: entry.id)
def test_id_and_name_mean_the_same_competency(entry: object) -> None:
    """Whoever writes the name in the table is understood like whoever writes the id."""
    assert entry.id == normal_tag(entry.id) == normal_tag(entry.name) == normal_tag(f"  {entry.name.upper()} ")


@pytest.mark.parametrize(("tag", "meant"), [("Bee keeping", "bee-keeping"), ("???", "")], ids=["own", "no-name"])
def test_own_tag_stays_own(tag: str, meant: str) -> None:
    """A tag that is not on the list is tidied and kept."""
    assert meant == normal_tag(tag)


@pytest.mark.parametrize("entry", competencies(), ids=lambda entry: entry.id)
def test_definition_speaks_of_its_own_competency_most(entry: object) -> None:
    """Each definition is nearest to the competency that it defines."""
    assert entry.id == next(iter(competency_scores([entry.definition])))


def test_scores_come_strongest_first_between_zero_and_one() -> None:
    """Scores fall, stay within 0 and 1, and leave out what the text does not speak of."""
    scores = competency_scores(["We led the team through a merger", "and calmed an angry customer"])
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert all(0 < score <= 1 for score in scores.values())
    assert set(scores) <= {entry.id for entry in competencies()}


@pytest.mark.parametrize("texts", [[], [""], ["xyzzy qwrtp"]], ids=["no-text", "blank", "no-known-word"])
def test_text_that_says_nothing_scores_nothing(texts: list[str]) -> None:
    """Without a shared word there is no score at all, rather than a zero."""
    assert competency_scores(texts) == {}


def test_words_of_an_entry_are_not_all_small_words() -> None:
    """Every competency can be found by words that carry meaning."""
    assert not [entry.id for entry in competencies() if len(set(stems(" ".join(entry.words)))) < 6]


def test_words_within_a_phrase_count_half() -> None:
    """A word that only stands within a known phrase comes once, and every other one twice."""
    counted = weighted(meanings("The root cause was a faulty cable"))
    assert (counted.count("=root cause"), counted.count("root"), counted.count("cabl")) == (2, 1, 2)
