"""Every step of a save, of a publishing and of a run of reports fails once, and nothing is lost or by halves.

The faults come twice over: from inside, where the functions by which prepkit writes are counted, and, where strace is
installed, from the system itself. A disk that is really full comes last.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import faulty
import pytest
from conftest import STORY, program, write_search
from faulty import NEW, NEW_PLAN, OLD, OLD_PLAN
from harness import MARK, Watch, tree

from prepkit.files import recover_folders

FULL = int(os.environ.get("PREPKIT_TORTURE_KILLS", "20")) >= 100
"""Whether really every step fails, rather than some of them."""

SCRIPT = Path(faulty.__file__)
TOKEN = "00000000"
NAMES = ("anchor", "beacon")
MADE = {"report.html": 500, "workbook.ipynb": 300, "standing.json": 1}
"""Names and sizes, in lines, of the files that are published for an application."""

CALLS = ("open", "openat", "write", "fsync", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "unlink",
         "unlinkat", "rmdir", "close")  # fmt: skip
"""System calls that fail, as far as they occur."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
]


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: the code, whether there was a fault, and what it said."""

    code: int
    hit: bool
    said: str


# --- what is done, and what must hold then ------------------------------------------------------------------


class Save:
    """A plan is written over an older one."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "saved"
        self.plan = self.folder / "plan.yaml"
        self.folder.mkdir()

    def paths(self) -> list[Path]:
        return [self.folder, self.plan, self.folder / f".plan.yaml.{TOKEN}.tmp"]

    def prepare(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        self.plan.write_bytes(OLD_PLAN)

    def broken(self, outcome: Outcome) -> Iterator[str]:
        found = self.plan.read_bytes()
        if found not in (OLD_PLAN, NEW_PLAN):
            yield "the plan is neither old nor new"
        if "The old one is unchanged" in outcome.said and found != OLD_PLAN:
            yield "the plan is said to be unchanged"
        if (outcome.code == 0 or "is written" in outcome.said) and found != NEW_PLAN:
            yield "the plan is said to be written"


class Publish:
    """A folder is published over an older one."""

    def __init__(self, place: Path) -> None:
        self.folder = place / "published"
        self.target = self.folder / "anchor"
        self.folder.mkdir()

    def paths(self) -> list[Path]:
        staging = self.folder / ".work" / f"anchor.{TOKEN}"
        folders = [self.folder, self.folder / ".work", staging, self.target, self.folder / ".anchor.old"]
        return [*folders, *(folder / name for folder in folders[2:] for name in {**OLD, **NEW})]

    def prepare(self) -> None:
        shutil.rmtree(self.folder)
        self.target.mkdir(parents=True)
        for name, data in OLD.items():
            (self.target / name).write_bytes(data)

    def broken(self, outcome: Outcome) -> Iterator[str]:
        there = self.target if self.target.exists() else self.folder / ".anchor.old"
        if self._held(there) not in (OLD, NEW):
            yield "before it is put right, the folder is by halves"
        recover_folders(self.folder)
        found = self._held(self.target)
        if found not in (OLD, NEW):
            yield "the folder is by halves"
        if outcome.code == 0 and found != NEW:
            yield "the folder is said to be published"
        if "The old one is unchanged" in outcome.said and found != OLD:
            yield "the folder is said to be unchanged"
        if left := {path.name for path in self.folder.iterdir()} - {"anchor"}:
            yield f"left behind: {left}"

    def _held(self, folder: Path) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in folder.iterdir()} if folder.exists() else {}


class Report:
    """A search is reported on again after its stories have changed."""

    def __init__(self, place: Path, run: Callable[[Path], Outcome]) -> None:
        self._template, self._run = place / "template", run
        self.folder = place / "search"
        write_search(self.folder, {name: {} for name in NAMES})
        self._make("old")
        assert run(self.folder).code == 0
        self.folder.rename(self._template)
        self._copy()
        assert run(self.folder).code == 0
        self._wanted = tree(self.folder / "reports")

    def _make(self, what: str) -> None:
        for name in NAMES:
            place = self.folder.with_name("made") / name
            place.mkdir(parents=True, exist_ok=True)
            for file, times in MADE.items():
                (place / file).write_bytes(f"{what} {file} of {name}\n".encode() * times)

    def _copy(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._template, self.folder)
        self._make("new")
        stories = self.folder / "stories.csv"
        stories.write_bytes(stories.read_bytes().replace(STORY["when"].encode(), b"2013"))

    def paths(self) -> list[Path]:
        reports = self.folder / "reports"
        files = ("index.html", "run.json", ".run.holder")
        folders = [
            reports / place.format(name)
            for name in NAMES
            for place in ("{}", ".{}.old", f".work/{{}}.{TOKEN}")
        ]  # fmt: skip
        inside = (*MADE, "manifest.json")
        return [
            reports, reports / ".work", reports / ".run.lock", *folders,
            *(reports / name for name in files), *(reports / f".{name.lstrip()}.{TOKEN}.tmp" for name in files),
            *(folder / name for folder in folders for name in inside),
        ]  # fmt: skip

    def prepare(self) -> None:
        self._copy()
        self._watch = Watch(self.folder, self._wanted, known=set(NAMES))

    def broken(self, outcome: Outcome) -> Iterator[str]:
        yield from self._watch.broken()
        if outcome.code not in (0, 2, -9):
            yield f"it ended with {outcome.code}"
        again = self._run(self.folder)
        if again.code != 0:
            yield f"the next run ended with {again.code} and said {again.said}"
        yield from (f"after the next run, {what}" for what in (*self._watch.broken(), *self._watch.unlike()))


def wrong(scene: Save | Publish | Report, outcome: Outcome) -> list[str]:
    """Say what is wrong after an operation with a fault."""
    found = list(scene.broken(outcome))
    errors = [line for line in outcome.said.splitlines() if line.startswith("prepkit: ")]
    if "Traceback" in outcome.said or len(errors) != (outcome.code not in (0, -9)):
        found.append("it did not say in one line what is wrong")
    return found


# --- faults from inside -------------------------------------------------------------------------------------


class Server:
    """The process that forks others in which a step fails."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, MARK: "faulty"},
        )  # fmt: skip

    def do(self, operation: str, folder: Path, kind: str = "", step: int = 0, lasting: bool = False) -> Outcome:
        order = {"operation": operation, "folder": str(folder), "kind": kind, "step": step, "lasting": lasting}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder; in memory where there is such a disk, because thousands of files are flushed to it."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="torture-") as folder:
        yield Path(folder)


def scene_of(operation: str, place: Path, server: Server) -> Save | Publish | Report:
    if operation == "report":
        return Report(place, lambda folder: server.do("report", folder))
    return Save(place) if operation == "save" else Publish(place)


FEWEST_STEPS = {"save": 5, "publish": 15, "report": 60}
"""How many steps there are at least; fewer mean that faults are no longer counted right."""


USUAL = [("ENOSPC", True), ("EIO", False), ("KILL", False)]
UNUSUAL = [("ENOSPC", False), ("EIO", True)]


@pytest.mark.parametrize("operation", FEWEST_STEPS)
@pytest.mark.parametrize(("kind", "lasting"), USUAL + UNUSUAL if FULL else USUAL)
def test_every_step_fails_once(operation: str, kind: str, lasting: bool, server: Server, place: Path) -> None:
    """A full disk, a broken one, and a kill: at each step of writing in turn, and in all from there on."""
    scene = scene_of(operation, place, server)
    bad, failed = [], 0
    for step in count(1, 1 if FULL or operation != "report" else 3):
        scene.prepare()
        outcome = server.do(operation, scene.folder, kind, step, lasting)
        failed += outcome.code != 0
        bad += [f"step {step}: {what}; {outcome}" for what in wrong(scene, outcome)]
        if not outcome.hit:
            break
    assert bad == []
    assert outcome.code == 0
    assert step > FEWEST_STEPS[operation]
    assert failed > 2  # a fault in the wrong place would change nothing


# --- faults from the system ---------------------------------------------------------------------------------


class Strace:
    """Runs an operation of which a system call fails."""

    def __init__(self, place: Path) -> None:
        self.program = program("strace")
        self._log, self._said = place / "strace.log", place / "said"

    def run(self, operation: str, scene: Save | Publish | Report, calls: str, inject: str = "") -> Outcome:
        paths = [word for path in scene.paths() for word in ("-P", str(path))]
        options = ["-f", "-qq", "-o", str(self._log), "-e", f"trace={calls}", *(("-e", inject) if inject else ())]
        words = [sys.executable, str(SCRIPT), operation, str(scene.folder)]
        with self._said.open("wb") as said:
            done = subprocess.run(
                [self.program, *options, *paths, *words], stdout=said, stderr=said,
                env={**os.environ, "FAULTY_TOKEN": TOKEN},
            )  # fmt: skip
        log = self._log.read_text(errors="replace")
        return Outcome(done.returncode, "INJECTED" in log or "killed by SIGKILL" in log, self._said.read_text())

    def steps(self, operation: str, scene: Save | Publish | Report) -> list[tuple[str, int]]:
        """Return name and number of each system call on the files of an operation that meets no fault."""
        scene.prepare()
        outcome = self.run(operation, scene, ",".join(f"?{call}" for call in CALLS))
        assert outcome.code == 0, outcome.said
        calls = re.findall(r"^\d+ +(\w+)\(", self._log.read_text(errors="replace"), re.MULTILINE)
        return [(call, number + 1) for call in CALLS for number in range(calls.count(call))]


SAMPLE = {"save": 6, "publish": 10, "report": 5}
"""How many steps fail in the ordinary suite; spread over all."""


@pytest.mark.parametrize("operation", FEWEST_STEPS)
@pytest.mark.parametrize("fault", ["error=ENOSPC", "error=EIO", "signal=KILL"])
def test_every_system_call_fails_once(operation: str, fault: str, server: Server, place: Path) -> None:
    """The same with the calls themselves, whoever makes them."""
    strace = Strace(place)
    scene = scene_of(operation, place, server)
    steps = strace.steps(operation, scene)
    assert len(steps) > FEWEST_STEPS[operation]
    some = steps if FULL else steps[len(fault) % 3 :: max(1, len(steps) // SAMPLE[operation])]
    bad = []
    for call, number in some:
        scene.prepare()
        outcome = strace.run(operation, scene, call, f"inject={call}:{fault}:when={number}")
        assert outcome.hit, (call, number, outcome)
        bad += [f"{call} {number}: {what}; {outcome}" for what in wrong(scene, outcome)]
    print(f"{operation}, {fault}: {len(some)} of {len(steps)} steps failed once")
    assert bad == []


# --- a disk that is full ------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(place: Path) -> Iterator[Callable[[Path, int], None]]:
    """A function that puts a disk of some million bytes on a folder in `place`, or gives it another size."""
    mounted: list[Path] = []

    def mount(folder: Path, megabytes: int) -> None:
        options = f"{'remount,' * (folder in mounted)}size={megabytes}m,mode=0700"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True
        )
        if done.returncode:
            pytest.skip(f"no disk can be mounted here ({done.stderr.strip()}); it was full from inside, see above")
        mounted.append(folder)

    yield mount
    for folder in set(mounted):
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root mounts disks; see the steps above")
def test_a_full_disk_is_told_and_the_next_run_goes_on(
    small_disk: Callable[[Path, int], None], server: Server, place: Path
) -> None:
    """A disk of two million bytes is full after some reports; with more room the rest is made, and only the rest."""
    search = write_search(place / "search", {name: {} for name in ("anchor", "beacon", "capstan", "dinghy")})
    for name in search.names:
        made = place / "made" / name
        made.mkdir(parents=True)
        (made / "report.html").write_bytes(name.encode() * 100_000)
        (made / "standing.json").write_bytes(name.encode())
    shutil.copytree(search.path, place / "peace" / "search")
    (place / "peace" / "made").symlink_to(place / "made")
    assert server.do("report", place / "peace" / "search").code == 0
    watch = Watch(search.path, tree(place / "peace" / "search" / "reports"))
    search.reports.mkdir()
    small_disk(search.reports, 2)
    for _ in range(2):
        outcome = server.do("report", search.path)
        assert outcome.code == 2
        (line,) = [line for line in outcome.said.splitlines() if line.startswith("prepkit: ")]
        assert "No space left on device" in line
        assert re.search(r"[23] of 4 reports are done; run the same command again to go on\.$", line)
        assert watch.broken() == []
    assert 2 <= len(watch.fresh) <= 3
    small_disk(search.reports, 20)
    assert server.do("report", search.path).code == 0
    assert watch.broken() == []
    assert watch.unlike() == []
