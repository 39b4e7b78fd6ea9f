"""Source lines as headings, bullets and paragraphs."""

from __future__ import annotations

import pytest

from prepkit.blocks import Kind, has_words, is_button, read_blocks, without_mark


@pytest.mark.parametrize("mark", ["- ", "* ", "• ", "•", "– ", "a) ", "✓ "])
def test_bullets(mark: str) -> None:
    """Lines that begin with a sign of a list are bullets without that sign."""
    found = [(block.text, block.kind) for block in read_blocks([f"{mark}Boil eggs", f"{mark}Fry ham"])]
    assert found == [("Boil eggs", Kind.BULLET), ("Fry ham", Kind.BULLET)]


def test_numbers_without_neighbours_are_no_list() -> None:
    """A date at the start of a line stays a part of it."""
    (block,) = read_blocks(["12. Mai beginnt die Arbeit"])
    assert (block.text, block.kind) == ("12. Mai beginnt die Arbeit", None)


@pytest.mark.parametrize(("text", "plain"), [("- **Lead**", "Lead"), ("## Duties ##", "Duties"), ("a_b_c", "a_b_c")])
def test_marks_are_taken_away(text: str, plain: str) -> None:
    """Marks of layout are no words; signs inside words are."""
    assert without_mark(text) == plain


def test_words_and_buttons() -> None:
    """Rules hold no words; button texts are known as such."""
    assert has_words("工")
    assert not has_words("--- *")
    assert is_button("Apply now ›")
    assert not is_button("Apply the brakes")
