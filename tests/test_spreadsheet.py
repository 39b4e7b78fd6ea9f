"""One workbook with stories, matrix and questions, and ratings read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PAYLOADS, PLAN, STORY, hostile_search
from openpyxl import Workbook, load_workbook

from prepkit.application import Application, open_application
from prepkit.errors import InputError
from prepkit.search import Search
from prepkit.spreadsheet import MATRIX, coverage_csv, prep_xlsx, read_ratings
from prepkit.stories import read_stories
from prepkit.storyfiles import FIELDS
from prepkit.text import spreadsheet_plain


def opened(search: Search, name: str = "tidewrack") -> Application:
    """The application of that name."""
    return open_application(**search.parameters(name, search.path))


def saved(folder: Path, application: Application) -> Path:
    """The workbook as ``stories.xlsx``."""
    path = folder / "stories.xlsx"
    path.write_bytes(prep_xlsx(application))
    return path


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of the shipped example."""
    return saved(tmp_path_factory.mktemp("example"), open_application())


def test_the_stories_come_back_as_they_were(example: Path) -> None:
    """The workbook can take the place of stories.csv."""
    assert read_stories(example).stories == open_application().stories.stories


def test_the_sheets_have_frozen_headers_and_widths(example: Path) -> None:
    """Three sheets that can be read without pulling at columns."""
    book = load_workbook(example)
    assert book.sheetnames == ["stories", "matrix", "questions"]
    for sheet in book:
        assert sheet.freeze_panes in ("A2", "C2")
        assert all(cell.font.b for cell in sheet[1])
        assert all(dimension.width >= 10 for dimension in sheet.column_dimensions.values())
    assert tuple(cell.value for cell in book["stories"][1]) == FIELDS
    assert book["stories"]["C2"].alignment.wrap_text


def test_the_matrix_marks_what_is_only_suggested(example: Path) -> None:
    """A settled rating is a number, a suggested one has a question mark; the claims stand in the second row."""
    application = open_application()
    sheet = load_workbook(example)[MATRIX]
    ratings, decided = application.coverage.ratings, application.coverage.decided
    assert [cell.value for cell in sheet[2]][2:] == [theme.claim for theme in application.themes]
    for row in sheet.iter_rows(min_row=3):
        for cell, theme in zip(row[2:], ratings.columns, strict=True):
            rating = int(ratings.at[row[0].value, theme])
            assert cell.value == (rating if decided.at[row[0].value, theme] else f"{rating}?")


def test_each_question_has_its_story_and_theme(example: Path) -> None:
    """The whole bank, the likeliest first."""
    application = open_application()
    rows = list(load_workbook(example)["questions"].iter_rows(values_only=True))
    assert rows[0] == ("id", "question", "competencies", "kind", "levels", "story", "theme")
    assert len(rows) == len(application.questions) + 1
    assert rows[1][1] == application.likely[0][0].text
    assert rows[1][5] == application.stories[application.likely[0][1][0].story].title


def test_ratings_come_back(example: Path, tmp_path: Path) -> None:
    """From the workbook and from coverage.csv, only what is settled."""
    application = open_application()
    wanted = {story: dict(row) for story, row in application.plan.ratings.items()}
    assert read_ratings(example) == wanted
    (tmp_path / "coverage.csv").write_text(coverage_csv(application), encoding="utf-8-sig")
    assert read_ratings(tmp_path / "coverage.csv") == wanted


def test_semicolons_and_blanks_are_read_too(tmp_path: Path) -> None:
    """As a German spreadsheet program saves it, with a row half filled in."""
    path = tmp_path / "coverage.csv"
    path.write_text("story;title;calm;pier\nstorm;Kept; 2 ;\nother;;1?;\n;claims;a;b\n", encoding="utf-8")
    assert read_ratings(path) == {"storm": {"calm": 2}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("story,calm\nstorm,3\n", "row 2, column calm: “3” should be 0 (none)"),
        ("story,calm\nstorm,strong\n", "“strong” should be"),
        ("story,calm\nstorm,2\nstorm,1\n", "row 3: The story “storm” has a row above"),
        ("story,calm,calm\nstorm,2,1\n", "second column for “calm”"),
        ("name,calm\nstorm,2\n", "The first column should be “story”"),
        ("story,title\nstorm,x\n", "no column for a theme"),
        ('story,calm\n"storm,2\n', "quotation mark"),
        ("story,calm\nstorm,9\nother,x\n", "2 faults"),
    ],
)
def test_faults_are_told_with_row_and_column(tmp_path: Path, text: str, said: str) -> None:
    """All of them at once, in sentences."""
    path = tmp_path / "coverage.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_ratings(path)
    assert said in str(caught.value)


def edited(example: Path, folder: Path, change: Callable[[Any], None]) -> Path:
    """The workbook after somebody has changed its matrix."""
    book = load_workbook(example)
    change(book[MATRIX])
    path = folder / "edited.xlsx"
    book.save(path)
    return path


def test_what_people_settle_in_the_workbook_is_read(example: Path, tmp_path: Path) -> None:
    """A number in place of a question mark settles, a question mark opens again."""

    def change(sheet: Any) -> None:
        sheet["C3"], sheet["D3"], sheet["E3"] = 1, "2?", None

    row = read_ratings(edited(example, tmp_path, change))["rota-rebuild"]
    assert row["last-good-days"] == 1
    assert "rota-people-trust" not in row
    assert "one-team-of-three" not in row


def test_a_formula_or_a_wrong_cell_is_told(example: Path, tmp_path: Path) -> None:
    """A formula that was never calculated is no rating."""

    def change(sheet: Any) -> None:
        sheet["C3"], sheet["D4"] = "=1+1", 7

    with pytest.raises(InputError) as caught:
        read_ratings(edited(example, tmp_path, change))
    assert "formula" in str(caught.value)
    assert "row 4, column rota-people-trust: “7”" in str(caught.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """No matrix, no workbook, no such format."""
    book = Workbook()
    book.save(tmp_path / "other.xlsx")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (tmp_path / "x.ods").write_bytes(b"x")
    for name, said in (("other.xlsx", "no sheet called"), ("broken.xlsx", "damaged"), ("x.ods", "are read from")):
        with pytest.raises(InputError, match=said):
            read_ratings(tmp_path / name)


def test_it_is_the_same_file_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the clock says."""
    import time

    first = prep_xlsx(open_application())
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10_000)
    assert prep_xlsx(open_application()) == first


def is_safe(data: bytes) -> bool:
    """Tell whether no cell is a formula and every text that looks like one is marked as text."""
    book = load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [cell for cell in cells if isinstance(cell.value, str)]
    return all(cell.data_type in "sn" for cell in cells) and all(cell.quotePrefix for cell in texts)


def test_hostile_applications_hold_no_formula(tmp_path: Path) -> None:
    """Every payload in every place, and the stories come back all the same."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names[:1]:
        application = opened(search, name)
        assert is_safe(prep_xlsx(application))
        assert read_stories(saved(tmp_path, application)).stories == application.stories.stories
        assert read_ratings(tmp_path / "stories.xlsx") == {
            story: {theme: rating for theme, rating in row.items() if theme in application.theme_names}
            for story, row in application.plan.ratings.items()
            if set(row) & set(application.theme_names)
        }


def test_a_story_says_what_it_said(make_search: Callable[..., Search], tmp_path: Path) -> None:
    """A row of dashes is a list, a number with zeros in front is text, and what looks like a formula is neither run."""
    odd = ["=1+1", "- led", "+49 30", "@x", "'=x", "007", "1e5", "TRUE", "2012-01-01", "_x0041_", "x" * 4_000]
    texts = [*PAYLOADS, *odd]
    stories = [STORY | {"id": f"s{place}", "title": "A day", "action": text} for place, text in enumerate(texts)]
    application = opened(make_search({"tidewrack": {"plan": PLAN}}, stories))
    assert is_safe(prep_xlsx(application))
    for told, story in zip(read_stories(saved(tmp_path, application)), application.stories, strict=True):
        assert told == story


def test_no_theme_is_no_fault(make_search: Callable[..., Search], tmp_path: Path) -> None:
    """An empty plan has its stories and questions in the workbook."""
    application = opened(make_search({"tidewrack": {"posting": "Porter wanted\n"}}))
    path = saved(tmp_path, application)
    assert read_stories(path).stories == application.stories.stories


def test_the_table_of_ratings_holds_what_the_application_says(make_search: Callable[..., Search]) -> None:
    """One row for each story, one column for each theme, a question mark where nobody has settled it."""
    other = STORY | {"id": "idle", "title": "Sorted stamps", "competencies": "", "result": "Stamps were sorted."}
    application = opened(make_search({"tidewrack": {"plan": PLAN}}, [STORY, other]))
    rows = list(csv.reader(io.StringIO(coverage_csv(application))))
    assert rows[0] == ["story", "title", "calm", "islands", "pier"]
    assert [row[:2] for row in rows[1:]] == [["storm", STORY["title"]], ["idle", "Sorted stamps"]]
    assert rows[1][2] == "2"
    assert all(cell.endswith("?") for cell in (*rows[1][3:], *rows[2][2:]))


@pytest.mark.parametrize("start", ["=cmd|' /C calc'!A0", "+49 30 1234", "-1+1", "@SUM(A1)", '=HYPERLINK("http://x")'])
def test_no_cell_of_the_table_is_a_formula(start: str, make_search: Callable[..., Search]) -> None:
    """A spreadsheet program shows the text and runs nothing, and the text can be had back."""
    themes = [PLAN["themes"][0] | {"id": "-theme"}]
    search = make_search({"tidewrack": {"plan": {"format": 1, "themes": themes}}}, [STORY | {"title": start}])
    rows = list(csv.reader(io.StringIO(coverage_csv(opened(search)))))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert spreadsheet_plain(rows[1][1]) == start
    assert spreadsheet_plain(rows[0][2]) == "-theme"
