"""Texts from outside: cleaned, measured, wrapped and cut, and labels that make room for each other."""

from __future__ import annotations

import itertools
import random
import re

import numpy as np
import pytest
from test_plots import HOSTILE

from prepkit import labels


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_cleaned_texts_are_one_short_line(text):
    """Nothing that steers a display is left, and cleaning what is clean changes nothing."""
    done = labels.clean(text)
    assert len(done) <= labels.MAX_LETTERS
    assert done.isprintable()
    assert labels.clean(done) == done.rstrip()  # a cut may leave a blank at the end
    assert not re.search(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", done)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_title_is_never_empty(text):
    """A title that shows nothing gives way to the id, and an id that shows nothing to a word."""
    assert labels.title("t1", {"t1": text}).strip()
    assert labels.title(text, None).strip()


def test_fonts_are_those_of_this_machine():
    """The font that matplotlib brings along is always there, and first; letters that no font has have no width."""
    assert labels.families()[0] == "DejaVu Sans"
    assert labels.advance("\U0010fffd") is None
    assert labels.advance("W") > labels.advance("i") > 0


@pytest.mark.parametrize("lines", [1, 2, 5])
@pytest.mark.parametrize("name", ["german compound", "wide letters", "no break", "huge", "price range", "emoji"])
def test_labels_keep_to_their_width(name, lines):
    """No line is wider or label longer than asked for, and a cut is marked by an ellipsis."""
    text = labels.title(HOSTILE[name], None)
    label = labels.label(text, 9, lines)
    assert len(label.split("\n")) <= lines
    assert max(labels.width(line) for line in label.split("\n")) <= 9
    whole = re.sub(r"[\s-]", "", label) == re.sub(r"[\s-]", "", text)
    assert whole != label.endswith("…")


def test_long_words_are_torn_with_a_hyphen():
    """A word that fits in no line goes on in the next one; other signs get no hyphen."""
    assert labels.label("Grundverordnung", 6, 3).split("\n")[0].endswith("-")
    assert "-" not in labels.label("{" * 40, 6, 9)


def test_labels_without_any_room_still_show_something():
    """A width of nothing gives one letter, not an endless loop."""
    assert labels.label("word", 0, 0) == "w…"
    assert labels.label("", 0, 1) == ""


# --- labels side by side -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_labels_keep_apart_and_inside(seed):
    """Whatever is wanted, no two overlap, their order stays, and all are between the bounds."""
    generator = random.Random(seed)
    count = generator.randint(1, 13)
    wanted = sorted(generator.uniform(-20, 120) for _ in range(count))
    sizes = [generator.uniform(1, 100 / count) for _ in range(count)]
    middles = labels.spread(wanted, sizes, 0, 100)
    spans = [(middle - size / 2, middle + size / 2) for middle, size in zip(middles, sizes, strict=True)]
    assert spans[0][0] >= -1e-9
    assert spans[-1][1] <= 100 + 1e-9
    assert all(one[1] <= other[0] + 1e-9 for one, other in itertools.pairwise(spans))


def test_labels_with_room_stay_where_they_are():
    """Only labels that would touch are moved, together and no farther than they have to."""
    assert labels.spread([10, 30, 31, 80], [8, 8, 8, 8], 0, 100).tolist() == [10, 26.5, 34.5, 80]
    assert labels.spread([0, 100], [8, 8], 0, 100).tolist() == [4, 96]
    assert labels.spread([], [], 0, 100).tolist() == []


def test_more_labels_than_room_still_keep_apart():
    """What does not fit sticks out at one end instead of lying on each other."""
    middles = labels.spread([50] * 20, [10] * 20, 0, 100)
    assert np.diff(middles).tolist() == [10] * 19
    assert middles[0] == 5
