"""What the figures of odds and of speaking time show, read off the artists that were drawn."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ET
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from test_plots import HOSTILE, assert_tidy, drawn, names, prose, python

from prepkit import palette
from prepkit.oddsplots import describe_case, describe_delivery, plot_case, plot_delivery
from prepkit.plots import picture


def odds(questions: int, count: int, half: float = 0.005, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames of a delivery, with ranges of twice `half`."""
    ends = np.random.default_rng(seed).uniform(0.2, 0.98, count)
    index = pd.RangeIndex(1, questions + 1, name="question")
    columns = pd.Index([f"t{number}" for number in range(count)], name="theme")
    rise = np.arange(1, questions + 1) / questions
    frame = pd.DataFrame(np.sqrt(rise)[:, None] * ends, index, columns)
    value = frame.prod(axis=1)
    return frame, pd.DataFrame({"value": value, "low": (value - half).clip(0), "high": (value + half).clip(upper=1)})


def parts(*rows: tuple[float, float]) -> pd.DataFrame:
    index = pd.Index([f"t{number}" for number in range(len(rows))], name="theme")
    return pd.DataFrame(rows, index, ["claim", "proof"], dtype=float)


def shown(ax) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in ax.texts if text.get_text()]


def lines(ax) -> dict[str, object]:
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


CASES = {
    "typical": parts((5, 6), (4, 7), (5, 4), (3, 4)),
    "holes": parts((0, 4), (5, 0), (0, 0), (4, 1)),
    "one": parts((5, 7)),
    "one, too long": parts((15, 40)),
    "nothing yet": parts((0, 0)),
    "twelve": parts(*[(6, 9)] * 12),
    "endless": parts((300, 1200), (2, 0)),
    "tiny": parts((0.01, 0.2), (0.3, 0)),
}
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
SIZES = [(1, 1), (6, 1), (6, 2), (6, 4), (1, 4), (50, 3), (6, 12), (50, 12), (6, 20)]


# --- the odds ------------------------------------------------------------------------------------


def test_each_line_has_the_chances_of_its_theme():
    """One line per theme with its frame's values, and one for all of them, which is the boldest."""
    frame, together = odds(6, 4)
    ax = plot_delivery(frame, together)
    found = lines(ax)
    assert list(found)[:4] == ["theme t0", "theme t1", "theme t2", "theme t3"]
    for key in frame:
        assert found[f"theme {key}"].get_ydata().tolist() == frame[key].tolist()
        assert to_hex(found[f"theme {key}"].get_color()) == palette.ACCENT
        assert found[f"theme {key}"].get_linewidth() < found["all themes"].get_linewidth() / 1.5
    assert found["all themes"].get_xydata().tolist() == [[k, together["value"][k]] for k in range(1, 7)]
    assert to_hex(found["all themes"].get_color()) == palette.INK
    assert found["all themes"].get_marker() == "o"


def test_four_themes_are_told_apart_without_colour():
    """Each of the first four lines has dashes of its own."""
    found = lines(plot_delivery(*odds(6, 4)))
    assert len({str(found[f"theme t{number}"]._dash_pattern) for number in range(4)}) == 4


@pytest.mark.parametrize("half", [0.002, 0.005, 0.1])
def test_error_bars_are_the_range(half):
    """The bars reach from low to high at each question, and their caps are wider than the marker."""
    frame, together = odds(6, 3, half)
    ax = plot_delivery(frame, together)
    (_, caps, (stems,)) = ax.containers[0]
    ends = [segment[:, 1].tolist() for segment in stems.get_segments()]
    assert np.allclose(ends, together[["low", "high"]].to_numpy())
    assert min(cap.get_markersize() for cap in caps) > lines(ax)["all themes"].get_markersize() * 1.5


def test_the_axes_are_questions_and_per_cent():
    """Questions run 1 to n, chances 0 to 100 % in few steps, and both are named."""
    ax = plot_delivery(*odds(6, 3))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3", "4", "5", "6"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    assert (ax.get_xlim()[1], ax.get_ylim()) == (6, (0, 1))
    assert {"after question", "chance of having been told"} <= set(shown(ax))
    many = [label.get_text() for label in plot_delivery(*odds(50, 3)).get_xticklabels()]
    assert many == [str(question) for question in range(5, 51, 5)]


def test_each_line_is_named_at_its_end():
    """Number, claim and whole per cent stand at the right, the highest on top; all themes with their range."""
    index = pd.RangeIndex(1, 3, name="question")
    frame = pd.DataFrame({"a": [0.2, 0.5], "b": [0.5, 0.946], "c": [0.1, 0.5]}, index)
    together = pd.DataFrame({"value": [0.05, 0.24], "low": [0.04, 0.23], "high": [0.06, 0.25]}, index)
    ax = plot_delivery(frame, together, themes={"a": "Calm", "b": "Plain $numbers$"})
    drawn(ax)
    heights = {text.get_text(): text.get_window_extent().y0 for text in ax.texts}
    order = sorted(heights, key=heights.__getitem__, reverse=True)
    assert [name for name in order if re.match(r"\d\.|all|bars", name)] == [
        "2. Plain $numbers$", "1. Calm", "3. c", "all 3 themes", "bars: 95 % range, 23 to 25 %",
    ]  # fmt: skip
    assert [text for text in shown(ax) if re.fullmatch(r"\d+ %", text)] == ["50 %", "95 %", "50 %", "24 %"]


@pytest.mark.parametrize(("count", "words"), [(1, "the only theme"), (2, "both themes"), (12, "all 12 themes")])
def test_all_themes_are_counted_in_words(count, words):
    """The bold label says how many themes it is about."""
    assert words in shown(plot_delivery(*odds(6, count)))


def test_moved_labels_have_a_leader():
    """A thin line leads from the end of a line to its label where that had to make room, and only there."""
    frame, together = odds(6, 3)
    frame.iloc[-1], together.iloc[-1] = [0.9, 0.9, 0.9], [0.3, 0.29, 0.31]
    ax = plot_delivery(frame, together)
    leaders = [line for line in ax.lines if line.get_label() == "_leader"]
    down = ax.bbox.height * 72 / 100
    assert len(leaders) == 2  # the one in the middle stays, as does the one of all themes
    assert all(line.get_ydata()[0] == pytest.approx(0.9 * down) for line in leaders)
    assert max(line.get_linewidth() for line in leaders) < 1


@pytest.mark.parametrize(("questions", "count"), SIZES)
@pytest.mark.parametrize("letters", [5, 80, 300])
def test_odds_are_tidy(questions, count, letters):
    """No text leaves the figure, lies on another one or is too small, with any number of themes and questions."""
    claims = {f"t{number}": prose(letters, number) for number in range(count)}
    for frames in (odds(questions, count), tuple(frame * 0 for frame in odds(questions, count))):
        assert_tidy(plot_delivery(*frames, themes=claims))
    frame, together = odds(questions, count)
    assert_tidy(plot_delivery(frame * 0 + 1, together * 0 + 1, themes=claims))


def test_names_of_lines_stand_right_of_them():
    """No label lies on the lines, the caps at their ends included."""
    ax = plot_delivery(*odds(6, 4))
    drawn(ax)
    right = [text.get_window_extent().x0 for text in ax.texts if re.match(r"\d+\.|\d+ %|all|bars", text.get_text())]
    assert len(right) == 11
    assert min(right) > ax.bbox.x1 + 8


@pytest.mark.parametrize("missing", ["themes", "questions"])
def test_no_odds_yet_are_said_in_a_sentence(missing):
    """Without themes or questions the figure is one grey sentence, which is the alternative text too."""
    frame, together = odds(6, 3)
    frame, together = (frame[[]], together) if missing == "themes" else (frame[:0], together[:0])
    ax = plot_delivery(frame, together)
    assert shown(ax) == [describe_delivery(frame, together)]
    assert shown(ax) == [f"There are no {missing} yet, so nothing to show here."]
    assert plot_delivery(frame, together, Figure().subplots()).texts


@pytest.mark.parametrize("function", [plot_delivery, describe_delivery])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f, t: (f * 100, t), "A chance is 0 to 1;"),
        (lambda f, t: (-f, t), "A chance is 0 to 1;"),
        (lambda f, t: (f.where(f < 0.3), t), "A chance is 0 to 1;"),
        (lambda f, t: (f, t * 100), "A chance is 0 to 1;"),
        (lambda f, t: (f.astype(object).where(f < 0.3, "high"), t), "A chance is a number;"),
        (lambda f, t: (f, t.drop(columns="low")), "should be value, low, high"),
        (lambda f, t: (f, t.assign(more=0.5)), "should be value, low, high"),
        (lambda f, t: (f, t.assign(low=t["high"])), "After question 1 the chance lies outside"),
        (lambda f, t: (f, t.assign(high=0.0)), "lies outside of its own range"),
        (lambda f, t: (f, t[:-1]), r"numbered 1 to 6, not \[1, 2, 3, 4, 5\]"),
        (lambda f, t: (f[::-1], t), "numbered 1 to 6"),
        (lambda f, t: (f.reset_index(drop=True), t), r"numbered 1 to 6, not \[0"),
        (lambda f, t: (f.rename(columns={"t1": "t0"}), t), r"theme appears twice: \['t0'\]"),
    ],
)
def test_odds_that_do_not_fit_are_refused(function, spoil, message):
    """Values that are no chance, wrong columns, other questions and repeated themes are each told apart."""
    with pytest.raises(ValueError, match=message):
        function(*spoil(*odds(6, 3)))


def test_odds_are_told_in_sentences():
    """The alternative text gives the course and range of all themes, each theme's end and the least likely one."""
    index = pd.RangeIndex(1, 4, name="question")
    frame = pd.DataFrame({"a": [0.2, 0.4, 0.5], "b": [0.5, 0.7, 0.94]}, index)
    together = pd.DataFrame({"value": [0.1, 0.25, 0.48], "low": 0.09, "high": 0.5}, index)
    assert describe_delivery(frame, together, themes={"a": "Calm"}) == (
        "Lines over 3 questions: the chance of having been told. Both themes: 10 % after question 1, 25 % after "
        "question 2, 48 % after question 3 (95 % range 9 to 50 %). After question 3: “Calm” 50 %, “b” 94 %. "
        "Least likely is “Calm”: 50 %."
    )


def test_a_range_that_rounds_to_one_number_has_decimals():
    """“61 to 61 %” would look as if there were no range."""
    frame, together = odds(2, 2)
    together.iloc[-1] = [0.61, 0.608, 0.613]
    assert "95 % range 60.8 to 61.3 %" in describe_delivery(frame, together)


# --- the case ------------------------------------------------------------------------------------


def blocks(ax, colour: str) -> list[tuple[int, float, float]]:
    """Return (row, start, seconds) of each rectangle of a colour."""
    found = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == colour]
    return [(round(p.get_y() + p.get_height() / 2), round(p.get_x(), 6), round(p.get_width(), 6)) for p in found]


def test_each_theme_begins_where_the_one_before_ended():
    """Claim and proof lie end to end down the rows, from 0 seconds to the total."""
    ax = plot_case(CASES["typical"])
    claim, proof = palette.RATING[1], palette.RATING[2]
    assert blocks(ax, claim) == [(0, 0, 5), (1, 11, 4), (2, 22, 5), (3, 31, 3)]
    assert blocks(ax, proof) == [(0, 5, 6), (1, 15, 7), (2, 27, 4), (3, 34, 4)]
    assert names(ax) == ["1. t0", "2. t1", "3. t2", "4. t3", "all together"]
    assert ax.get_ylim() == (4.5, -0.5)


def test_the_window_is_shaded_and_named():
    """The time that the case should take is a field over all rows with its seconds above."""
    ax = plot_case(CASES["typical"])
    (window,) = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == palette.ACCENT_WASH]
    assert (window.get_x(), window.get_width(), window.get_height()) == (20, 10, 5)
    assert "20 to 30 seconds" in shown(ax)
    assert "45 to 60 seconds" in shown(plot_case(CASES["typical"], shortest=45, longest=60))


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        ([(5, 6), (4, 7), (5, 4), (3, 4)], "38 s, 8 s too long"),
        ([(5, 9)], "14 s, room for 6 s more"),
        ([(20, 7)], "27 s, fits"),
        ([(20, 0)], "20 s, fits"),
        ([(10, 20)], "30 s, fits"),
        ([(0.1, 0.2)] * 100, "30 s, fits"),
        ([(10, 20.3)], "30.3 s, 0.3 s too long"),
        ([(10, 9.6)], "19.6 s, room for 0.4 s more"),
        ([(0, 0)], "0 s, room for 20 s more"),
    ],
)
def test_the_end_says_whether_it_fits(rows, verdict):
    """The total stands at the end with what is too much or still free, in the figure and in words."""
    case = parts(*rows)
    ax = plot_case(case)
    (text,) = [text for text in ax.texts if text.get_text() == verdict]
    assert to_hex(text.get_color()) == (palette.PROBLEM if "too long" in verdict else palette.INK)
    assert f": {verdict}. " in describe_case(case)


def test_what_is_too_long_is_marked():
    """The sum is one bar, of which the part after the longest time is in the colour of problems."""
    ax = plot_case(CASES["typical"])
    assert blocks(ax, palette.PROBLEM) == [(4, 30, 8)]
    assert blocks(ax, palette.INK) == [(4, 0, 30)]
    assert not blocks(plot_case(parts((20, 7))), palette.PROBLEM)


def test_a_missing_part_is_a_hole_with_words():
    """It has an outline where it would be, takes no time, and is named in the colour of problems."""
    ax = plot_case(CASES["holes"])
    holes = blocks(ax, palette.PROBLEM_WASH)
    assert [row for row, _, _ in holes] == [0, 1, 2, 2]
    assert holes[0][1] + holes[0][2] == pytest.approx(0)
    assert holes[1][1] == holes[3][1] == 9
    assert holes[2][1] + holes[2][2] == pytest.approx(9)
    assert blocks(ax, palette.RATING[1])[-1] == (3, 9, 4)
    words = [text for text in ax.texts if text.get_text().startswith("no ")]
    assert [text.get_text() for text in words] == ["no claim yet"] * 2 + ["no proof yet"] * 2
    assert {to_hex(text.get_color()) for text in words} == {palette.PROBLEM}
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["claim", "proof", "missing"]


def test_seconds_stand_beside_their_row():
    """Each row has the seconds of claim and proof in a column of their own, named above."""
    ax = plot_case(parts((5, 6.4), (0.3, 1200)))
    assert [text for text in shown(ax) if text not in names(ax)] == [
        "20 to 30 seconds", "claim", "5 s", "under 1 s", "proof", "6 s", "1,200 s", "1,212 s, 1,182 s too long",
    ]  # fmt: skip


@EVERY_CASE
@pytest.mark.parametrize("letters", [5, 80, 300])
def test_cases_are_tidy(case, letters):
    """No text leaves the figure, lies on another one or is too small, and the scale holds total and window."""
    ax = plot_case(case, themes={key: prose(letters, 3) for key in case.index})
    assert_tidy(ax)
    assert ax.get_xlim()[0] <= 0
    assert ax.get_xlim()[1] >= max(30, case.to_numpy().sum())
    inside = [label.get_window_extent().x1 for label in ax.get_yticklabels()]
    assert max(inside) < ax.bbox.x0
    for patch in ax.patches:
        assert ax.bbox.x0 - 1 <= patch.get_window_extent().x0 <= patch.get_window_extent().x1 <= ax.bbox.x1 + 1


def test_no_case_yet_is_said_in_a_sentence():
    """Without themes the figure is one grey sentence, which is the alternative text too."""
    ax = plot_case(parts())
    assert shown(ax) == [describe_case(parts())] == ["There are no themes yet, so nothing to show here."]


@pytest.mark.parametrize("function", [plot_case, describe_case])
@pytest.mark.parametrize(
    ("spoil", "window", "message"),
    [
        (lambda p: -p, (20, 30), "A time in seconds is 0 or more;"),
        (lambda p: p.where(p < 6), (20, 30), "A time in seconds is 0 or more;"),
        (lambda p: p * np.inf, (20, 30), "A time in seconds is 0 or more;"),
        (lambda p: p.astype(str) + " s", (20, 30), "A time in seconds is a number;"),
        (lambda p: p[["claim"]], (20, 30), "should be claim, proof"),
        (lambda p: p.assign(story=1.0), (20, 30), "should be claim, proof"),
        (lambda p: p.rename({"t1": "t0"}), (20, 30), r"theme appears twice: \['t0'\]"),
        (lambda p: p, (30, 20), "the second has to be the longer one"),
        (lambda p: p, (-1, 20), "should take -1 to 20"),
        (lambda p: p, (20, float("inf")), "should take 20 to inf"),
        (lambda p: p, (float("nan"), 30), "should take nan to 30"),
    ],
)
def test_cases_that_do_not_fit_are_refused(function, spoil, window, message):
    """Values that are no time, wrong columns, repeated themes and odd windows are each told apart."""
    with pytest.raises(ValueError, match=message):
        function(spoil(CASES["typical"]), shortest=window[0], longest=window[1])


def test_the_case_is_told_in_sentences():
    """The alternative text gives total, target, each theme's seconds and how many parts are missing."""
    assert describe_case(parts((5, 6), (4, 0)), themes={"t0": "Calm"}) == (
        "Time to say the case: 15 s, room for 5 s more. It should take 20 to 30 seconds. "
        "“Calm”: claim 5 s, proof 6 s; “t1”: claim 4 s, no proof yet. 1 of 4 parts is missing."
    )
    assert describe_case(CASES["typical"]).endswith("No part is missing.")


# --- both ----------------------------------------------------------------------------------------


def delivery_of(themes=None, ax=None):
    return plot_delivery(*odds(6, 3), ax, themes=themes)


def case_of(themes=None, ax=None):
    return plot_case(CASES["holes"], ax, themes=themes)


BOTH = pytest.mark.parametrize("plot", [delivery_of, case_of], ids=["delivery", "case"])


@BOTH
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_claims_are_drawn_as_text(plot, text, caplog):
    """No claim is read as mathematics, crashes, warns, leaves an empty place or lies on another text."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plot({"t0": text, "t1": text})
        svg = picture(ax, text).svg
        ax.figure.savefig(BytesIO(), format="png")
    ET.fromstring(svg)
    svg.encode("utf-8")
    assert not caplog.records
    assert_tidy(ax)
    texts = [shown for shown in ax.figure.findobj(Text) if shown.get_text()]
    assert not any(shown.get_parse_math() for shown in texts)
    assert not any(re.fullmatch(r"\d+\. *", shown.get_text()) for shown in texts)


@BOTH
def test_dollars_are_kept(plot):
    """A claim with two dollar signs is shown as it was written."""
    ax = plot({"t0": "$100k to $120k"})
    assert "1. $100k to $120k" in [*shown(ax), *names(ax)]


@BOTH
def test_pictures_suit_the_page(plot):
    """A figure is 900 pixels wide, and same input gives same bytes, whatever the reader's own settings are."""
    first = plot()
    assert first.figure.get_figwidth() == pytest.approx(9)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9, "errorbar.capsize": 3}):
        second = picture(plot(), "words")
    assert picture(first, "words") == second
    assert picture(plot({"t0": "another"}), "words") != second


@BOTH
def test_axes_of_the_caller_are_used(plot):
    """Axes that were given come back drawn, in the figure and the place that they had."""
    figure = Figure(figsize=(9, 5), dpi=100)
    ax = figure.add_axes((0.3, 0.2, 0.35, 0.6))
    before = ax.get_position().bounds
    with mpl.rc_context({"text.parse_math": True, "font.family": "serif", "font.size": 30}):
        assert plot({"t0": "$100 and $x^$ " * 9}, ax) is ax
    assert ax.figure is figure
    assert ax.get_position().bounds == before
    assert_tidy(ax)
    assert not any(text.get_parse_math() for text in figure.findobj(Text) if text.get_text())


def test_frames_are_left_as_they_were():
    """Drawing and describing change none of the frames, and the settings of matplotlib stay."""
    frame, together, case = *odds(6, 3), CASES["holes"].copy()
    before, settings = (frame.copy(), together.copy(), case.copy()), dict(mpl.rcParams)
    plot_delivery(frame, together)
    describe_delivery(frame, together)
    plot_case(case)
    describe_case(case)
    for now, then in zip((frame, together, case), before, strict=True):
        pd.testing.assert_frame_equal(now, then)
    assert dict(mpl.rcParams) == settings


@pytest.mark.parametrize("count", [1, 2, 4, 12, 40])
@pytest.mark.parametrize("letters", [5, 300])
def test_alternative_texts_are_short(count, letters):
    """At most about 700 characters, however many themes and however long their claims."""
    claims = {f"t{number}": prose(letters, number) for number in range(count)}
    for text in (
        describe_delivery(*odds(50, count), themes=claims),
        describe_case(parts(*[(0, 1234)] * count), themes=claims),
    ):
        assert len(text) <= 720
        assert text.endswith(".")


def test_pictures_agree_between_sessions():
    """A second interpreter, with another hash seed, draws the same bytes."""
    code = (
        "import hashlib, pandas as pd; from prepkit.oddsplots import *; from prepkit.plots import picture;"
        "f = pd.DataFrame({'a': [.1, .2], 'b': [.1, .3]}, index=[1, 2]);"
        "t = pd.DataFrame({'value': [.1, .2], 'low': 0., 'high': 1.}, index=[1, 2]);"
        "p = pd.DataFrame({'claim': [5., 0.], 'proof': [0., 9.]}, index=['a', 'b']);"
        "s = picture(plot_delivery(f, t), 'x').svg + picture(plot_case(p), 'x').svg;"
        "print(hashlib.sha256(s.encode()).hexdigest())"
    )
    assert len({python(code, PYTHONHASHSEED=seed) for seed in ("1", "2")}) == 1
