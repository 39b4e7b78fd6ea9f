"""The first page of a session: choose a candidate and an application, or make them, without touching a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Any
from urllib.parse import quote

import ipywidgets
from pydantic import ValidationError

from prepkit.clients import (
    MAX_UPLOAD_BYTES,
    ClientState,
    inventory,
    list_searches,
    make_application,
    new_client,
    read_client,
    read_upload,
    said_of,
    take_stories,
)
from prepkit.controls import LONGEST_TEXT, page, primary_button, safe, text_box, tidy
from prepkit.documents import SUFFIXES
from prepkit.errors import InputError, PrepkitError
from prepkit.files import MAX_TEXT_BYTES
from prepkit.notebooks import prepare
from prepkit.page import clean, render, stylesheet
from prepkit.plan import Corrections
from prepkit.posting import Level, Posting
from prepkit.resources import is_shipped, template
from prepkit.search import Search, read_search
from prepkit.sections import Kind
from prepkit.stories import StoryInventory
from prepkit.storyfiles import READERS

__all__ = ["StartForm"]

LONGEST_LABEL = 80
"""Characters of a name or title in a list to choose from."""

PASTED = "What you pasted.txt"
"""What a posting is called that came by the clipboard."""


def _heading(text: str) -> ipywidgets.HTML:
    return ipywidgets.HTML(page(f'<h2 style="margin-top: 20px">{safe(text)}</h2>'))


def _label(text: str) -> str:
    return shorten(clean(text), LONGEST_LABEL, placeholder=" …") or clean(text)[:LONGEST_LABEL]


def _line_box(label: str) -> ipywidgets.Text:
    return ipywidgets.Text(
        description=label, layout=ipywidgets.Layout(width="auto"), style={"description_width": "8em"}
    )


def _hide(widget: ipywidgets.Widget, hidden: bool) -> None:
    widget.layout.display = "none" if hidden else None


@contextmanager
def _explained(status: ipywidgets.HTML, folder: Path, failed: str) -> Iterator[None]:
    """Say what went wrong in a status line instead of raising it."""
    try:
        yield
        return
    except PrepkitError as error:
        said = said_of(error, folder)
    except ValidationError:
        said = f"Title, employer and place take at most {LONGEST_TEXT:,} characters each."
    except OSError as error:
        said = f"The disk says: {error.strerror or error}."
    status.value = page(f'<p class="notice problem"><strong>{safe(failed)}</strong> {safe(said)}</p>')


class _Upload(ipywidgets.HBox):  # type: ignore[misc]
    """A button to choose a file, with the endings and the size that are taken beside it; `take` gets name and bytes."""

    def __init__(self, label: str, suffixes: Sequence[str], take: Callable[[str, bytes], None]) -> None:
        self._label, self._suffixes, self._take = label, tuple(suffixes), take
        allowed = f"{', '.join(suffixes)}, at most {MAX_UPLOAD_BYTES // 1_000_000} MB. If nothing happens: Look again."
        self._hint = ipywidgets.HTML(page(f'<span class="muted small">{safe(allowed)}</span>'))
        super().__init__()
        self.renew()

    def renew(self) -> None:
        """Put a new button in the place of the old, which hears nothing more once a file was too large for Jupyter."""
        layout = ipywidgets.Layout(width="auto")
        self.button = ipywidgets.FileUpload(accept=",".join(self._suffixes), description=self._label, layout=layout)
        self.button.observe(lambda _: self._chosen(), names="value")
        self.children = (self.button, self._hint)

    def _chosen(self) -> None:
        for file in self.button.value:
            self.button.value = ()  # there is room for the next file then, which may be the same
            self._take(str(file["name"]), bytes(file["content"]))


class _PostingPart(ipywidgets.VBox):  # type: ignore[misc]
    """A posting is pasted or uploaded, looked at as it was read, corrected, and made into an application."""

    def __init__(self, made: Callable[[str], None]) -> None:
        self.search: Search | None = None
        self._made = made
        self._given: tuple[str, bytes] | None = None
        self._posting: Posting | None = None
        self.text = text_box("", "Posting", "Paste the whole posting here, as it stands on the page", rows=8)
        self.text.continuous_update = False
        self.look = ipywidgets.Button(description="See how it is read", layout=ipywidgets.Layout(width="auto"))
        self.upload = _Upload("Or upload a file", SUFFIXES, self._read)
        self.status, self.reading = ipywidgets.HTML(), ipywidgets.HTML()
        labels = {"title": "Title", "company": "Employer", "location": "Place"}
        self.boxes = {name: _line_box(label) for name, label in labels.items()}
        levels = [("Junior", "junior"), ("Mid-level", "mid"), ("Senior", "senior")]
        self.level = ipywidgets.Dropdown(options=levels, description="Level", style={"description_width": "8em"})
        self.make = primary_button("Make the application")
        hint = "<strong>How it was read.</strong> Correct what is wrong; the posting itself stays as it is."
        self.found = ipywidgets.VBox(
            [ipywidgets.HTML(page(hint)), *self.boxes.values(), self.level, ipywidgets.HBox([self.make]), self.reading]
        )
        self.look.on_click(lambda _: self._look())
        self.make.on_click(lambda _: self._make())
        for box in (self.text, *self.boxes.values(), self.level):
            box.observe(lambda _: self._show(), names="value")
        self._show()
        super().__init__([self.text, ipywidgets.HBox([self.look, self.upload]), self.status, self.found])

    def of(self, search: Search) -> None:
        """Take postings for this candidate from now on; what was typed stays."""
        self.search = search
        whose = search.settings.candidate
        self.make.description = f"Make the application for {_label(whose)}" if whose else "Make the application"

    @property
    def _pasted(self) -> bytes:
        return tidy(self.text.value).encode()

    @property
    def _is_stale(self) -> bool:
        """True when the pasted text is another than the one that was read."""
        return self._given is not None and self._given[0] == PASTED and self._given[1] != self._pasted

    def _look(self) -> None:
        if self._pasted:
            self._read(PASTED, self._pasted)
        else:
            self.status.value = page("<p>Paste a posting first, or upload a file.</p>")

    def _read(self, name: str, data: bytes) -> None:
        if self.search is None:
            return
        with _explained(self.status, self.search.path, "This posting cannot be taken; what you typed is still here."):
            if name == PASTED and len(data) > MAX_TEXT_BYTES:
                raise InputError("What you pasted", f"It has {len(data):,} bytes; at most {MAX_TEXT_BYTES:,} are read.")
            posting, before = read_upload(self.search, name, data), self._posting
            # a correction stands as long as the reading that it corrects
            for field, box in self.boxes.items():
                if before is None or getattr(before, field) != getattr(posting, field):
                    box.value = clean(getattr(posting, field))
            if before is None or before.level is not posting.level:
                self.level.value = posting.level.value
            self._given, self._posting, self.status.value = (name, data), posting, ""
            self._show()

    @property
    def _corrections(self) -> dict[str, str]:
        """What a person says otherwise than was read."""
        if self._posting is None:
            return {}
        typed = {name: tidy(box.value) for name, box in self.boxes.items()}
        said = {name: text for name, text in typed.items() if text != clean(getattr(self._posting, name))}
        return said | ({"level": self.level.value} if self.level.value != self._posting.level.value else {})

    def _show(self) -> None:
        _hide(self.found, self._posting is None)
        self.make.disabled = self._is_stale
        if self._posting is None:
            return
        if self._is_stale:
            self.status.value = page("<p>The text has changed. See how it is read, then make the application.</p>")
        corrections = self._corrections
        level = Level(corrections["level"]).value if "level" in corrections else ""
        self.reading.value = render("reading.html.j2", posting=self._posting.corrected({"level": level}), Kind=Kind)

    def _make(self) -> None:
        if self.search is None or self._given is None or self._is_stale:
            return
        name = ""
        with _explained(self.status, self.search.path, "No application was made; what you typed is still here."):
            name = make_application(self.search, *self._given, Corrections.model_validate(self._corrections))
        if name:
            self._given = self._posting = None
            self.text.value = self.status.value = ""
            self._show()
            self._made(name)


class _StoriesPart(ipywidgets.VBox):  # type: ignore[misc]
    """How many stories there are, what is missing from them, and a file to begin with."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.search: Search | None = None
        self._changed = changed
        self.count, self.status = ipywidgets.HTML(), ipywidgets.HTML()
        self.upload = _Upload("Upload stories", tuple(READERS), self._replace)
        super().__init__([self.count, self.upload, self.status])

    def of(self, search: Search) -> None:
        """Show the stories of this candidate."""
        self.search, self.status.value = search, ""
        self._show()

    def _show(self) -> None:
        if self.search is None:
            return
        stories = None
        with _explained(self.count, self.search.path, "The stories cannot be read."):
            stories = inventory(self.search)
            self.count.value = page(_stories(stories, self.search.stories.name))

    def _replace(self, name: str, data: bytes) -> None:
        if self.search is None:
            return
        with _explained(self.status, self.search.path, "Nothing was taken in."):
            stories = take_stories(self.search, name, data)
            self.search = read_search(self.search.path)
            self._show()
            self.status.value = page(f"<p>{len(stories)} {'story' if len(stories) == 1 else 'stories'} taken in.</p>")
            self._changed()


def _stories(stories: StoryInventory | None, file: str) -> str:
    if stories is None:
        return (
            f"<p><strong>There are no stories yet.</strong> Upload a file, or write them into {safe(file)} with any "
            "spreadsheet program; a title is enough to begin.</p>"
        )
    complete, measured = sum(story.complete for story in stories), sum(story.has_measure for story in stories)
    count = f"{len(stories)} {'story' if len(stories) == 1 else 'stories'} in {safe(file)}"
    lines = "".join(
        f"<li>{safe(story.title)} <span class='blank'>{safe(' '.join(story.gaps))}</span></li>"
        for story in stories
        if story.gaps
    )
    missing = f"<details><summary>What is missing</summary><ul>{lines}</ul></details>" if lines else ""
    return f"<p><strong>{count}</strong>, {complete} complete, {measured} with a measurable result.</p>{missing}"


class StartForm(ipywidgets.VBox):  # type: ignore[misc]
    """Candidates with their applications; a new candidate, a new application, the stories, and the way to a workbook.

    Args:
        folder: A search or a folder of searches; empty shows the shipped example, which is only read.

    Attributes:
        clients: What was last read of the folder.
    """

    def __init__(self, folder: Path | str = "") -> None:
        self._folder = Path(folder) if folder else template("example")
        self._settling = False
        self.clients: tuple[ClientState, ...] = ()
        self.table, self.status, self.opening = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
        self.again = ipywidgets.Button(description="Look again", icon="refresh", tooltip="Read the files again")
        self.candidate = ipywidgets.Dropdown(description="Candidate", layout=ipywidgets.Layout(width="auto"))
        self.name = ipywidgets.Text(placeholder="Name of a new candidate", layout=ipywidgets.Layout(width="20em"))
        self.add = ipywidgets.Button(description="New candidate", icon="plus")
        self.application = ipywidgets.RadioButtons(options=[], layout=ipywidgets.Layout(width="auto"))
        self.link = ipywidgets.Output()
        self.posting = _PostingPart(self._application_made)
        self.stories = _StoriesPart(self._stories_changed)
        self.newcomer = ipywidgets.HBox([self.name, self.add])
        self.work = ipywidgets.VBox(
            [_heading("Application"), self.application, self.opening, self.link, self.posting,
             _heading("Stories"), self.stories]
        )  # fmt: skip
        self.again.on_click(lambda _: self._begin_again())
        self.add.on_click(lambda _: self._add())
        self.candidate.observe(lambda _: self._candidate_chosen(), names="value")
        self.application.observe(lambda _: self._application_chosen(), names="index")
        self._refresh()
        style = ipywidgets.HTML(f"<style>{stylesheet()}</style>")
        super().__init__([style, self.table, self.again, self.candidate, self.newcomer, self.status, self.work])

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Add the list itself, for places where no widget is shown."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**options)
        names = ", ".join(clean(client.name) for client in self.clients) or "none yet"
        return bundle | {"text/html": self.table.value, "text/plain": f"Candidates: {names}"}

    @property
    def _is_example(self) -> bool:
        return is_shipped(self._folder)

    @property
    def _is_one_search(self) -> bool:
        return [client.path for client in self.clients] == [self._folder]

    def _refresh(self, chosen: str | None = None, application: str | None = None) -> None:
        """Read the folder again, and keep what is chosen."""
        self.status.value = ""
        with _explained(self.status, self._folder, "The folder cannot be read."):
            self.clients = list_searches(self._folder)
        self._show_table()
        paths = [str(client.path) for client in self.clients]
        self._settling = True
        begin = [] if self._is_one_search else [("Choose a candidate …", "")]
        labels = [_label(client.name) for client in self.clients]
        self.candidate.options = [*begin, *zip(labels, paths, strict=True)]
        self.candidate.value = chosen if chosen in paths else self.candidate.options[0][1]
        self._settling = False
        _hide(self.candidate, self._is_one_search or not paths)
        _hide(self.newcomer, self._is_one_search or self._is_example)
        self._candidate_chosen(application)

    def _begin_again(self) -> None:
        self.posting.upload.renew()
        self.stories.upload.renew()
        self._refresh(self.candidate.value, self.application.value)

    def _show_table(self) -> None:
        self.table.value = render("clients.html.j2", clients=self.clients, example=self._is_example)

    def _candidate_chosen(self, application: str | None = None) -> None:
        if self._settling:
            return
        state = next((client for client in self.clients if str(client.path) == self.candidate.value), None)
        search = None
        if state is not None and not self._is_example:
            self.status.value = ""
            with _explained(self.status, state.path, "This candidate cannot be opened."):
                search = read_search(state.path)
        _hide(self.work, search is None)
        if search is None or state is None:
            return
        self.posting.of(search)
        self.stories.of(search)
        known = [(_label(one.role), one.name) for one in state.applications]
        readable = [one.name for one in state.applications if not one.problem]
        names = [*(one.name for one in state.applications), ""]
        self._settling = True
        self.application.options = [*known, ("A new application", "")]
        self.application.index = names.index(application if application in names else (readable or [""])[0])
        self._settling = False
        self._application_chosen()

    def _application_chosen(self) -> None:
        if self._settling:
            return
        name, search = self.application.value, self.posting.search
        _hide(self.posting, bool(name))
        self.link.outputs, self.opening.value = (), ""
        if not name or search is None:
            return
        problem = next((one.problem for client in self.clients if client.path == search.path
                        for one in client.applications if one.name == name), "")  # fmt: skip
        if problem:
            self.opening.value = page(
                f'<p class="notice problem"><strong>It cannot be read.</strong> {safe(problem)}</p>'
            )
            return
        with _explained(self.opening, search.path, "The workbook cannot be opened."):
            target = prepare(search, name)
            # from where this notebook lies: JupyterLab makes of it a link of its own, whatever its address and root
            address = quote(Path(os.path.relpath(target.resolve(), Path.cwd())).as_posix())
            look = f'<p><a href="{address}"><strong>Open the workbook</strong></a> {safe(name)}</p>'
            data = {"text/html": page(look), "text/plain": f"Open the workbook: {address}"}
            self.link.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)

    def _add(self) -> None:
        with _explained(self.status, self._folder, "No candidate was made; what you typed is still here."):
            search = new_client(self._folder, tidy(self.name.value))
            self.name.value = ""
            self._refresh(str(search.path))

    def _application_made(self, name: str) -> None:
        self._look_again(name)

    def _stories_changed(self) -> None:
        self._look_again(self.application.value)

    def _look_again(self, application: str | None) -> None:
        """Read one candidate again, which takes no time however many there are."""
        fresh = read_client(self.candidate.value)
        self.clients = tuple(fresh if client.path == fresh.path else client for client in self.clients)
        self._show_table()
        said = self.stories.status.value
        self._candidate_chosen(application)
        self.stories.status.value = said
