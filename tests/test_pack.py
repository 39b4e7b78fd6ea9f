"""The pack: everything to take home, in one folder of drafts."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from conftest import PLAN, hostile_search

from prepkit import pack as module
from prepkit.errors import InputError, NewerFormatError, PrepkitError
from prepkit.pack import Pack, make_pack
from prepkit.plan import load_plan, update_plan
from prepkit.search import Search, read_search
from prepkit.spreadsheet import read_ratings
from prepkit.stories import read_stories

TODAY = date(2026, 11, 20)
ALWAYS = {
    "brief.pdf", "brief.html", "thank-you.txt", "thank-you.eml", "cards.apkg", "cards.csv", "prep.xlsx", "coverage.csv",
    "progress.md", "progress.docx", "reviewer.html",
}  # fmt: skip


@pytest.fixture
def search(make_search: Callable[..., Search]) -> Search:
    """Ada and the ferries, with themes chosen and a day of interview."""
    return make_search({"tidewrack": {"plan": {**PLAN, "interview": "2026-12-03 14:00"}}})


def made(search: Search) -> Pack:
    """The pack of the one application."""
    return make_pack(search, "tidewrack", TODAY)


def contents(pack: Pack) -> dict[str, bytes]:
    """All files of a pack but locks."""
    return {file.name: file.read_bytes() for file in pack.folder.iterdir() if not file.name.startswith(".")}


def test_everything_is_there(search: Search) -> None:
    """Eleven drafts and the record, for their owner's eyes only."""
    pack = made(search)
    assert pack.folder == search.path / "packs" / "tidewrack"
    assert set(pack.made) == ALWAYS | {"interview.ics"}
    assert set(contents(pack)) == {*pack.made, "made.json"}
    assert pack.kept == ()
    assert all(note.endswith((".", "”")) for note in pack.notes)
    if sys.platform != "win32":
        assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in pack.folder.glob("[a-z]*"))
        assert stat.S_IMODE(pack.folder.stat().st_mode) == 0o700


def test_the_files_are_what_they_say(search: Search) -> None:
    """The workbook and the table are read back."""
    folder = made(search).folder
    assert [story.id for story in read_stories(folder / "prep.xlsx")] == ["storm"]
    assert read_ratings(folder / "prep.xlsx") == read_ratings(folder / "coverage.csv") == {"storm": {"calm": 2}}
    assert (folder / "brief.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "thank-you.txt").read_text(encoding="utf-8").startswith("Subject: Thank you")


def test_the_record_knows_every_file(search: Search) -> None:
    """Fingerprints of the bytes, and the plan as it was."""
    pack = made(search)
    record = json.loads((pack.folder / "made.json").read_text(encoding="utf-8"))
    files = contents(pack)
    assert record["format"] == 1
    assert record["made"] == {name: hashlib.sha256(files[name]).hexdigest() for name in pack.made}
    assert record["plan"]["interview"] == "2026-12-03 14:00"


def test_the_same_again_changes_nothing(search: Search) -> None:
    """Same search, same day, same bytes, the note for the coach included."""
    first, again = made(search), made(search)
    assert contents(first) == contents(again)
    assert first == again


def test_another_place_changes_nothing(search: Search, tmp_path: Path) -> None:
    """No path of this machine is in any file."""
    first = made(search)
    shutil.copytree(search.path, tmp_path / "elsewhere", ignore=shutil.ignore_patterns("packs"))
    assert contents(make_pack(read_search(tmp_path / "elsewhere"), "tidewrack", TODAY)) == contents(first)


def test_what_somebody_has_changed_is_kept(search: Search) -> None:
    """Named as kept, and made anew once it is deleted."""
    folder = made(search).folder
    (folder / "thank-you.txt").write_text("Dear Ines", encoding="utf-8")
    pack = made(search)
    assert pack.kept == ("thank-you.txt",)
    assert "thank-you.txt" not in pack.made
    assert (folder / "thank-you.txt").read_text(encoding="utf-8") == "Dear Ines"
    assert made(search).kept == ("thank-you.txt",)
    (folder / "thank-you.txt").unlink()
    assert made(search).kept == ()


def test_what_nobody_has_changed_follows_the_plan(search: Search) -> None:
    """A new claim gets into every draft."""
    folder = made(search).folder
    plan = search.path / "applications" / "tidewrack" / "plan.yaml"
    theme = load_plan(plan).themes[0].model_copy(update={"claim": "Keeps its word on the quay"})
    update_plan(plan, lambda old: old.with_themes((theme, *old.themes[1:])))
    pack = made(search)
    assert pack.kept == ()
    assert "keeps its word on the quay" in (folder / "thank-you.txt").read_text(encoding="utf-8")
    note = (folder / "progress.md").read_text(encoding="utf-8")
    assert "Keeps its word on the quay" in note
    assert "first note" not in note
    again = contents(made(search))
    assert again["progress.md"].decode() == note


def test_a_file_that_was_there_before_is_kept(search: Search) -> None:
    """Nobody knows whose it is."""
    folder = search.path / "packs" / "tidewrack"
    folder.mkdir(parents=True)
    (folder / "cards.csv").write_text("mine", encoding="utf-8")
    (folder / "brief.pdf").mkdir()
    assert set(made(search).kept) == {"cards.csv", "brief.pdf"}


def test_a_pack_that_was_stopped_half_way_is_finished(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the old pack and of the new one are both known as made."""
    made(search)
    plan = search.path / "applications" / "tidewrack" / "plan.yaml"
    update_plan(plan, lambda old: old.model_copy(update={"interview": "2026-12-10 09:00"}))
    write, written = module.write_atomic, []

    def stop(path: Path, data: str | bytes) -> None:
        written.append(path.name)
        if len(written) == 4:
            raise InputError(path, "The disk is full.")
        write(path, data)

    monkeypatch.setattr(module, "write_atomic", stop)
    with pytest.raises(InputError):
        made(search)
    monkeypatch.undo()
    pack = made(search)
    assert pack.kept == ()
    assert b"2026-12-10" in contents(pack)["brief.html"]


def test_without_a_day_there_is_no_calendar(search: Search) -> None:
    """It is said, and one from before is not thrown away."""
    made(search)
    plan = search.path / "applications" / "tidewrack" / "plan.yaml"
    update_plan(plan, lambda old: old.model_copy(update={"interview": ""}))
    pack = made(search)
    assert set(pack.made) == ALWAYS
    assert any("no day of the interview" in note for note in pack.notes)
    assert any("earlier date" in note for note in pack.notes)
    assert "interview.ics" in contents(pack)


def test_an_interview_that_is_over_has_no_calendar(search: Search) -> None:
    """Nothing is put before today."""
    pack = make_pack(search, "tidewrack", date(2027, 1, 1))
    assert "interview.ics" not in pack.made
    assert any("was on 2026-12-03" in note for note in pack.notes)


def test_an_empty_plan_makes_a_pack(make_search: Callable[..., Search]) -> None:
    """With notes on what is missing."""
    pack = made(make_search())
    assert set(pack.made) == ALWAYS - {"reviewer.html"}  # nobody can be asked about no themes
    assert any("No theme is chosen" in note for note in pack.notes)


def test_wording_is_told_and_not_mended(make_search: Callable[..., Search]) -> None:
    """What serves the speaker is named in the notes."""
    themes = [{**PLAN["themes"][1], "twist": "It is an ideal next step for me."}]
    pack = made(make_search({"tidewrack": {"plan": {**PLAN, "themes": themes}}}))
    assert any(note.startswith("thank-you: “It is an ideal next step for me.”") for note in pack.notes)


def test_another_language_is_told(make_search: Callable[..., Search]) -> None:
    """A German posting makes a pack, and says what is left to do."""
    german = "Leitung Betrieb\n\nWir suchen für unser Team eine Leitung, die mit uns den Fahrplan der Schiffe plant.\n"
    pack = made(make_search({"tidewrack": {"posting": german}}))
    assert any("does not look English" in note for note in pack.notes)


def test_a_damaged_record_keeps_what_is_there(search: Search) -> None:
    """Better an old draft than somebody's work lost; an unchanged one is known by its bytes."""
    folder = made(search).folder
    (folder / "thank-you.txt").write_text("Dear Ines", encoding="utf-8")
    for damage in ("{", "[]", '{"made": {"thank-you.txt": "../x"}}', "[" * 100_000, '{"format": "x"}'):
        (folder / "made.json").write_text(damage, encoding="utf-8")
        pack = made(search)
        assert "thank-you.txt" in pack.kept
        assert any("could not be read" in note for note in pack.notes)


def test_a_newer_record_is_left_alone(search: Search) -> None:
    """Nothing is touched."""
    folder = made(search).folder
    (folder / "made.json").write_text('{"format": 2}', encoding="utf-8")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(NewerFormatError, match="newer prepkit"):
        made(search)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("link", ["packs", "packs/tidewrack", "packs/tidewrack/brief.pdf", "packs/tidewrack/made.json"])
def test_links_out_of_the_search_are_refused(search: Search, tmp_path: Path, link: str) -> None:
    """Nothing is written anywhere else, and nothing before that is found out."""
    outside = tmp_path / "outside"
    outside.mkdir()
    place = search.path / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(outside / place.name if place.suffix else outside)
    with pytest.raises(PrepkitError, match="outside"):
        made(search)
    assert list(outside.iterdir()) == []


def test_an_unknown_application_is_told(search: Search) -> None:
    """With the names that there are."""
    with pytest.raises(InputError, match="tidewrack"):
        make_pack(search, "tidewrak", TODAY)


@pytest.mark.slow
def test_hostile_applications_make_packs(tmp_path: Path) -> None:
    """Every payload in every place."""
    search = hostile_search(tmp_path / "hostile")
    for name in search.names:
        pack = make_pack(search, name, TODAY)
        assert set(pack.made) == ALWAYS
        assert pack.kept == ()
