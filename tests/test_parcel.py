"""An application as bytes: what travels, what does not, and that nothing of it stays where its report is made."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PLAN, write_search

from prepkit import parcel
from prepkit.errors import InputError, PrepkitError
from prepkit.making import make
from prepkit.parcel import Parcel, difference, make_there, packed, who
from prepkit.resources import workbook
from prepkit.search import Search, read_search
from prepkit.tasks import Made, Task

NOTEBOOKS = Path(__file__).parent / "notebooks"
linux = pytest.mark.skipif(
    sys.platform != "linux", reason="reports are made elsewhere only where processes can be forked"
)


def task_of(search: Search, name: str = "tidewrack") -> Task:
    return Task(search, name, workbook("application.ipynb"))


def contents(one: Parcel) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(one.files)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- what travels -------------------------------------------------------------------------------------------


def test_a_parcel_holds_what_a_report_is_made_from(tmp_path: Path) -> None:
    """Nothing of other applications, nothing that nobody reads, and of the pack only which files there are."""
    search = write_search(tmp_path / "ada", {"tidewrack": {"plan": PLAN}, "other": {}})
    folder, pack = search.path / "applications/tidewrack", search.path / "packs/tidewrack"
    pack.mkdir(parents=True)
    for path in (folder / "debriefs.yaml", folder / "notes.txt", pack / "brief.pdf", pack / "made.json",
                 search.path / "questions.csv", search.path / "diary.txt"):  # fmt: skip
        path.write_text("mine", encoding="utf-8")
    found = contents(packed(task_of(read_search(search.path))))
    assert set(found) == {
        "stories.csv", "questions.csv", "applications/tidewrack/posting.txt", "applications/tidewrack/plan.yaml",
        "applications/tidewrack/debriefs.yaml", "packs/tidewrack/brief.pdf", ".workbook/application.ipynb",
    }  # fmt: skip
    assert found.pop("packs/tidewrack/brief.pdf") == b""
    assert found.pop(".workbook/application.ipynb") == workbook("application.ipynb").read_bytes()
    assert found == {name: (search.path / name).read_bytes() for name in found}


def test_the_same_files_give_the_same_parcel(tmp_path: Path) -> None:
    """There is no clock in it."""
    task = task_of(write_search(tmp_path / "ada"))
    assert packed(task) == packed(task)


def test_a_file_that_is_not_there_does_not_travel_and_an_empty_one_does(tmp_path: Path) -> None:
    """What is wrong with them is said by those who read them."""
    search = write_search(tmp_path / "ada")
    assert "applications/tidewrack/plan.yaml" not in contents(packed(task_of(search)))
    (search.path / "applications/tidewrack/plan.yaml").touch()
    assert contents(packed(task_of(search)))["applications/tidewrack/plan.yaml"] == b""


@pytest.mark.parametrize("name", ["applications/tidewrack/plan.yaml", "applications/tidewrack/debriefs.yaml"])
def test_a_link_out_of_the_search_is_refused(name: str, tmp_path: Path) -> None:
    """Nobody's other files travel, whatever a folder that was handed on holds."""
    search = write_search(tmp_path / "ada")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    (search.path / name).symlink_to(tmp_path / "secret")
    with pytest.raises(PrepkitError, match="lies outside"):
        packed(task_of(search))


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    """In the words of whoever would have read it here."""
    search = write_search(tmp_path / "ada")
    (search.path / "applications/tidewrack/plan.yaml").mkdir()
    with pytest.raises(InputError, match="This is a folder; a file is needed"):
        packed(task_of(search))


def test_a_huge_file_does_not_travel(tmp_path: Path) -> None:
    """The limit is that of reading."""
    search = write_search(tmp_path / "ada")
    with (search.path / "stories.csv").open("ab") as file:
        file.truncate(30_000_000)
    with pytest.raises(InputError, match="at most 20,000,000 are read"):
        packed(task_of(search))


def test_a_parcel_in_a_log_tells_no_story(tmp_path: Path) -> None:
    """Libraries write down what a function was given when it fails."""
    one = packed(task_of(write_search(tmp_path / "ada")))
    assert "storm" not in repr(one)
    assert "PK" not in repr(one)


# --- who is like whom ---------------------------------------------------------------------------------------

MINE = {"prepkit": "1.2", "program": "0a1b2c3d4e", "python": "3.11", "forks": ""}


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        (MINE, ""),
        (MINE | {"prepkit": "1.3"}, "has prepkit 1.3 (state 0a1b2c3d) with Python 3.11, and here it is prepkit 1.2"),
        (MINE | {"program": "ffffffffff"}, "has prepkit 1.2 (state ffffffff) with Python 3.11, and here it is"),
        (MINE | {"python": "3.13"}, "has prepkit 1.2 (state 0a1b2c3d) with Python 3.13, and here it is"),
        (MINE | {"forks": "it runs on Windows"}, "cannot make reports: it runs on Windows."),
        (ModuleNotFoundError("No module named 'prepkit'"), "has no prepkit like the one here, prepkit 1.2 (state"),
        ({}, "has prepkit None (state None) with Python None, and here it is"),
    ],
)
def test_a_machine_that_is_not_like_this_one_is_told(theirs: Any, said: str) -> None:
    """The sentence names both versions."""
    found = difference(theirs, MINE)
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_this_machine_says_what_its_manifests_say() -> None:
    """The state of the program is the one that a report is fresh or stale by."""
    from prepkit.manifest import Inputs
    from prepkit.resources import template

    example = read_search(template("example"))
    record = Inputs(example, workbook("application.ipynb"), ()).manifest(example.names[0])
    assert (who()["prepkit"], who()["program"]) == (record.prepkit, record.program)


# --- what is made there -------------------------------------------------------------------------------------


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this process keeps passing files, as a worker that has made nothing yet; its name has to be short."""
    with tempfile.TemporaryDirectory(prefix="dask-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        parcel._workplace.cache_clear()
        yield Path(folder)
        parcel._workplace().close()


def left(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.parent != folder]


def there(task: Task, wanted: Callable[[], bool] = lambda: True) -> Made | str | None:
    return make_there(packed(task), who(), wanted)


@linux
@pytest.mark.slow
def test_what_is_made_there_is_what_is_made_here(place: Path, tmp_path: Path) -> None:
    """With a plan, and with a fault in it: to the byte, and nothing is left of it."""
    search = write_search(tmp_path / "ada", {"tidewrack": {"plan": PLAN}, "wrong": {"plan": PLAN}})
    (search.path / "applications/wrong/plan.yaml").write_text("format: 1\nratings: [1]\n", encoding="utf-8")
    for name in search.names:
        task = task_of(search, name)
        made, here = there(task), make(task)
        assert isinstance(made, Made)
        assert (made.error, dict(made.files)) == (here.error, dict(here.files))
        assert left(place) == []
    (home,) = place.iterdir()
    assert home.stat().st_mode & 0o077 == 0


@linux
@pytest.mark.slow
def test_what_nobody_wants_any_more_is_stopped(place: Path, tmp_path: Path) -> None:
    """A second later, with all that it has begun."""
    search, begun = write_search(tmp_path / "ada"), time.monotonic()
    task = Task(search, "tidewrack", NOTEBOOKS / "waits.ipynb")
    assert there(task, lambda: False) == ""
    assert time.monotonic() - begun < 30
    assert left(place) == []


@linux
@pytest.mark.slow
def test_a_limit_of_time_holds_there(place: Path, tmp_path: Path) -> None:
    """It is that of the search."""
    search = write_search(tmp_path / "ada")
    (search.path / "prepkit.yaml").write_text(json.dumps({"format": 1, "application_seconds": 1}), encoding="utf-8")
    task = Task(read_search(search.path), "tidewrack", NOTEBOOKS / "waits.ipynb")
    assert there(task) == "It took more than 1 seconds and was stopped."
    assert left(place) == []


def test_another_prepkit_makes_nothing(place: Path, tmp_path: Path) -> None:
    """Whoever has packed it is told by a None, and asks another."""
    one = packed(task_of(write_search(tmp_path / "ada")))
    assert make_there(one, {**who(), "program": "another"}, lambda: True) is None
    assert list(place.iterdir()) == []


def test_a_machine_without_room_says_so(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sentence that names neither the machine nor its folders, because it stands on a page."""
    monkeypatch.setattr(tempfile, "tempdir", str(place / "gone"))
    said = there(task_of(write_search(tmp_path / "ada")))
    assert said == "A worker has no place to work: No such file or directory."
