"""What a published report was made from, and whether it still is what it says.

Each published folder holds ``manifest.json``: a digest of every file that went in and came out, the settings, and the
prepkit that made it. A report is fresh when all of that is as it was; it is made again otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prepkit.errors import PrepkitError
from prepkit.files import read_bytes
from prepkit.resources import template, workbook
from prepkit.search import Search
from prepkit.yamlfile import FORMAT

__all__ = ["FILE", "Inputs", "Manifest", "State", "Status", "digest", "status"]

FILE = "manifest.json"
"""Name of the record in the folder of a report."""

NOTHING = "-"
"""Stands for the digest of a file that is not there, or cannot be read."""

LARGEST = 200_000_000
"""Most bytes of a file that is looked at; whatever goes into a report or comes out of it is smaller by far."""


class Status(StrEnum):
    """How a report stands to its inputs."""

    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class State:
    """How a report stands to its inputs, and why, as a sentence; empty where it is fresh."""

    status: Status
    reason: str = ""


@dataclass(frozen=True)
class Manifest:
    """What one report was made from.

    Attributes:
        prepkit: Version that made it.
        program: Digest of the package's own files, which tells two states of one version apart.
        workbook: Digest of the notebook that was run.
        settings: What of ``prepkit.yaml`` it shows.
        inputs: Digests of the files read, by their paths from the search on; ``-`` for one that was not there.
        linked: Files of the pack that it links.
        outputs: Digests of the files in its folder; empty until it is made.
        error: Why there is no report; empty when there is one.
    """

    prepkit: str
    program: str
    workbook: str
    settings: Mapping[str, Any]
    inputs: Mapping[str, str]
    linked: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict)
    error: str = ""

    def to_json(self) -> str:
        """Return it as text with sorted names; the same manifest gives the same text."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, sort_keys=True, indent=1) + "\n"

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """Read the manifest of a published folder; None when there is none that this prepkit can read."""
        try:
            data = json.loads(read_bytes(folder / FILE))
            if data.pop("format") != FORMAT:
                return None
            data["linked"] = tuple(data["linked"])
            found = cls(**data)
            texts = {**found.inputs, **found.outputs, found.error: "", found.prepkit: ""}
        except (PrepkitError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
        sound = all(isinstance(text, str) for pair in texts.items() for text in pair)
        return found if sound and isinstance(found.settings, dict) else None


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _digest_of(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:  # a pipe would be read for ever
            return NOTHING
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):  # it is not there, or this is no name of a file
        return NOTHING


class Inputs:
    """What reports of one search would be made from now; files that all of them share are read once.

    Args:
        search: The candidate's files.
        notebook: The workbook that is run.
        linkable: Names of files in a pack that a report links when they are there.
    """

    def __init__(self, search: Search, notebook: Path, linkable: Iterable[str]) -> None:
        self._search, self._linkable = search, tuple(linkable)
        self._shared = {
            path.as_posix(): _digest_of(search.path / path) for path in (search.stories, search.questions) if path
        }
        self._workbook, self._version = _digest_of(notebook), version("prepkit")
        limits = vars(search.settings.limits)
        self._settings = {name: value for name, value in search.settings if name not in limits}

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of an application before it is made."""
        folder = Path("applications") / name
        try:
            files = self._search.application(name)
            own = [files.posting, files.plan]
        except PrepkitError:  # to be told by the run
            own = []
        own.append(folder / "debriefs.yaml")
        inputs = {path.as_posix(): _digest_of(self._search.path / path) for path in own}
        pack = self._search.path / "packs" / name
        return Manifest(
            self._version, _program(), self._workbook, self._settings, self._shared | inputs,
            tuple(file for file in self._linkable if (pack / file).is_file()),
        )  # fmt: skip


@cache
def _program() -> str:
    """Return the digest of all files of the package that have a say in a report."""
    whole = hashlib.sha256()
    roots = [Path(__file__).parent, template("page").parent, workbook("application.ipynb").parent]
    for root in roots:
        for path in sorted(root.rglob("*")):
            within = path.relative_to(root)
            if path.is_file() and "__pycache__" not in path.parts and within.parts[0] not in ("example", "starter"):
                whole.update(f"{within.as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return whole.hexdigest()


def status(folder: Path, now: Manifest) -> State:
    """Tell whether a published folder is what would be made now.

    Args:
        folder: Where the report is, or should be.
        now: What it would be made from, from :meth:`Inputs.manifest`.
    """
    made = Manifest.read(folder)
    if made is None:
        why = f"Its record, {FILE}, is {'damaged, or of another prepkit' if (folder / FILE).exists() else 'missing'}."
        return State(Status.MISSING, why if folder.exists() else "It has not been made yet.")
    if made.error:
        return State(Status.FAILED, made.error)
    if changed := _changed(made, now):
        return State(Status.STALE, changed)
    found = {name: _digest_of(folder / name) for name in made.outputs}
    wrong = [name for name, was in made.outputs.items() if found[name] != was]
    said = [f"{name} is {'missing' if found[name] == NOTHING else 'changed or damaged'}." for name in wrong]
    return State(Status.STALE, " ".join(said)) if said else State(Status.FRESH)


def _changed(made: Manifest, now: Manifest) -> str:
    for path, found in now.inputs.items():
        was = made.inputs.get(path, NOTHING)
        if found != was:
            return f"{path} is {'new' if was == NOTHING else 'gone' if found == NOTHING else 'changed'}."
    if gone := sorted(set(made.inputs) - set(now.inputs)):
        return f"{gone[0]} is gone."
    if dict(made.settings) != dict(now.settings):
        return "The settings are changed."
    if made.linked != now.linked:
        return "The pack is changed."
    if made.workbook != now.workbook:
        return "The workbook is changed."
    if (made.prepkit, made.program) != (now.prepkit, now.program):
        return f"It was made by prepkit {made.prepkit}, in another state than this one."
    return ""
