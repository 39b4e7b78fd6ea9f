"""What the figures show, read off the artists that were drawn."""

from __future__ import annotations

import itertools
import os
import random
import re
import subprocess
import sys
import time
import warnings
import xml.etree.ElementTree as ET
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from prepkit import labels, oddsplots, palette, plots
from prepkit.plots import describe_coverage, describe_strength, picture, plot_coverage, plot_strength

PLOTS = pytest.mark.parametrize("plot", [plot_coverage, plot_strength], ids=["coverage", "strength"])
BOTH = pytest.mark.parametrize(
    "function",
    [plot_coverage, plot_strength, describe_coverage, describe_strength],
    ids=lambda function: function.__name__,
)

HOSTILE = {
    "price range": "$100k to $120k",
    "two dollars": "$$100",
    "bad mathtext": "$x^$",
    "half a fraction": "\\frac{1}$",
    "tex command": "$\\input{/etc/passwd}$",
    "braces": "{" * 50 + "x" + "}" * 50,
    "percent": "100 % of %s %(x)s {0} {x!r}",
    "controls": "a\x00b\x07c\x1bd\x7fe",
    "line ends": "one\ntwo\r\nthree\x0bfour\x0cfive\x85six\u2028seven\u2029eight",
    "tabs": "one\ttwo",
    "lone surrogate": "before \ud800 after",
    "only a surrogate": "\udfff",
    "bidi override": "safe \u202egnp.exe\u202c tail",
    "zero width": "a\u200bb\u200dc\ufeffd",
    "only format characters": "\u200b\u200e\u2060",
    "empty": "",
    "blank": " \t\n ",
    "piled marks": "Z" + "\u0301\u0323" * 500,
    "mark alone": "\u0301",
    "combining accents": "e\u0301te\u0301",
    "noncharacter": "x\ufffe\uffff",
    "private use": "x\ue000y",
    "emoji": "👩‍🚀 launched 🚀",
    "german compound": "Datenschutzgrundverordnungsbeauftragtenausschussvorsitz",
    "chinese": "把十一个国家的工资系统迁移到一个平台",
    "arabic": "قيادة فريق من تسعة أشخاص خلال عام صعب",
    "hindi": "नेतृत्व और टीम",
    "wide letters": "W" * 200,
    "narrow letters": "i" * 5000,
    "no break": "https://example.org/" + "a" * 300,
    "markup": "--><script>alert(1)</script><![CDATA[",
    "quotes": "\"double\" 'single' & <angle>",
    "underscore first": "_nolegend_",
    "huge": "word " * 20_000,
}


def frames(rows: int, columns: int, settled: float = 0.5, seed: int = 7) -> tuple[pd.DataFrame, pd.DataFrame]:
    generator = np.random.default_rng(seed)
    index = pd.Index([f"s{number}" for number in range(rows)], name="story")
    labels = pd.Index([f"t{number}" for number in range(columns)], name="theme")
    ratings = pd.DataFrame(generator.integers(0, 3, (rows, columns)), index, labels, dtype="int8")
    return ratings, pd.DataFrame(generator.random((rows, columns)) < settled, index, labels)


def prose(letters: int, seed: int) -> str:
    words = ["calm", "steady", "leadership", "across", "international", "regulatory", "environments", "for"]
    generator = random.Random(seed)
    return " ".join(generator.choices(words, k=letters))[:letters].strip()


@pytest.fixture
def ratings() -> pd.DataFrame:
    values = {"t1": [2, 1, 0, 0], "t2": [0, 2, 1, 0], "t3": [0, 0, 0, 0]}
    frame = pd.DataFrame(values, index=pd.Index(["s1", "s2", "s3", "s4"], name="story"), dtype="int8")
    return frame.rename_axis(columns="theme")


@pytest.fixture
def decided(ratings: pd.DataFrame) -> pd.DataFrame:
    frame = ratings.notna()
    frame.loc["s2", "t2"] = frame.loc["s4", "t1"] = False
    return frame


def drawn(ax) -> tuple[FigureCanvasAgg, list[Text]]:
    """Draw with a raster backend and return the texts that show something."""
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    texts = [text for text in ax.figure.findobj(Text) if text.get_visible() and text.get_text()]
    return canvas, texts


def headings(ax) -> list[str]:
    return [label.get_text().replace("\n", " ") for label in ax.get_xticklabels()]


def names(ax) -> list[str]:
    return [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]


# --- the palette ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", palette.PAIRS, ids=" on ".join)
def test_text_stands_out(pair):
    """Each text and background that may meet reaches WCAG AA."""
    assert palette.contrast(*pair) >= 4.5


def test_contrast_is_that_of_wcag():
    """Contrast agrees with published values, in either order, and refuses what is no colour."""
    assert palette.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert palette.contrast("#ffffff", "#767676") == palette.contrast("#767676", "#ffffff")
    assert palette.contrast(palette.INK, palette.INK) == 1
    with pytest.raises(ValueError, match="'teal' is not a colour"):
        palette.contrast("teal", "#ffffff")


@pytest.mark.parametrize("scale", [palette.RATING, palette.PENCIL], ids=["settled", "suggested"])
def test_ratings_read_in_greyscale(scale):
    """From none to strong each step is clearly darker than the one before."""
    light = [palette.contrast(colour, "#000000") for colour in scale]
    assert all(before / after > 1.3 for before, after in itertools.pairwise(light))


def test_stylesheet_has_every_colour():
    """The CSS block names each colour, rating and size once."""
    css = palette.css_variables()
    assert css.startswith(":root {\n")
    assert css.endswith("}\n")
    variables = re.findall(r"^  --([a-z0-9-]+): (#[0-9a-f]{6}|[\d.]+px);$", css, re.MULTILINE)
    assert len(variables) == len(dict(variables)) == css.count(";")
    assert dict(variables)["ink"] == palette.INK
    assert [dict(variables)[f"rating-{step}"] for step in range(3)] == list(palette.RATING)


# --- the matrix ----------------------------------------------------------------------------------


def test_first_story_is_on_top(ratings, decided):
    """Stories go down and themes go right in the order of the frame, titles where they belong."""
    ax = plot_coverage(ratings, decided, stories={"s1": "Payroll moved"}, themes={"t3": "Calm"})
    assert names(ax) == ["Payroll moved", "s2", "s3", "s4"]
    assert headings(ax) == ["t1", "t2", "Calm"]
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 3), (4, 0))
    _, texts = drawn(ax)
    height = {text.get_text(): text.get_window_extent().y0 for text in texts}
    assert height["Calm"] > height["Payroll moved"] > height["s2"] > height["s3"] > height["s4"]


def test_each_cell_shows_its_rating(ratings, decided):
    """A cell's place, number and word are those of its story and theme."""
    ax = plot_coverage(ratings, decided)
    shown = {tuple(text.get_position()): text.get_text() for text in ax.texts}
    for row, column in itertools.product(range(4), range(3)):
        rating = ratings.iat[row, column]
        mark = "" if decided.iat[row, column] else "?"
        word = {0: f"•{mark}", 1: f"1{mark} partial", 2: f"2{mark} strong"}[rating]
        assert shown[column + 0.5, row + 0.5] == word
    assert len(shown) == len(ax.texts) == 12


def test_settled_cells_have_the_colour_of_their_rating(ratings, decided):
    """Fills follow the scale where a person decided and stay paper where nobody did."""
    ax = plot_coverage(ratings, decided)
    for patch in ax.patches:
        column, row = int(patch.get_x()), int(patch.get_y())
        settled = decided.iat[row, column]
        expected = palette.RATING[ratings.iat[row, column]] if settled else palette.PAPER
        assert to_hex(patch.get_facecolor()) == expected


@pytest.mark.parametrize(("rows", "columns", "settled"), [(3, 3, 0), (12, 4, 0.5), (5, 2, 1), (2, 9, 0.3)])
def test_a_suggestion_never_looks_like_a_decision(rows, columns, settled):
    """Hatching, dashed outline and question mark are there exactly where nobody decided."""
    ratings, decided = frames(rows, columns, settled)
    ax = plot_coverage(ratings, decided)
    open_ = (~decided).to_numpy().ravel().tolist()
    assert [bool(patch.get_hatch()) for patch in ax.patches] == open_
    assert [patch.get_linewidth() > 0 and patch.get_linestyle() != "-" for patch in ax.patches] == open_
    assert ["?" in text.get_text() for text in ax.texts] == open_


def test_cell_texts_stand_out():
    """Each text in a cell reaches WCAG AA on what is right behind it, hatched cells included."""
    ax = plot_coverage(*frames(12, 4))
    for patch, text in zip(ax.patches, ax.texts, strict=True):
        ground = patch if not patch.get_hatch() else text.get_bbox_patch()
        assert palette.contrast(to_hex(text.get_color()), to_hex(ground.get_facecolor())) >= 4.5


@pytest.mark.parametrize(
    ("settled", "words"),
    [(1, ["strong", "partial", "none"]), (0, ["strong", "partial", "none", plots.SUGGESTED])],
)
def test_legend_names_the_states(settled, words):
    """The legend says suggested only where there is a suggestion, and lies below the matrix."""
    ax = plot_coverage(*frames(5, 3, settled))
    canvas, _ = drawn(ax)
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == words
    assert legend.get_window_extent(canvas.get_renderer()).y1 < ax.bbox.y0


def test_decisions_are_matched_by_label(ratings, decided):
    """The order of the decisions' rows and columns makes no difference."""
    shuffled = decided.iloc[::-1, [2, 0, 1]]
    plain, other = (picture(plot_coverage(ratings, frame), "") for frame in (decided, shuffled))
    assert plain == other


def test_order_of_the_frame_is_kept(ratings, decided):
    """Turning the frame round turns the figure round: labels are never sorted."""
    turned = ratings.iloc[::-1, ::-1]
    ax = plot_coverage(turned, decided)
    assert (names(ax), headings(ax)) == (["s4", "s3", "s2", "s1"], ["t3", "t2", "t1"])


@BOTH
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r, d: (r, d.rename({"s1": "s9"})), "differ in story labels: .*s1.*s9"),
        (lambda r, d: (r, d.rename(columns={"t1": "t9"})), "differ in theme labels: .*t1.*t9"),
        (lambda r, d: (r, d.rename(index={"s1": "s9"}, columns={"t1": "t9"})), "differ in story labels"),
        (lambda r, d: (r, d.iloc[1:]), "differ in story labels"),
        (lambda r, d: (r, d.iloc[:, 1:]), "differ in theme labels"),
        (lambda r, d: (r.iloc[1:], d), "differ in story labels"),
        (lambda r, d: (r, d.T), "differ in story labels"),
        (lambda r, d: (r.rename({"s1": "s2"}), d), "story appears twice: .'s2'"),
        (lambda r, d: (r, d.rename({"s1": "s2"})), "story appears twice: .'s2'"),
        (lambda r, d: (r.rename(columns={"t1": "t2"}), d), "theme appears twice: .'t2'"),
        (lambda r, d: (r, d.rename(columns={"t1": "t2"})), "theme appears twice: .'t2'"),
        (lambda r, d: (r.replace(2, 3), d), "rating is one of"),
        (lambda r, d: (r.replace(2, -1), d), "rating is one of"),
        (lambda r, d: (r.where(r < 2), d), "rating is one of"),
        (lambda r, d: (r, d.astype(object).where(d)), "decision is one of"),
    ],
)
def test_frames_that_do_not_fit_are_refused(function, spoil, message, ratings, decided):
    """Labels that differ on either axis, repeated labels and odd values are each told apart."""
    with pytest.raises(ValueError, match=message):
        function(*spoil(ratings, decided))


def test_frames_are_left_as_they_were(ratings, decided):
    """Drawing and describing change neither frame."""
    before = ratings.copy(), decided.copy()
    plot_coverage(ratings, decided)
    plot_strength(ratings, decided)
    describe_coverage(ratings, decided)
    pd.testing.assert_frame_equal(ratings, before[0])
    pd.testing.assert_frame_equal(decided, before[1])


@pytest.mark.parametrize(("rows", "columns", "missing"), [(0, 3, "stories"), (3, 0, "themes"), (0, 0, "themes")])
def test_nothing_yet_is_said_in_a_sentence(rows, columns, missing):
    """Without stories or themes the figure is one plain sentence, which is the alternative text too."""
    empty = frames(rows, columns)
    ax = plot_coverage(*empty)
    assert [text.get_text() for text in ax.texts] == [describe_coverage(*empty)]
    assert f"no {missing} yet" in describe_coverage(*empty)
    assert not ax.patches
    assert picture(ax, "x").svg.startswith("<svg ")
    assert plot_coverage(*empty, Figure().subplots()).texts


# --- the bars ------------------------------------------------------------------------------------


def bars(ax) -> dict[int, list[tuple[float, float, str, bool]]]:
    """Return per row (start, length, colour, hatched) of each part of its bar."""
    parts: dict[int, list[tuple[float, float, str, bool]]] = {}
    for patch in ax.patches:
        colour = to_hex(patch.get_edgecolor() if patch.get_hatch() else patch.get_facecolor())
        row = round(patch.get_y() + patch.get_height() / 2)
        parts.setdefault(row, []).append((patch.get_x(), patch.get_width(), colour, bool(patch.get_hatch())))
    return parts


def test_bars_count_the_stories(ratings, decided):
    """Strong comes before partial, settled before suggested, and an empty part is not drawn."""
    ax = plot_strength(ratings, decided, themes={"t1": "Calm"})
    strong, partial = palette.RATING[2], palette.RATING[1]
    assert bars(ax) == {
        0: [(0, 1, strong, False), (1, 1, partial, False)],
        1: [(0, 1, palette.PENCIL[2], True), (1, 1, partial, False)],
    }
    assert names(ax) == ["Calm", "t2", "t3"]
    assert ax.get_ylim() == (2.5, -0.5)


@pytest.mark.parametrize("seed", range(5))
def test_parts_of_a_bar_add_up(seed):
    """The parts lie end to end and make up the stories above none, settled and suggested."""
    ratings, decided = frames(20, 5, seed=seed)
    for row, parts in bars(plot_strength(ratings, decided)).items():
        ends = [start + length for start, length, _, _ in parts]
        assert [start for start, _, _, _ in parts] == [0, *ends[:-1]]
        assert ends[-1] == (ratings.iloc[:, row] > 0).sum()
        hatched = sum(length for _, length, _, hatch in parts if hatch)
        assert hatched == ((ratings.iloc[:, row] > 0) & ~decided.iloc[:, row]).sum()


def test_each_bar_is_told_in_words(ratings, decided):
    """Beside the bars stand the counts; a theme without a story says so."""
    ax = plot_strength(ratings, decided)
    told = {text.xy[1]: text.get_text() for text in ax.texts if text.get_text() != "two stories needed"}
    assert told == {0: "1 strong, 1 partial", 1: "1 strong, 1 partial (1 suggested)", 2: "no story"}


def test_two_stories_are_marked(ratings, decided):
    """A line stands at two stories and is named, however long the bars are."""
    for frame in (ratings, ratings * 0, pd.concat([ratings] * 9, ignore_index=True)):
        ax = plot_strength(frame, frame >= 0)
        assert {tuple(line.get_xdata()) for line in ax.lines} == {(2, 2)}
        assert "two stories needed" in [text.get_text() for text in ax.texts]
        assert ax.get_xlim()[1] >= 2


def test_themes_without_any_story_are_bars_too():
    """Before the first story each theme is listed with no story; without themes a sentence says so."""
    ax = plot_strength(*frames(0, 3))
    assert [text.get_text() for text in ax.texts].count("no story") == 3
    assert "no themes yet" in plot_strength(*frames(3, 0)).texts[0].get_text()


# --- labels from outside -------------------------------------------------------------------------


def labelled(plot, text: str, ax=None):
    ratings, decided = frames(3, 2)
    titles = {"themes": {"t0": text, "t1": text}}
    if plot is plot_coverage:
        titles["stories"] = {"s0": text, "s2": text}
    return plot(ratings, decided, ax, **titles)


@PLOTS
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_labels_are_drawn_as_text(plot, text, caplog):
    """No label is read as mathematics, crashes, warns or leaves an empty place."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = labelled(plot, text)
        svg = picture(ax, text).svg
        ax.figure.savefig(BytesIO(), format="png")
    ET.fromstring(svg)
    svg.encode("utf-8")
    assert not caplog.records
    assert all(names(ax))
    assert all(label.get_text() for label in ax.get_xticklabels())
    assert not any(shown.get_parse_math() for shown in ax.figure.findobj(Text) if shown.get_text())


@PLOTS
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_labels_stay_in_their_place(plot, text):
    """Texts neither leave the figure nor lie on each other, whatever the label."""
    assert_tidy(labelled(plot, text))


@pytest.mark.parametrize("name", ["price range", "two dollars", "bad mathtext", "half a fraction", "percent"])
def test_signs_of_markup_are_kept(name):
    """Dollars, braces and backslashes are shown as they were written."""
    assert names(labelled(plot_coverage, HOSTILE[name]))[0] == HOSTILE[name]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("before \ud800 after", "before after"),
        ("safe \u202egnp.exe\u202c tail", "safe gnp.exe tail"),
        ("one\ntwo\r\nthree", "one two three"),
        ("e\u0301", "é"),
        ("", "s0"),
        ("\u200b", "s0"),
        ("\U0010fffd" * 4, "s0"),
    ],
)
def test_titles_are_cleaned(text, shown):
    """What cannot be seen is dropped; a title with nothing left gives way to the id."""
    assert names(labelled(plot_coverage, text))[0] == shown


def test_letters_that_no_font_has_become_boxes(monkeypatch):
    """A few missing letters are boxes; a title that is mostly missing gives way to the id."""
    known = labels.advance
    monkeypatch.setattr(labels, "advance", lambda char: None if char in "把十" else known(char))
    assert names(labelled(plot_coverage, "Team 把"))[0] == "Team □"
    assert names(labelled(plot_coverage, "把十把"))[0] == "s0"


def test_very_long_titles_are_quick():
    """Titles of 100,000 characters cost no more than others."""
    ratings, decided = frames(30, 4)
    long = {key: prose(100, 1) * 1000 for key in [*ratings.index, *ratings.columns]}
    start = time.process_time()
    picture(plot_coverage(ratings, decided, stories=long, themes=long), describe_coverage(ratings, decided))
    assert time.process_time() - start < 2


# --- the page ------------------------------------------------------------------------------------


def assert_tidy(ax) -> None:
    """Fail when a text leaves the figure, lies on another one or is too small to read."""
    canvas, texts = drawn(ax)
    width, height = canvas.get_width_height()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
    for text, box in boxes:
        assert box.x0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= height + 1, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        assert not (a.x0 < b.x1 - 1 and b.x0 < a.x1 - 1 and a.y0 < b.y1 - 1 and b.y0 < a.y1 - 1), (one, other)
    assert min(text.get_fontsize() for text in texts) / 72 * 100 >= 10.5


SIZES = [(1, 1), (3, 3), (12, 4), (30, 4), (4, 1), (1, 6), (8, 12), (60, 4)]


@pytest.mark.parametrize(("rows", "columns"), SIZES)
@pytest.mark.parametrize("letters", [5, 80, 400])
def test_matrix_is_tidy(rows, columns, letters):
    """Long titles and claims are neither cut off at an edge nor lie on each other, in any size."""
    ratings, decided = frames(rows, columns)
    stories = {key: prose(letters, seed) for seed, key in enumerate(ratings.index)}
    themes = {key: prose(letters + 40, seed) for seed, key in enumerate(ratings.columns)}
    ax = plot_coverage(ratings, decided, stories=stories, themes=themes)
    assert_tidy(ax)
    inside = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert max(box.x1 for box in inside) < ax.bbox.x0
    assert min(label.get_window_extent().y0 for label in ax.get_xticklabels()) >= ax.bbox.y1


@pytest.mark.parametrize(("rows", "columns"), SIZES)
@pytest.mark.parametrize("letters", [5, 80, 400])
def test_bars_are_tidy(rows, columns, letters):
    """Claims, counts and the line's name keep apart and inside the figure, in any size."""
    ratings, decided = frames(rows, columns)
    ax = plot_strength(ratings, decided, themes={key: prose(letters, 3) for key in ratings.columns})
    assert_tidy(ax)
    longest = max(patch.get_x() + patch.get_width() for patch in ax.patches)
    counts = [text.get_window_extent().x0 for text in ax.texts if text.get_text() != "two stories needed"]
    assert min(counts) > ax.transData.transform((longest, 0))[0]


def test_whole_claims_fit_above_four_themes():
    """Of a claim of 90 characters nothing is lost, and titles of 45 characters are whole."""
    ratings, decided = frames(12, 4)
    claims = {key: prose(90, seed) for seed, key in enumerate(ratings.columns)}
    titles = {key: prose(45, seed) for seed, key in enumerate(ratings.index)}
    ax = plot_coverage(ratings, decided, stories=titles, themes=claims)
    assert headings(ax) == list(claims.values())
    assert names(ax) == list(titles.values())


@PLOTS
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (12, 4), (30, 4)])
def test_figures_suit_the_page(plot, rows, columns):
    """A figure is 900 pixels wide, so that text has the same size in all of them."""
    assert plot(*frames(rows, columns)).figure.get_figwidth() == pytest.approx(9)


@PLOTS
def test_axes_of_the_caller_are_used(plot):
    """Axes that were given come back drawn, in the figure and the place that they had."""
    figure = Figure(figsize=(9, 5), dpi=100)
    ax = figure.add_axes((0.3, 0.2, 0.6, 0.6))
    before = ax.get_position().bounds
    with mpl.rc_context({"text.parse_math": True, "font.family": "serif", "font.size": 30}):
        assert labelled(plot, "$100 and $x^$", ax) is ax
    assert ax.figure is figure
    assert ax.get_position().bounds == before
    assert_tidy(ax)
    assert not any(text.get_parse_math() for text in figure.findobj(Text) if text.get_text())


def python(code: str, **environment: str) -> str:
    """Run `code` in a new interpreter and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    run = [sys.executable, "-c", code]
    return subprocess.run(run, env=environment, capture_output=True, check=True, encoding="utf-8").stdout


# --- pictures and their words --------------------------------------------------------------------


@PLOTS
def test_same_input_gives_same_bytes(plot):
    """Neither the clock, the order of work nor the reader's own settings show in a picture."""
    ratings, decided = frames(6, 4)
    first = picture(plot(ratings, decided), "words")
    plot_coverage(*frames(3, 2))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "hatch.color": "blue", "svg.fonttype": "none"}):
        second = picture(plot(ratings, decided), "words")
    assert first == second
    assert picture(plot(ratings, ~decided), "words") != first


@PLOTS
def test_a_picture_leaves_its_figure_as_it_was(plot):
    """It can be made twice, from outlines of letters that are remembered or not, and be looked at in between."""
    ax = plot(*frames(6, 4))
    first, before = picture(ax, "words"), raster(ax)
    for remembered in (plots._measured, plots._laid_out, plots._letters):
        remembered.cache_clear()
    assert picture(ax, "words") == first
    assert ax.figure.dpi == 100
    assert (raster(ax) == before).all()


def raster(ax):
    return np.asarray(drawn(ax)[0].buffer_rgba()).copy()


def test_pictures_agree_between_sessions():
    """A second interpreter, with another hash seed, draws the same bytes."""
    code = (
        "import hashlib, pandas as pd; from prepkit.plots import *;"
        "r = pd.DataFrame({'a': [0, 1, 2], 'b': [2, 0, 1]});"
        "print(hashlib.sha256(picture(plot_coverage(r, r > 0), 'x').svg.encode()).hexdigest())"
    )
    digests = {python(code, PYTHONHASHSEED=seed) for seed in ("1", "2")}
    assert len(digests) == 1


def test_pictures_are_self_contained():
    """The SVG holds outlines instead of letters and names no place outside."""
    svg = picture(labelled(plot_coverage, HOSTILE["markup"]), HOSTILE["markup"]).svg
    root = ET.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags.isdisjoint({"text", "script", "image", "metadata", "a"})
    assert set(re.findall(r"https?://[^\"<> ]+", svg)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<script" not in svg
    assert root.get("aria-label") == "--><script>alert(1)</script><![CDATA["


def test_notebooks_get_the_picture_and_its_words():
    """A picture shows itself as SVG, with its words as plain text and as alternative text."""
    shown = picture(plot_coverage(*frames(2, 3)), "Two\nstories\ud800")
    data, metadata = shown._repr_mimebundle_()
    assert data == {"image/svg+xml": shown.svg, "text/plain": "Two stories"}
    assert metadata == {"image/svg+xml": {"alt": "Two stories"}}


def test_global_settings_are_left_alone():
    """Drawing changes no setting of matplotlib and never loads pyplot."""
    before = dict(mpl.rcParams)
    picture(plot_coverage(*frames(2, 3)), "x")
    picture(plot_strength(*frames(2, 3)), "x")
    assert dict(mpl.rcParams) == before
    assert python("import sys, prepkit.plots; print('matplotlib.pyplot' in sys.modules)") == "False\n"


def test_coverage_is_told_in_sentences(ratings, decided):
    """The alternative text gives counts per theme, weak themes, idle stories and suggestions."""
    text = describe_coverage(ratings, decided, stories={"s4": "Idle one"}, themes={"t1": "Calm"})
    assert text == (
        "Matrix of 4 stories and 3 themes. “Calm”: 1 strong, 1 partial; "
        "“t2”: 1 strong, 1 partial (1 suggested); “t3”: no story. Fewer than two stories: “t3”. "
        "No theme is carried by “Idle one”. 2 of 12 ratings are suggested, not yet settled by a person."
    )


def test_strength_is_told_in_sentences(ratings, decided):
    """The alternative text of the bars counts only suggestions that the bars show."""
    assert describe_strength(ratings, decided) == (
        "Stories behind each theme. “t1”: 1 strong, 1 partial; “t2”: 1 strong, 1 partial (1 suggested); "
        "“t3”: no story. Fewer than two stories: “t3”. "
        "1 of 4 ratings is suggested, not yet settled by a person."
    )
    assert "Nothing is rated above none." in describe_strength(ratings * 0, decided)
    assert "Each theme has two or more." in describe_strength(ratings * 0 + 2, decided)
    assert "Each rating was settled by a person." in describe_strength(ratings, ratings >= 0)
    assert "(all suggested)" in describe_strength(ratings, ratings < 0)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (30, 4), (40, 5), (12, 40), (2, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_alternative_text_is_short_and_true(rows, columns, seed):
    """At most about 700 characters, however many themes, and its counts are those of the frame."""
    ratings, decided = frames(rows, columns, seed=seed)
    titles = {key: prose(120, seed) for seed, key in enumerate([*ratings.index, *ratings.columns])}
    text = describe_coverage(ratings, decided, stories=titles, themes=titles)
    assert len(text) <= 720
    assert text.endswith(".")
    pending = int((~decided).to_numpy().sum())
    assert f"{pending:,} of {ratings.size:,} rating" in text or (pending == 0 and "settled" in text)
    strong, partial = (int((ratings.iloc[:, 0] == rating).sum()) for rating in (2, 1))
    first = text.partition("”: ")[2].split("“", 1)[0]
    assert (f"{strong} strong" in first) == (strong > 0)
    assert (f"{partial} partial" in first) == (partial > 0)
    assert ("no story" in first) == (strong == partial == 0)


def test_public_names_are_listed():
    """What the modules offer is in their lists, in order."""
    for module in (labels, oddsplots, palette, plots):
        assert module.__all__ == sorted(module.__all__)
        assert all(hasattr(module, name) for name in module.__all__)
