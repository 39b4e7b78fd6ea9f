"""The story form without a browser: what is shown while somebody types, what a click saves, and what stays."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import PAYLOADS, PLAN, STORY, in_a_loop
from test_session import begin

from prepkit import storyform
from prepkit.errors import InputError
from prepkit.search import Search
from prepkit.session import Session
from prepkit.stories import Story, read_stories
from prepkit.storyform import NEW, StoryForm
from prepkit.storysave import CHANGED, save_story

Make = Callable[..., Search]

ELEMENTS = ["script", "img", "svg", "iframe", "a", "meta", "style", "form", "video", "object", "embed", "base"]
QUAY = STORY | {"id": "quay", "title": "Opened the second quay", "competencies": "Leading people; Bee keeping"}


def said(widget: Any) -> str:
    """What a reader of the widget reads."""
    return " ".join(BeautifulSoup(widget.value, "lxml").get_text(" ").split())


def on_disk(form: StoryForm) -> dict[str, Story]:
    return {story.id: story for story in read_stories(form._session.application.stories.path)}


@pytest.fixture
def session(make_search: Make) -> Session:
    """A session on a plan of three themes and two stories."""
    return begin(make_search({"tidewrack": {"plan": PLAN}}, [STORY, QUAY]))


@pytest.fixture
def form(session: Session) -> StoryForm:
    """The form with its first story open."""
    return StoryForm(session)


def test_the_first_story_is_open_and_as_it_was_saved(form: StoryForm) -> None:
    """Every field stands in its box, tags of the shipped list and others apart."""
    assert form.choice.options[0] == ("New story", NEW)
    assert form.choice.value == "storm"
    assert form.boxes["title"].value == STORY["title"]
    assert form.boxes["numbers"].value == "310 passengers"
    form.choice.value = "quay"
    assert (form.tags.value, form.own_tags.value) == (("leading-people",), "bee-keeping")
    assert not form.edited
    assert form.note.layout.display == form.discard.layout.display == "none"


def test_every_control_has_a_label_and_keys_go_from_top_to_bottom(form: StoryForm) -> None:
    """The boxes are children in the order of the method, and none is named by its place alone."""
    controls = [child for child in form.children if hasattr(child, "description") and not hasattr(child, "icon")]
    labels = [control.description for control in controls if type(control).__name__ != "HTML"]
    assert labels == [
        "Story", "Title", "Situation", "Task", "Action", "Result", "Competencies", "More tags", "When", "Where",
        "Numbers",
    ]  # fmt: skip
    assert (form.save.description, form.discard.description) == ("Save story", "Discard what is not saved")


def test_what_is_missing_is_told_while_somebody_types(form: StoryForm) -> None:
    """Each part that is filled goes from the list; a result without a figure is told."""
    form.choice.value = NEW
    assert "The title is missing" in said(form.missing)
    assert "The situation is missing." in said(form.missing)
    for name in ("title", "situation", "task", "action", "result"):
        form.boxes[name].value = "Everybody was glad."
    assert said(form.missing) == "No measurable result."
    form.boxes["numbers"].value = "12 %"
    assert said(form.missing) == "nothing is missing"


def test_wording_that_serves_the_speaker_is_told_with_the_name_of_the_employer(form: StoryForm) -> None:
    """For action and result, as one types."""
    assert said(form.wording) == ""
    form.boxes["result"].value = "It is an ideal next step for me."
    assert "serves you" in said(form.wording)
    assert "Tidewrack Ferries" in said(form.wording)
    form.boxes["result"].value = "Everybody was home within 14 hours."
    assert said(form.wording) == ""


def test_a_language_that_is_not_checked_is_said(make_search: Make) -> None:
    """Silence would look like praise."""
    search = make_search({"tidewrack": {}}, [STORY])
    given = search.parameters("tidewrack", search.path) | {"language": "de"}
    assert "English only" in said(StoryForm(Session(*given.values())).wording)


def test_a_click_saves_what_was_typed(form: StoryForm, session: Session) -> None:
    """The file has it, the application is new, and other words of the row stay."""
    form.boxes["result"].value = "  Everybody was home within 12 hours. "
    assert said(form.status) == "Not saved yet."
    form.save.click()
    assert on_disk(form)["storm"].result == "Everybody was home within 12 hours."
    assert session.application.stories["storm"].result == "Everybody was home within 12 hours."
    assert said(form.status).startswith("Saved ")
    assert len(said(form.status)) == len("Saved 14:02.")
    assert not form.edited
    assert on_disk(form)["quay"].competencies == ("leading-people", "bee-keeping")


def test_tags_are_chosen_from_the_list_or_made_up(form: StoryForm) -> None:
    """Those that were there keep their order, new ones follow."""
    form.tags.value = ("leading-people", "teamwork", "staying-calm-under-pressure")
    form.own_tags.value = "Ferry lore; teamwork"
    form.save.click()
    assert on_disk(form)["storm"].competencies == (
        "staying-calm-under-pressure", "leading-people", "teamwork", "ferry-lore",
    )  # fmt: skip


def test_a_new_story_is_saved_under_an_id_of_its_own(form: StoryForm) -> None:
    """It is chosen afterwards, so that the next click changes it and adds no second."""
    form.choice.value = NEW
    form.boxes["title"].value = QUAY["title"]
    form.save.click()
    assert form.choice.value == "opened-the-second-quay"
    form.boxes["task"].value = "Do it"
    form.save.click()
    assert list(on_disk(form)) == ["storm", "quay", "opened-the-second-quay"]
    assert on_disk(form)["opened-the-second-quay"].task == "Do it"


def test_choosing_another_story_asks_before_anything_is_lost(form: StoryForm) -> None:
    """The note names both ways; the boxes stay until one is taken."""
    form.boxes["task"].value = "Typed"
    form.choice.value = "quay"
    assert form.choice.value == "storm"
    assert form.boxes["task"].value == "Typed"
    assert "not saved yet" in said(form.note)
    assert QUAY["title"] in said(form.note)
    assert form.discard.layout.display is None
    form.discard.click()
    assert (form.choice.value, form.boxes["title"].value) == ("quay", QUAY["title"])
    assert form.note.layout.display == "none"
    form.choice.value = "storm"
    assert form.boxes["task"].value == STORY["task"]


def test_saving_answers_the_question_too(form: StoryForm) -> None:
    """Afterwards the other story can be chosen."""
    form.boxes["task"].value = "Typed"
    form.choice.value = NEW
    form.save.click()
    assert form.note.layout.display == "none"
    form.choice.value = NEW
    assert form.boxes["task"].value == ""
    assert on_disk(form)["storm"].task == "Typed"


def test_what_other_forms_do_leaves_what_is_typed(form: StoryForm, session: Session) -> None:
    """A rating is saved, another form saves another story: the boxes do not move."""
    other = StoryForm(session)
    form.boxes["task"].value = "Typed"
    session.change(lambda plan: plan.with_rating("storm", "pier", 2))
    other.choice.value = "quay"
    other.boxes["title"].value = "Opened a third quay"
    other.save.click()
    assert form.boxes["task"].value == "Typed"
    assert ("Opened a third quay", "quay") in form.choice.options
    assert form.choice.value == "storm"
    form.save.click()
    assert (on_disk(form)["storm"].task, on_disk(form)["quay"].title) == ("Typed", "Opened a third quay")


def test_two_forms_on_one_story_merge_what_differs(form: StoryForm, session: Session) -> None:
    """A field that nobody touched here shows what the other one saved."""
    other = StoryForm(session)
    form.boxes["task"].value = "Mine"
    other.boxes["result"].value = "Theirs: 3"
    other.save.click()
    assert (form.boxes["task"].value, form.boxes["result"].value) == ("Mine", "Theirs: 3")
    form.save.click()
    story = on_disk(form)["storm"]
    assert (story.task, story.result) == ("Mine", "Theirs: 3")
    assert other.boxes["task"].value == "Mine"


def test_a_field_that_both_changed_is_told_before_either_is_lost(form: StoryForm, session: Session) -> None:
    """The other words are shown; saving is refused once and meant the second time."""
    other = StoryForm(session)
    form.boxes["task"].value = "Mine"
    other.boxes["task"].value = "Theirs <b>"
    other.save.click()
    assert "It now says task: “Theirs <b>”" in said(form.note)
    form.save.click()
    assert CHANGED in said(form.status)
    assert on_disk(form)["storm"].task == "Theirs <b>"
    assert form.boxes["task"].value == "Mine"
    form.save.click()
    assert on_disk(form)["storm"].task == "Mine"


def test_theirs_can_be_taken_instead(form: StoryForm, session: Session) -> None:
    """Discarding shows what the file says."""
    other = StoryForm(session)
    form.boxes["task"].value = "Mine"
    other.boxes["task"].value = "Theirs"
    other.save.click()
    form.discard.click()
    assert form.boxes["task"].value == "Theirs"
    assert not form.edited


def test_a_file_changed_by_hand_is_noticed_when_saving(form: StoryForm, session: Session) -> None:
    """The spreadsheet was saved meanwhile: the save is refused, and what differs is merged or told."""
    path = session.application.stories.path
    save_story(path, replace(on_disk(form)["storm"], where="Elsewhere"))
    form.boxes["task"].value = "Mine"
    form.save.click()
    assert CHANGED in said(form.status)
    assert (form.boxes["task"].value, form.boxes["where"].value) == ("Mine", "Elsewhere")
    form.save.click()
    assert (on_disk(form)["storm"].task, on_disk(form)["storm"].where) == ("Mine", "Elsewhere")


def test_a_story_taken_out_of_the_file_can_be_put_back(form: StoryForm, session: Session) -> None:
    """Its text stays on the screen, and its id stays its own."""
    path = session.application.stories.path
    text = path.read_text(encoding="utf-8")
    path.write_text("".join(line for line in text.splitlines(True) if not line.startswith("storm")), encoding="utf-8")
    form.boxes["task"].value = "Mine"
    session.refresh()
    assert "taken this story out" in said(form.note)
    assert form.choice.label == f"{STORY['title']} (not in the file)"
    form.save.click()
    assert said(form.status).startswith("Saved ")
    assert on_disk(form)["storm"].task == "Mine"


def test_a_save_that_fails_loses_nothing(form: StoryForm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Disk full or title missing: the reason is told, file and boxes stay."""
    before = on_disk(form)
    form.boxes["title"].value = " "
    form.boxes["task"].value = "Typed"
    form.save.click()
    assert "Not saved; what you typed is still here." in said(form.status)
    assert "The title is missing" in said(form.status)
    form.boxes["title"].value = "Again"
    for error in (InputError("stories.csv", "No space left on device."), OSError(28, "No space left on device")):

        def full(*_: Any, fault: Exception = error, **__: Any) -> Story:
            raise fault

        monkeypatch.setattr(storyform, "save_story", full)
        form.save.click()
        assert "No space left on device" in said(form.status)
    assert (form.boxes["title"].value, form.boxes["task"].value) == ("Again", "Typed")
    assert on_disk(form) == before
    monkeypatch.undo()
    form.save.click()
    assert (on_disk(form)["storm"].title, on_disk(form)["storm"].task) == ("Again", "Typed")


def test_a_plan_that_cannot_be_read_does_not_take_the_story_away(form: StoryForm, session: Session) -> None:
    """The story is saved, the fault of the other file is told, and the boxes stay."""
    session.application.plan_path.write_text("themes: 3\n", encoding="utf-8")
    form.boxes["task"].value = "Typed"
    form.save.click()
    assert said(form.status).startswith("Saved ")
    assert "plan.yaml" in said(form.status)
    assert form.boxes["task"].value == "Typed"
    assert on_disk(form)["storm"].task == "Typed"
    form.boxes["task"].value = "Typed again"
    form.save.click()
    assert on_disk(form)["storm"].task == "Typed again"


def test_half_a_character_does_not_stop_saving(form: StoryForm) -> None:
    """What cannot be written into a file is dropped; the rest is kept."""
    form.boxes["task"].value = "calm \ud800 hand"
    form.save.click()
    assert on_disk(form)["storm"].task == "calm  hand"


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_any_text_is_text(payload: str, form: StoryForm, session: Session) -> None:
    """It is saved and shown letter for letter in every box, and nothing of it becomes an element of the page."""
    other = StoryForm(session)
    for name, box in form.boxes.items():
        box.value = payload if name != "numbers" else payload.replace(";", ",")
    form.own_tags.value = payload
    other.boxes["title"].value = f"Other {payload}"
    form.save.click()
    assert said(form.status).startswith("Saved ")
    story = on_disk(form)["storm"]
    assert (story.title, story.action, story.when) == (payload, payload, payload)
    form.boxes["title"].value = "x"
    form.choice.value = "quay"
    for one in (form, other):
        for widget in (one.note, one.missing, one.wording, one.status):
            assert not BeautifulSoup(widget.value, "lxml").find_all(ELEMENTS)
            assert "mathjax_ignore" in widget.value or not widget.value


def test_typing_is_answered_in_a_blink(form: StoryForm) -> None:
    """20 ms for a letter, with room for a busy machine."""
    form.boxes["action"].value = "I asked each of the 38 nurses which two shifts they could never work. " * 10
    form.boxes["result"].value = "Agency shifts fell from 46 to 12 a month within half a year. " * 2
    started = time.process_time()
    for number in range(20):
        form.boxes["result"].value += f" {number}."
    assert (time.process_time() - started) / 20 < 0.04


def test_the_wording_of_a_long_text_waits_for_a_pause(form: StoryForm) -> None:
    """What is missing is told at once all the same."""

    async def type_on() -> None:
        form.boxes["result"].value = "Everybody was home. " * 100 + "It is an ideal next step for me."
        assert said(form.missing) == "nothing is missing"
        assert said(form.wording) == ""
        await asyncio.sleep(storyform.QUIET + 0.3)

    in_a_loop(type_on)
    assert "serves you" in said(form.wording)
