"""A search: the folder of one candidate with settings, stories and applications."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from prepkit.documents import SUFFIXES
from prepkit.errors import InputError, PrepkitError, Problem, did_you_mean
from prepkit.files import inside, is_junk, make_folder, read_bytes, without_controls, write_atomic
from prepkit.posting import read_posting
from prepkit.resources import template
from prepkit.text import slug
from prepkit.yamlfile import FORMAT, line_of, load_yaml, save_yaml

__all__ = [
    "ApplicationFiles",
    "Limits",
    "Parameters",
    "Search",
    "Settings",
    "add_application",
    "copy_search",
    "is_search",
    "new_search",
    "read_search",
    "search_folders",
]

LONGEST_NAME = 200
"""Most letters of a candidate's name."""

STORY_FILES = ("stories.csv", "stories.xlsx", "stories.yaml", "stories.yml", "stories.json")
QUESTION_FILE = "questions.csv"


@dataclass(frozen=True)
class Limits:
    """What one run of a workbook may take; a report takes some seconds, 50 million bytes and half a million letters.

    Attributes:
        cell_seconds: Time for one cell.
        application_seconds: Time for a whole application.
        memory_megabytes: Memory besides Python and its libraries, in million bytes.
        output_megabytes: Letters of all outputs together, in millions.
    """

    cell_seconds: int = 120
    application_seconds: int = 600
    memory_megabytes: int = 2_000
    output_megabytes: int = 20


class Settings(BaseModel):
    """What ``prepkit.yaml`` says.

    Attributes:
        candidate: Name of the candidate, shown on top of every page; may be empty.
        language: Two-letter code of the candidate's own words.
        words_per_minute: Speaking rate; 150 is a usual rate for English conversation.
        pronoun: How others speak of the candidate: ``she``, ``he`` or ``they``, which is the same as empty.
        cell_seconds, application_seconds, memory_megabytes, output_megabytes: See :class:`Limits`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    candidate: Annotated[
        str, AfterValidator(without_controls), StringConstraints(strip_whitespace=True, max_length=LONGEST_NAME)
    ] = ""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = "en"
    words_per_minute: Annotated[int, Field(ge=60, le=300)] = 150
    pronoun: Literal["she", "he", "they", ""] = ""
    cell_seconds: Annotated[int, Field(ge=1, le=86_400)] = Limits.cell_seconds
    application_seconds: Annotated[int, Field(ge=1, le=86_400)] = Limits.application_seconds
    memory_megabytes: Annotated[int, Field(ge=100, le=1_000_000)] = Limits.memory_megabytes
    output_megabytes: Annotated[int, Field(ge=1, le=50)] = Limits.output_megabytes

    @property
    def limits(self) -> Limits:
        """What a run of a workbook may take."""
        return Limits(self.cell_seconds, self.application_seconds, self.memory_megabytes, self.output_megabytes)


class Parameters(TypedDict):
    """What :func:`prepkit.application.open_application` and the workbook of an application take, by name."""

    posting: str
    stories: str
    plan: str
    candidate: str
    questions: str
    words_per_minute: int
    pronoun: str
    language: str


@dataclass(frozen=True, slots=True)
class ApplicationFiles:
    """Where the files of one application are, relative to the search.

    Attributes:
        name: Name of its folder.
        posting: The job description.
        plan: The plan, which may not exist yet.
    """

    name: str
    posting: Path
    plan: Path


@dataclass(frozen=True, slots=True)
class Search:
    """The files of one candidate.

    Attributes:
        path: The folder.
        settings: What ``prepkit.yaml`` says.
        stories: The story inventory, relative to `path`.
        names: Names of the applications, sorted.
        questions: The search's own questions, relative to `path`; None when there are none.
    """

    path: Path
    settings: Settings
    stories: Path
    names: tuple[str, ...]
    questions: Path | None = None

    @property
    def reports(self) -> Path:
        """Where reports go; safe to delete."""
        return self.path / "reports"

    def named(self, name: str) -> str:
        """Return an application's name as its folder has it, empty when there is none.

        The same letters in another form of Unicode, or in capitals, will do.
        """
        alike = (known for known in self.names if _alike(known) == _alike(name))
        return name if name in self.names else next(alike, "")

    def application(self, name: str) -> ApplicationFiles:
        """Return the files of an application.

        Raises:
            InputError: when there is no such application, or not exactly one posting in it.
            PrepkitError: when a file is a link that leads out of the search.
        """
        name = self.named(name) or name
        if name not in self.names:
            known = f" There are: {', '.join(self.names)}." if self.names else " There are none yet."
            message = f"There is no application {name!r}.{did_you_mean(name, self.names)}{known}"
            raise InputError(self.path, message)
        folder = Path("applications") / name
        inside(self.path, folder)
        found = [
            file.name
            for file in _listed(self.path / folder)
            if file.stem.lower() == "posting" and file.suffix.lower() in SUFFIXES and not is_junk(file)
        ]
        if len(found) != 1:
            allowed = ", ".join(f"posting{suffix}" for suffix in SUFFIXES)
            said = f"There are {len(found)} postings: {', '.join(found)}. Keep one." if found else (
                f"There is no posting. Put one of {allowed} here."
            )  # fmt: skip
            raise InputError(self.path / folder, said)
        if (self.path / folder / "plan.yml").exists():
            raise InputError(self.path / folder / "plan.yml", "The plan is called plan.yaml. Rename the file.")
        for file in (folder / found[0], folder / "plan.yaml", folder / "debriefs.yaml", self.stories):
            inside(self.path, file)
        return ApplicationFiles(name, folder / found[0], folder / "plan.yaml")

    def parameters(self, name: str, start: Path = Path()) -> Parameters:
        """Return what opens an application.

        Args:
            name: The application.
            start: How the folder of the search is reached from where the paths are used.

        Raises:
            InputError: as from :meth:`application`.
        """
        files = self.application(name)
        return {
            "posting": (start / files.posting).as_posix(),
            "stories": (start / self.stories).as_posix(),
            "plan": (start / files.plan).as_posix(),
            "candidate": self.settings.candidate,
            "questions": (start / self.questions).as_posix() if self.questions else "",
            "words_per_minute": self.settings.words_per_minute,
            "pronoun": self.settings.pronoun,
            "language": self.settings.language,
        }


def read_search(path: Path | str) -> Search:
    """Read the settings of a search and list its applications.

    Raises:
        InputError: when the folder is no search, its settings are wrong, or its stories are missing or doubled.
        PrepkitError: when the settings are a link that leads out of the search.
    """
    path = Path(path)
    if not path.is_dir():
        raise InputError(path, "There is no such folder. Make a search with “prepkit new”.")
    settings_file = path / "prepkit.yaml"
    if not settings_file.exists():
        raise InputError(path, "This folder is no search: it has no prepkit.yaml. Make one with “prepkit new”.")
    inside(path, Path("prepkit.yaml"))
    found = [file.name for file in _listed(path) if file.name.lower() in STORY_FILES]
    if len(found) != 1:
        said = f"There are several story inventories: {', '.join(found)}. Keep one." if found else (
            f"There is no story inventory. Put one of {', '.join(STORY_FILES)} here."
        )  # fmt: skip
        raise InputError(path, said)
    questions = next((Path(file.name) for file in _listed(path) if file.name.lower() == QUESTION_FILE), None)
    if questions:
        inside(path, questions)
    names = tuple(_names(path / "applications"))
    return Search(path, _read_settings(settings_file), Path(found[0]), names, questions)


def search_folders(folder: Path | str) -> tuple[Path, ...]:
    """Return the folder itself when it is a search, otherwise the searches right inside it, by name; perhaps none.

    Raises:
        InputError: when there is no such folder, or it may not be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(folder, "There is no such folder. Make a search with “prepkit new”.")
    if is_search(folder):
        return (folder,)
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name.casefold())
    except OSError as error:
        raise InputError(folder, f"The folder cannot be read: {error.strerror or error}.") from error
    return tuple(entry for entry in entries if not is_junk(entry) and is_search(entry))


def is_search(folder: Path) -> bool:
    """Tell whether a folder is the search of a candidate; False where nobody may look."""
    try:
        return (folder / "prepkit.yaml").exists()
    except OSError:
        return False  # a folder of somebody else's


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise InputError(folder, f"The folder cannot be read: {error.strerror or error}.") from error


def _names(folder: Path) -> Iterator[str]:
    for entry in _listed(folder) if folder.is_dir() else ():
        if entry.is_dir() and not is_junk(entry):
            yield entry.name


def _alike(name: str) -> str:
    """Return what two names share that some file system takes for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _read_settings(path: Path) -> Settings:
    data = load_yaml(path)
    try:
        return Settings.model_validate({name: value for name, value in data.items() if value != ""})
    except ValidationError as error:
        allowed = {
            "language": "a two-letter code such as en", "words_per_minute": "a whole number from 60 to 300",
            "candidate": f"a name of at most {LONGEST_NAME} letters", "pronoun": "she, he or they",
            "cell_seconds": "a whole number from 1 to 86400", "application_seconds": "a whole number from 1 to 86400",
            "memory_megabytes": "a whole number from 100 to 1000000",
            "output_megabytes": "a whole number from 1 to 50",
        }  # fmt: skip
        problems = []
        for fault in error.errors():
            name = str(fault["loc"][0])
            if fault["type"] == "extra_forbidden":
                known = list(Settings.model_fields)
                message = f"“{name}” is not known here.{did_you_mean(name, known)} Known: {', '.join(known)}."
            else:
                message = f"“{name}” is {str(data.get(name))[:60]!r}; it should be {allowed.get(name, 'plain text')}."
            problems.append(Problem(message, line_of(data, name)))
        raise InputError(path, problems) from error


def new_search(path: Path | str, candidate: str = "") -> Search:
    """Make a folder with settings, an empty story inventory and a place for applications.

    Raises:
        InputError: when the folder exists and is not empty.
        PrepkitError: when the name is too long.
    """
    path = Path(path)
    candidate = " ".join(without_controls(candidate).split())
    if len(candidate) > LONGEST_NAME:
        raise PrepkitError(f"The name of the candidate has more than {LONGEST_NAME} letters.")
    copy_search(template("starter"), path)
    if candidate:
        settings = load_yaml(path / "prepkit.yaml")
        settings["candidate"] = candidate
        save_yaml(path / "prepkit.yaml", settings)
    make_folder(path / "applications")
    return read_search(path)


def copy_search(source: Path, target: Path) -> None:
    """Copy a shipped search into a new folder, for its owner's eyes only.

    Raises:
        InputError: when the folder exists and is not empty.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(target, "The folder exists and is not empty. Choose another name.")
    make_folder(target)
    for file in sorted(source.rglob("*")):
        if file.is_file():
            # the starter keeps its ignore list under a name that git does not act upon
            name = ".gitignore" if file.name == "gitignore" else file.name
            write_atomic(target / file.relative_to(source).parent / name, file.read_bytes())


def add_application(search: Search, posting: Path | str, name: str = "") -> ApplicationFiles:
    """Make an application from a posting file, which is copied as it is.

    Args:
        search: Where it goes.
        posting: The job description.
        name: Name of its folder; made from employer and title when empty.

    Raises:
        InputError: when the posting cannot be read, or there is an application of that name.
        PrepkitError: when `name` cannot be the name of a folder.
    """
    posting = Path(posting)
    read = read_posting(posting)
    folder_name = slug(name or f"{read.company} {read.title}") or slug(posting.stem) or "application"
    if name and folder_name != name:
        raise PrepkitError(f"The name {name!r} cannot be a folder name; “{folder_name}” can.")
    folder = search.path / "applications" / folder_name
    inside(search.path, folder.relative_to(search.path))
    others = _names(folder.parent)
    if folder.exists() or any(_alike(other) == _alike(folder_name) for other in others):
        raise InputError(folder, "There is an application of that name. Give another one with --name.")
    data = read_bytes(posting)
    make_folder(folder)
    try:
        write_atomic(folder / f"posting{posting.suffix.lower()}", data)
    except PrepkitError:
        with suppress(OSError):
            folder.rmdir()
        raise
    return read_search(search.path).application(folder_name)
