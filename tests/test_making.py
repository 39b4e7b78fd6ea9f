"""What is made for one application: its files as bytes, or a page that says what is wrong; and nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import PLAN, STORY

from prepkit import making
from prepkit.errors import RunError
from prepkit.making import answer, make
from prepkit.resources import workbook
from prepkit.search import Search, read_search
from prepkit.standing import read_standing
from prepkit.tasks import Made, Task

Make = Callable[..., Search]
WORKBOOK = workbook("application.ipynb")
pytestmark = pytest.mark.usefixtures("here")


def made(search: Search, name: str = "tidewrack") -> Made:
    """What is made for an application."""
    return make(Task(search, name, WORKBOOK))


def test_an_application_gets_its_files_as_bytes(make_search: Make) -> None:
    """Nothing is written: whoever asked for it does that."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    before = sorted(search.path.rglob("*"))
    done = made(search)
    assert (done.error, set(done.files)) == ("", {"report.html", "workbook.ipynb", "coverage.csv", "standing.json"})
    assert all(isinstance(data, bytes) for data in done.files.values())
    assert b"Harbour Operations Manager: interview plan for Ada Fenwright" in done.files["report.html"]
    assert nbformat.reads(done.files["workbook.ipynb"].decode(), as_version=4).cells
    assert done.files["coverage.csv"].decode().splitlines()[0] == "story,title,calm,islands,pier"
    assert sorted(search.path.rglob("*")) == before


def test_its_standing_can_be_read(make_search: Make, tmp_path: Path) -> None:
    """By whoever looks at many applications."""
    (tmp_path / "standing.json").write_bytes(made(make_search({"tidewrack": {"plan": PLAN}})).files["standing.json"])
    stands = read_standing(tmp_path / "standing.json")
    assert (stands.name, stands.candidate, [theme.id for theme in stands.themes]) == (
        "tidewrack", "Ada Fenwright", ["calm", "islands", "pier"],
    )  # fmt: skip


def test_a_report_links_the_pack_that_is_there(make_search: Make) -> None:
    """By an address from where it will lie, whatever the folder is called; and no file that is not there."""
    search = make_search({"a b": {}})
    pack = search.path / "packs" / "a b"
    pack.mkdir(parents=True)
    for name in ("brief.pdf", "mine.txt"):
        (pack / name).write_text("x")
    page = made(search, "a b").files["report.html"].decode()
    assert 'href="../../packs/a%20b/brief.pdf"' in page
    assert "mine.txt" not in page
    assert "thank-you" not in page


def test_searches_do_not_mix_in_one_process(make_search: Make) -> None:
    """What was worked out for one is not shown for another that looks alike, nor for itself after an edit."""
    ada = make_search({"tidewrack": {"plan": PLAN}}, folder="ada")
    bea = make_search({"tidewrack": {"plan": PLAN}}, [STORY | {"title": "Raised a wall"}], "Bea Holm", folder="bea")
    alone = [made(bea), made(ada)]
    assert [made(search) for search in (ada, bea, bea, ada)] == [alone[1], alone[0], alone[0], alone[1]]
    for done, own, other in ((alone[0], "Bea Holm", "Ada Fenwright"), (alone[1], "Ada Fenwright", "Bea Holm")):
        texts = b"".join(done.files.values()).decode()
        assert own in texts
        assert other not in texts
    plan = PLAN | {"themes": PLAN["themes"][:1]}
    (ada.path / "applications" / "tidewrack" / "plan.yaml").write_text(json.dumps(plan), encoding="utf-8")
    assert made(ada).files["coverage.csv"].decode().splitlines()[0] == "story,title,calm"
    assert made(bea) == alone[0]


@pytest.mark.parametrize("error", [None, RunError("Here", "It stopped."), ZeroDivisionError("no")], ids=str)
def test_the_folder_one_is_in_stays(error: Any, make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether all went well or not, for the next one to be made by the same process."""
    search = make_search()
    seen: list[Path] = []
    real = making.execute

    def executed(*given: Any) -> Any:
        seen.append(Path.cwd())
        if error:
            raise error
        return real(*given)

    monkeypatch.setattr(making, "execute", executed)
    before = Path.cwd()
    assert bool(made(search).error) == bool(error)
    assert Path.cwd() == before
    assert seen == [search.path.resolve()]


def test_a_search_may_be_named_from_where_one_is(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is that of its full name."""
    search = make_search({"tidewrack": {"plan": PLAN}})
    whole = made(search)
    monkeypatch.chdir(search.path.parent)
    assert made(read_search(search.path.name)) == whole
    monkeypatch.chdir(search.path)
    assert made(read_search(".")) == whole


def test_an_error_becomes_a_page(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the title of the role where that is known, and the section where the workbook stopped."""

    def stops(*_: Any) -> None:
        raise RunError("Themes", "A cell took more than 2 seconds and was stopped.")

    monkeypatch.setattr(making, "execute", stops)
    done = made(make_search())
    assert set(done.files) == {"report.html"}
    assert done.error == "in section “Themes”: A cell took more than 2 seconds and was stopped."
    page = done.files["report.html"].decode()
    assert "Harbour Operations Manager" in page
    assert done.error in page


def test_a_fault_of_the_program_is_called_that(make_search: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of a thousand is not lost to one surprise; no page says where on this machine the files lie."""
    search, real = make_search({"first": {}, "second": {}}), making.open_application

    def surprised(posting: str, **rest: Any) -> Any:
        if "first" in posting:
            raise ZeroDivisionError(f"in {search.path}/secret, {Path.home()}/other " + "x" * 9_000)
        return real(posting, **rest)

    monkeypatch.setattr(making, "open_application", surprised)
    first, second = made(search, "first"), made(search, "second")
    assert second.error == ""
    assert first.error.startswith(
        "A fault of prepkit itself, please report it: ZeroDivisionError: in secret, ~/other x"
    )
    assert len(first.error) < 700
    assert str(search.path) not in first.files["report.html"].decode()


def test_the_answer_goes_over_a_line(make_search: Make) -> None:
    """As it is, errors included."""
    search = make_search({"good": {}, "wrong": {}})
    (search.path / "applications" / "wrong" / "plan.yaml").write_text("thems: []\n", encoding="utf-8")
    ours, theirs = Pipe()
    for name in search.names:
        answer(theirs, Task(search, name, WORKBOOK))
        assert ours.recv() == made(search, name)
