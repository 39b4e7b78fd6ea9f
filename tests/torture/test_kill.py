"""Runs of many reports are killed, stopped and disturbed at random, again and again, and nothing is lost or by halves.

After each fault: every published report is whole, none is lost, none that was fresh is made again, nothing else is
touched, nothing that the run has started is alive, and the run has said at most one line for each fault. At the end of
each cycle the same command succeeds, and the reports equal those of an undisturbed run, byte for byte.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import PLAN, STORY, write_search
from harness import KERNEL, PARENT, WORKER, MarkedRun, Stamp, Watch, broken_by, prepkit, send, tree
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from prepkit.resources import workbook

KILLS = int(os.environ.get("PREPKIT_TORTURE_KILLS", "20"))
"""How many faults there are in all; from 100 on with the shipped workbook and more applications."""

SEED = int(os.environ.get("PREPKIT_TORTURE_SEED", "20261123"))
LANES = 1 if KILLS < 100 else 4
"""Into how many tests the faults are dealt; they can be run at the same time."""

FAULTS_IN_A_CYCLE = 10
FAULTS_IN_A_RUN = 3

MOST_TRIES = 3
"""How often the process that makes a report may die before there is a page that says so."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found and forked as Linux does it"),
]


# --- what is tortured ---------------------------------------------------------------------------------------


def small_workbook(path: Path) -> Path:
    """Make a workbook that takes a moment without work, and shows what it has read."""
    shipped = nbformat.read(workbook("application.ipynb"), as_version=4)
    given = next(cell for cell in shipped.cells if "parameters" in cell.metadata.get("tags", []))
    shown = "from pathlib import Path\nfrom time import sleep\nsleep(0.2)\nprint(Path(posting).read_text())"
    cells = [new_markdown_cell("## All"), given, new_code_cell(shown), new_code_cell("Path(stories).read_text()")]
    notebook = new_notebook(cells=cells, metadata=shipped.metadata)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    nbformat.write(notebook, path)
    return path


def applications() -> dict[str, Mapping[str, Any]]:
    """Return what a search of this torture consists of: a plan takes time, so that most have none in the short one."""
    if KILLS < 100:
        return {"anchor": {"plan": PLAN}, "beacon": {}, "capstan": {}}
    names = ("anchor", "beacon", "capstan", "dinghy", "ensign", "fender", "gangway", "halyard")
    return {name: {"plan": PLAN} for name in names}


def write_version(folder: Path, version: int) -> None:
    """Write a search as it was at some time: neither its reports nor its index show the same."""
    stories = [STORY | {"numbers": f"{300 + version} passengers"}]
    write_search(folder, applications(), stories, candidate=f"Ada Fenwright {version}")


@dataclass(frozen=True)
class Undisturbed:
    """What runs without faults made of two versions of the same search: folders, trees and the words after `report`."""

    folders: tuple[Path, Path]
    wanted: tuple[dict[str, str], dict[str, str]]
    options: tuple[str | Path, ...]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Reports of two versions of a search, made in peace."""
    place = tmp_path_factory.mktemp("undisturbed")
    options = ("--workbook", small_workbook(place / "small.ipynb")) if KILLS < 100 else ()
    folders = [place / "searches" / f"version{number}" for number in (0, 1)]
    for number, folder in enumerate(folders):
        write_version(folder, number)
    run = MarkedRun(prepkit("report", place / "searches", *options), place)
    assert run.wait() == 0, run.stderr
    return Undisturbed(tuple(folders), tuple(tree(folder / "reports") for folder in folders), options)


@pytest.fixture
def private() -> Iterator[Path]:
    """A place for the temporary files of runs; a short one, as the name of a socket has 107 letters at most."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        yield Path(folder)


# --- the faults ---------------------------------------------------------------------------------------------


class Lane:
    """One search that is tortured, with the run that is at work on it."""

    def __init__(self, place: Path, private: Path, undisturbed: Undisturbed, seed: str, kinds: list[str]) -> None:
        self.place, self.private, self.undisturbed = place, private, undisturbed
        self.random, self.kinds = random.Random(seed), deque(kinds)
        self.version = 0
        self.log = [f"seed {seed}"]
        self.counts: Counter[str] = Counter()
        shutil.copytree(undisturbed.folders[0], place / "search", ignore=shutil.ignore_patterns("reports"))
        self.watch = Watch(place / "search", undisturbed.wanted[0])
        self.run: MarkedRun
        self.before: dict[str, Stamp] = {}
        self.problems: list[str] = []

    @property
    def reports(self) -> Path:
        return self.watch.reports

    def begin_cycle(self, older_reports: bool) -> None:
        """Begin from nothing, or with whole reports of the other version."""
        if self.reports.exists():
            shutil.rmtree(self.reports)
        self.watch.forget()
        if older_reports:
            shutil.copytree(self.undisturbed.folders[self.version] / "reports", self.reports)
            self.version = 1 - self.version
            for file in ("stories.csv", "prepkit.yaml"):
                shutil.copy(self.undisturbed.folders[self.version] / file, self.watch.search)
        self.watch.expect(self.undisturbed.wanted[self.version])
        self.problems += self.watch.broken()
        self.note(f"a cycle begins, {'over older reports' if older_reports else 'from nothing'}")

    @property
    def left(self) -> list[str]:
        """What is still to be made in this cycle."""
        return [name for name in self.watch.names if name not in self.watch.fresh]

    def draw(self) -> Iterator[str]:
        """Take the faults of one run from the deck one by one: some that it survives, then one that ends it."""
        for number in range(FAULTS_IN_A_RUN):
            wanted = PASSING if number < FAULTS_IN_A_RUN - 1 else ENDING
            name = next((kind for kind in self.kinds if kind in wanted), None) or next(iter(self.kinds), None)
            if name is None or self.run.ended:
                return
            self.kinds.remove(name)
            yield name
            if name in ENDING:
                return

    def note(self, what: str) -> None:
        self.log.append(f"  {time.strftime('%H:%M:%S')} {what}")

    def all_is_published(self) -> bool:
        now = self.watch.marks()
        return all(now.get(name) != self.before.get(name) for name in self.left)

    def start(self) -> MarkedRun:
        words = prepkit("report", self.watch.search, *self.undisturbed.options)
        return MarkedRun(words, self.place, TMPDIR=str(self.private))

    def pause(self, longest: float) -> None:
        time.sleep(self.random.uniform(0, longest))

    def victim(self, depth: int) -> int | None:
        """Wait for a process of the run and return its number; None when the run ends before there is one."""
        found: list[int] = []

        def look() -> bool:
            found[:] = [process.pid for process in self.run.processes(depth)]
            return bool(found)

        return self.random.choice(found) if self.run.wait_until(look, every=0.02) else None

    def moment(self, begun: bool = False) -> bool:
        """Wait for a moment at random; False when the run ends before it.

        Args:
            begun: Whether it is not to be before the command has begun its work.
        """
        name = self.random.choice(("at once", "importing", "working", "executing", "publishing", "at the end"))
        self.note(f"- {name}")
        if name == "at once":
            self.pause(0.4)
            return self.run.wait_until(lambda: not begun or self.run.listens())
        if name in ("importing", "working", "executing"):
            depth, longest = {"importing": (PARENT, 2.5), "working": (WORKER, 1.0), "executing": (KERNEL, 0.3)}[name]
            there = self.victim(depth)
            self.pause(longest)
            return bool(there) and not self.run.ended
        if name == "publishing":
            self.run.wait_until(lambda: self.run.listens())
            return self.run.wait_until(lambda: any(self.reports.glob(".work/*")))
        there = self.run.wait_until(self.all_is_published)
        self.pause(0.5)
        return there and not self.run.ended


Kind = Callable[[Lane], bool]
"""Does something bad to a run and returns whether there was still a run to do it to."""


def kill_runner(lane: Lane) -> bool:
    return lane.moment() and _sent(lane.run.process.pid, signal.SIGKILL)


def kill_all(lane: Lane) -> bool:
    if not lane.moment():
        return False
    victims = lane.run.processes()
    lane.random.shuffle(victims)
    for process in victims:
        send(process.pid, signal.SIGKILL)
    return True


def kill_parent(lane: Lane) -> bool:
    victim = lane.victim(PARENT)
    lane.pause(3)
    return not lane.run.ended and _sent(victim, signal.SIGKILL)


def kill_worker(lane: Lane) -> bool:
    lane.victim(WORKER)
    lane.pause(0.7)
    return _sent(lane.victim(WORKER), signal.SIGKILL)


def kill_kernel(lane: Lane) -> bool:
    lane.victim(KERNEL)
    lane.pause(0.3)
    return _sent(lane.victim(KERNEL), signal.SIGKILL)


def stop_worker(lane: Lane) -> bool:
    victim = lane.victim(WORKER)
    if not _sent(victim, signal.SIGSTOP):
        return False
    time.sleep(lane.random.uniform(0.5, 1.5 if KILLS < 100 else 30))
    return _sent(victim, signal.SIGCONT)


def interrupt(lane: Lane) -> bool:
    if not lane.moment(begun=True) or lane.run.ended:
        return False
    os.killpg(lane.run.process.pid, signal.SIGINT)
    return True


def interrupt_twice(lane: Lane) -> bool:
    if not interrupt(lane):
        return False
    lane.pause(0.3)
    if not lane.run.ended:
        os.killpg(lane.run.process.pid, signal.SIGINT)
    return True


def terminate(lane: Lane) -> bool:
    return lane.moment() and _sent(lane.run.process.pid, signal.SIGTERM)


def edit_and_undo(lane: Lane) -> bool:
    """Change an input while reports are made from it, and take that back before the next run."""
    name = lane.random.choice(lane.watch.names)
    file = lane.watch.search / lane.random.choice(("stories.csv", f"applications/{name}/posting.txt"))
    was = file.read_bytes()
    there = lane.victim(WORKER)
    _replace(file, was.replace(b"passengers", b"camels").replace(b"ferries", b"caravans"))
    time.sleep(lane.random.uniform(0.3, 3))
    _replace(file, was)
    return bool(there)


def start_second(lane: Lane) -> bool:
    """Start the same command while the first is at work: it says who is, and touches nothing."""
    name = f"process {lane.run.process.pid} on "

    def first_holds() -> bool:
        with suppress(OSError):
            return name in (lane.reports / ".run.holder").read_text(encoding="utf-8")
        return False

    if not lane.run.wait_until(first_holds):
        return False
    second = lane.start()
    code, said = second.wait(), second.stderr
    if code == 0 and lane.run.ended:
        return False
    if code != 3 or said.count("\n") != 1 or name not in said:
        lane.problems.append(f"a second run ended with {code} and said {said!r}")
    lane.problems += [f"process {one.pid} of a second run is alive" for one in second.orphans()]
    return True


def put_file_in_the_way(lane: Lane) -> bool:
    if not lane.moment(begun=True) or not lane.reports.is_dir():
        return False
    aside, file = lane.place / "aside", lane.place / "file"
    file.write_text("in the way", encoding="utf-8")
    lane.reports.rename(aside)
    while file.exists():
        try:
            file.rename(lane.reports)
        except IsADirectoryError:  # the run has made the folder again in between
            shutil.rmtree(lane.reports)
    lane.run.wait()
    lane.reports.unlink()
    aside.rename(lane.reports)
    return True


def make_read_only(lane: Lane) -> bool:
    if not lane.moment(begun=True) or not lane.reports.is_dir():
        return False
    _lock_folder(lane.reports, True)
    try:
        lane.run.wait()
    finally:
        _lock_folder(lane.reports, False)
    return True


def delete_reports(lane: Lane) -> bool:
    if not lane.moment(begun=True) or not lane.reports.is_dir():
        return False
    gone = lane.place / "gone"
    lane.reports.rename(gone)
    shutil.rmtree(gone)
    lane.watch.forget()
    return True


def _sent(pid: int | None, number: int) -> bool:
    if pid is None:
        return False
    send(pid, number)
    return True


def _replace(file: Path, data: bytes) -> None:
    new = file.with_name(f".{file.name}.new")
    new.write_bytes(data)
    os.replace(new, file)


def _lock_folder(folder: Path, on: bool) -> bool:
    """Make a folder read-only, or no longer; False where that cannot be done."""
    if os.geteuid() != 0:
        folder.chmod(0o500 if on else 0o700)
        return True
    if not shutil.which("chattr"):  # nothing else stops root
        return False
    return subprocess.run(["chattr", "+i" if on else "-i", folder], capture_output=True).returncode == 0


ENDING: dict[str, tuple[Kind, set[int]]] = {
    "runner killed": (kill_runner, {-signal.SIGKILL}),
    "all killed": (kill_all, {-signal.SIGKILL}),
    "interrupted": (interrupt, {130}),
    "interrupted twice": (interrupt_twice, {130, -signal.SIGINT}),  # the latter when it had said its line already
    "terminated": (terminate, {143, -signal.SIGTERM}),
    "file in the way": (put_file_in_the_way, {2}),
    "read-only": (make_read_only, {2}),
}
"""What ends a run, with the codes that it then ends with, unless it was done already."""

PASSING: dict[str, tuple[Kind, set[int]]] = {
    "parent killed": (kill_parent, set()),
    "worker killed": (kill_worker, set()),
    "kernel killed": (kill_kernel, {1}),
    "worker stopped": (stop_worker, set()),
    "input edited": (edit_and_undo, set()),
    "second runner": (start_second, set()),
    "reports deleted": (delete_reports, {2}),
}
"""What a run survives, with the codes that it may end with besides 0."""

DEATHS = ("parent killed", "worker killed")
"""What a report is made again after."""

KINDS = ENDING | PASSING


def deal(kills: int, lane: int, read_only: bool) -> list[str]:
    """Return the faults of a lane in a random order; of those that a run survives there are twice as many."""
    kinds = [kind for kind in (*ENDING, *PASSING, *PASSING) if read_only or kind != "read-only"]
    deck = [kinds[number % len(kinds)] for number in range(kills)]
    random.Random(SEED).shuffle(deck)
    return deck[lane::LANES]


# --- the test -----------------------------------------------------------------------------------------------


def torture_once(lane: Lane) -> None:
    """Start one run, let faults come until one ends it or it has ended, and see what holds."""
    lane.before = lane.watch.marks()
    lane.run = lane.start()
    lane.note("a run begins")
    hits, codes = list[str](), {0}
    for name in lane.draw():
        kind, ends_with = KINDS[name]
        lane.note(f"{name} ...")
        if not kind(lane):
            lane.note("- too late")
            lane.kinds.append(name)
            break
        hits.append(name)
        codes |= ends_with
        lane.counts[name] += 1
    if sum(name in DEATHS for name in hits) >= MOST_TRIES:
        codes.add(1)
    code = lane.run.wait()
    lane.note(f"ended with {code}, {len(lane.watch.published())} published; said {lane.run.stderr!r}")
    if code is None:
        lane.problems.append("the run hangs")
    elif code not in codes:
        lane.problems.append(f"the run ended with {code}")
    if "Traceback" in lane.run.stderr or lane.run.stderr.count("\n") > len(hits):
        lane.problems.append("the run said more than one line for each fault")
    lane.problems += broken_by(lane.run, lane.watch)
    done = re.findall(r"^  (?:made|fresh|failed) +([a-z]+)", lane.run.stdout, re.MULTILINE)
    lane.problems += [f"{name} was done {count} times in one run" for name, count in Counter(done).items() if count > 1]


def finish(lane: Lane) -> None:
    """Run without faults; then all is as if there never had been any."""
    lane.run = lane.start()
    code = lane.run.wait()
    lane.note(f"an undisturbed run ended with {code}")
    if code != 0 or lane.run.stderr:
        lane.problems.append(f"the run after the faults ended with {code} and said {lane.run.stderr!r}")
    lane.problems += broken_by(lane.run, lane.watch)
    lane.problems += [f"after the faults, {what}" for what in lane.watch.unlike()]


@pytest.mark.parametrize("number", range(LANES))
def test_a_run_that_is_killed_anywhere_goes_on_as_if_nothing_had_been(
    number: int, undisturbed: Undisturbed, tmp_path: Path, private: Path
) -> None:
    """Faults at random, from nothing and over older reports in turn."""
    (tmp_path / "probe").mkdir()
    read_only = _lock_folder(tmp_path / "probe", True)
    _lock_folder(tmp_path / "probe", False)
    lane = Lane(tmp_path, private, undisturbed, f"{SEED}/{number}", deal(KILLS, number, read_only))
    cycles = 0
    while lane.kinds:
        lane.begin_cycle(older_reports=(cycles + number) % 2 == 1)
        cycles += 1
        until = sum(lane.counts.values()) + FAULTS_IN_A_CYCLE
        while lane.kinds and lane.left and sum(lane.counts.values()) < until and not lane.problems:
            torture_once(lane)
        if not lane.problems:
            finish(lane)
        assert not lane.problems, "\n".join([*lane.problems, *lane.log])
    print("\n".join(lane.log))
    summary = {"seed": SEED, "lane": number, "cycles": cycles, "faults": dict(sorted(lane.counts.items()))}
    print(json.dumps(summary | {"left among temporary files": len(list(private.iterdir()))}))
    if not read_only:
        print("nothing was made read-only: this needs an ordinary user, or chattr")
