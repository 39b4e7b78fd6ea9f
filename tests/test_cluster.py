"""Reports made by the workers of a Dask scheduler: the same to the byte, each once, and nothing left behind."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import psutil
import pytest
from click.testing import CliRunner, Result
from conftest import PLAN, POSTING, write_search
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from prepkit import cluster, runs
from prepkit.cli import main
from prepkit.cluster import ClusterWorkers
from prepkit.errors import PrepkitError
from prepkit.making import make
from prepkit.manifest import Status
from prepkit.resources import workbook
from prepkit.runs import run_searches, states
from prepkit.search import Search, read_search
from prepkit.tasks import Task

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("cluster"),
    pytest.mark.skipif(sys.platform != "linux", reason="workers need Linux"),
]

ROOT = Path(__file__).parents[1]
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
PATIENCE = 60
"""Seconds after which something that should have happened has not."""


def until(happens: Callable[[], Any]) -> Any:
    """Wait until something is true, and return it."""
    end = time.monotonic() + PATIENCE
    while not (found := happens()):
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.05)
    return found


class Cluster:
    """A scheduler and workers as processes of their own, each worker with a place of its own for passing files."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.processes = folder, dict[str, psutil.Popen]()
        file = folder / "scheduler.json"
        words = ["-m", "distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(file)]
        self._start("scheduler", words, **environment)
        until(lambda: file.exists() and file.read_text(encoding="utf-8").endswith("}"))
        self.address: str = json.loads(file.read_text(encoding="utf-8"))["address"]

    def _start(self, name: str, words: Sequence[str], **environment: str) -> None:
        place = self.folder / name
        place.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = psutil.Popen(
                [sys.executable, *words, *LOOPBACK], cwd=place, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, env=os.environ | {"TMPDIR": str(place)} | environment,
            )  # fmt: skip

    def start_worker(self, name: str, *options: str, code: str = "", **environment: str) -> None:
        """Start a worker; `code` is run before it in the same process."""
        start = f"import sys; {code}sys.argv[0] = 'dask worker'; from distributed.cli.dask_worker import main; main()"
        self._start(name, ["-c", start, self.address, "--nthreads", "1", "--name", name, *options], **environment)

    def workers(self) -> dict[str, str]:
        """Names of the workers that are there, with their addresses."""
        import distributed

        with distributed.Client(self.address, set_as_default=False) as client:
            return {one["name"]: address for address, one in client.scheduler_info()["workers"].items()}

    def working(self, name: str) -> psutil.Process:
        """The process of a worker that Dask's tasks run in, with a nanny or without."""
        process = self.processes[name]
        for child in process.children():
            with suppress(psutil.Error):
                if "multiprocessing.spawn" in " ".join(child.cmdline()):
                    return child
        return psutil.Process(process.pid)

    def left(self) -> list[str]:
        """Passing files of the workers; there should be none."""
        places = [place for name in self.processes for place in os.walk(self.folder / name)]  # some go while it looks
        return [f"{place}/{name}" for place, _, names in places if "dask-scratch-space" not in place for name in names]

    def end(self, *names: str) -> None:
        """Kill processes, all without `names`, and wait for those that they have started to end by themselves."""
        ended = [self.processes.pop(name) for name in names or tuple(self.processes)]
        others = [one for process in ended for one in family(process)]
        for process in ended:
            process.kill()
            process.wait()
        for process in psutil.wait_procs(others, 10)[1]:
            process.kill()


def family(process: Any) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return list(process.children(recursive=True))
    return []


def is_there(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


@contextmanager
def started(**environment: str) -> Iterator[Cluster]:
    """A scheduler in a folder with a short name: a name of a socket in it has at most 107 characters."""
    with tempfile.TemporaryDirectory(prefix="dask-", ignore_cleanup_errors=True) as folder:
        scheduler = Cluster(Path(folder), **environment)
        yield scheduler
        scheduler.end()


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """A scheduler for all tests of this module."""
    with started() as scheduler:
        yield scheduler


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A scheduler without workers, to do harm to; where a worker is killed, Dask gives a task up at once."""
    with started(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as scheduler:
        yield scheduler


@pytest.fixture
def dask(shared: Cluster) -> Iterator[Cluster]:
    """The shared scheduler with two workers: `first` with a nanny, which starts it again when it dies; `second` alone.

    At the end of each test nothing may be left of what was made there.
    """
    if "first" not in shared.processes:
        shared.start_worker("first")
    if "second" not in shared.processes:
        shared.start_worker("second", "--no-nanny")
    until(lambda: len(shared.workers()) == 2)
    yield shared
    until(lambda: shared.left() == [])


def small_workbook(path: Path, body: str = "") -> Path:
    """A workbook that takes a moment, and runs `body`, where `name` is the application."""
    shipped = nbformat.read(workbook("application.ipynb"), as_version=4)
    given = next(cell for cell in shipped.cells if "parameters" in cell.metadata.get("tags", []))
    read = "from pathlib import Path\nname = Path(posting).parent.name\nprint(Path(posting).read_text())"
    cells = [new_markdown_cell("## All"), given, new_code_cell(read), new_code_cell(body or "name")]
    notebook = new_notebook(cells=cells, metadata=shipped.metadata)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    nbformat.write(notebook, path)
    return path


def published(*searches: Search) -> dict[str, str]:
    """Every published file with what it holds; the record of the run, which has times in it, aside."""
    found = {}
    for search in searches:
        for path in sorted(search.reports.rglob("*")):
            if path.is_file() and path.suffix != ".lock" and path.name != "run.json":
                name = f"{search.path.name}/{path.relative_to(search.reports)}"
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def copied(search: Search, folder: Path) -> Search:
    shutil.copytree(search.path, folder / search.path.name, ignore=shutil.ignore_patterns("reports"))
    return read_search(folder / search.path.name)


def count_publishing(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    count, publish = Counter[str](), runs.publish_files

    def counted(files: Any, target: Path) -> None:
        count[target.name] += 1
        publish(files, target)

    monkeypatch.setattr(runs, "publish_files", counted)
    return count


def applications(*names: str) -> dict[str, Any]:
    return {name: {"plan": PLAN, "posting": POSTING.replace("Tidewrack", name.title())} for name in names}


def report(*words: str) -> Result:
    return CliRunner().invoke(main, ["report", *words])


# --- what is made -------------------------------------------------------------------------------------------


def test_reports_are_the_same_as_those_made_here(dask: Cluster, demo: SimpleNamespace, tmp_path: Path) -> None:
    """Six applications of two searches, one with a fault: report, workbook, matrix, manifest and index to the byte."""
    own = write_search(tmp_path / "own", applications("100% remote", "ärger & co", "wrong"))
    (own.path / "questions.csv").write_text("question\nWhat do you do when the fog comes?\n", encoding="utf-8")
    (own.path / "applications/wrong/plan.yaml").write_text("format: 1\nthems: []\nratings: [1]\n", encoding="utf-8")
    pack = own.path / "packs" / "100% remote"
    pack.mkdir(parents=True)
    (pack / "brief.pdf").write_bytes(b"%PDF")
    own = read_search(own.path)
    assert sum(not run.error for run in run_searches([own])) == 2
    there = [copied(search, tmp_path / "there") for search in (demo.search, own)]
    said = {run.name: run.error for run in run_searches(there, workers=ClusterWorkers(dask.address))}
    assert [name for name, error in said.items() if error] == ["wrong"]
    assert said["wrong"].startswith("applications/wrong/plan.yaml: 2 faults\n")
    assert published(*there) == published(demo.search, own)
    assert len(published(*there)) == 5 * 5 + 2 + 2  # five files of each; page and manifest of one; two indexes
    for path in (file for search in there for file in search.reports.rglob("*") if file.is_file()):
        assert str(dask.folder) not in path.read_text(encoding="utf-8"), path


def test_a_run_again_sends_nothing(dask: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is fresh stays where it is; only the one file that has changed is sent and made again."""
    search = write_search(tmp_path / "ada", applications("one", "two"))
    book, sent = small_workbook(tmp_path / "small.ipynb"), []
    packed = cluster.packed
    monkeypatch.setattr(cluster, "packed", lambda task: sent.append(task.name) or packed(task))
    for _ in range(2):
        states_before = [
            run.state.status for run in run_searches([search], notebook=book, workers=ClusterWorkers(dask.address))
        ]
    assert states_before == [Status.FRESH, Status.FRESH]
    assert sorted(sent) == ["one", "two"]
    (search.path / "applications/two/plan.yaml").unlink()
    list(run_searches([search], notebook=book, workers=ClusterWorkers(dask.address)))
    assert sorted(sent) == ["one", "two", "two"]


@pytest.mark.parametrize("name", ["first", "second"])
def test_a_worker_that_is_killed_loses_nothing(
    name: str, dask: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a nanny or without: the others make what it had, and each application is published once."""
    names = [f"a{number}" for number in range(5)]
    search = write_search(tmp_path / "ada", applications(*names))
    book = small_workbook(tmp_path / "small.ipynb", "import time\ntime.sleep(0.3)")
    count, victim = count_publishing(monkeypatch), dask.working(name)
    done = []
    for run in run_searches([search], notebook=book, workers=ClusterWorkers(dask.address)):
        if not done:
            until(lambda: any("search" in path for path in dask.left()))
            victim.kill()
        done.append(run)
    assert {run.name: run.error for run in done} == dict.fromkeys(names, "")
    assert count == dict.fromkeys(names, 1)
    assert {state.status for _, state in states(search, book)} == {Status.FRESH}
    if name == "second":
        dask.end(name)


MISBEHAVES = """
import os, signal
if name == "kills":
    os.kill(os.getppid(), signal.SIGKILL)
if name == "hungry":
    big = bytearray(900_000_000)
"""


def test_an_application_that_does_harm_fails_alone(dask: Cluster, tmp_path: Path) -> None:
    """One kills the process that makes its report, one takes all memory; the limit is that of the search."""
    search = write_search(tmp_path / "ada", applications("good", "hungry", "kills", "well"))
    (search.path / "prepkit.yaml").write_text('{"format": 1, "memory_megabytes": 300}', encoding="utf-8")
    search, book = read_search(search.path), small_workbook(tmp_path / "small.ipynb", MISBEHAVES)
    said = {run.name: run.error for run in run_searches([search], notebook=book, workers=ClusterWorkers(dask.address))}
    assert said.pop("kills") == "The process that made it died, 3 times."
    assert said.pop("hungry").startswith("in section “All”: MemoryError")
    assert said == {"good": "", "well": ""}
    assert {name: state.status for name, state in states(search, book)} == {
        "good": Status.FRESH, "hungry": Status.FAILED, "kills": Status.FAILED, "well": Status.FRESH
    }  # fmt: skip


def test_a_workbook_that_takes_too_long_is_stopped(dask: Cluster, tmp_path: Path) -> None:
    """The limit of the search holds on a worker, too, and nothing goes on there."""
    search = write_search(tmp_path / "ada", applications("slow"))
    (search.path / "prepkit.yaml").write_text('{"format": 1, "application_seconds": 2}', encoding="utf-8")
    book = small_workbook(tmp_path / "small.ipynb", "import time\ntime.sleep(600)")
    (run,) = run_searches([read_search(search.path)], notebook=book, workers=ClusterWorkers(dask.address))
    assert run.error == "It took more than 2 seconds and was stopped."


def test_a_link_out_of_the_search_is_not_followed(dask: Cluster, tmp_path: Path) -> None:
    """Its application fails in the words that are used here, and what it leads to is sent to nobody."""
    search = write_search(tmp_path / "ada", applications("good", "sly"))
    (tmp_path / "secret.txt").write_text(POSTING, encoding="utf-8")
    posting = search.path / "applications/sly/posting.txt"
    posting.unlink()
    posting.symlink_to(tmp_path / "secret.txt")
    book = small_workbook(tmp_path / "small.ipynb")
    said = {run.name: run.error for run in run_searches([search], notebook=book, workers=ClusterWorkers(dask.address))}
    assert said["good"] == ""
    made_here = make(Task(search, "sly", book))
    assert said["sly"] == made_here.error
    assert "lies outside" in said["sly"]
    assert (search.reports / "sly/report.html").read_bytes() == made_here.files["report.html"]


# --- who makes it -------------------------------------------------------------------------------------------


def test_there_is_room_for_two_tasks_of_each_thread(dask: Cluster) -> None:
    """Workers may come and go in the middle of a run."""
    workers = ClusterWorkers(dask.address)
    try:
        assert workers.room == 4
        dask.start_worker("third", "--no-nanny", "--nthreads", "3")
        until(lambda: workers.room == 10)
        dask.end("third")
        until(lambda: workers.room == 4)
    finally:
        workers.close()


@pytest.fixture
def another_prepkit(tmp_path: Path) -> Path:
    """A copy of this prepkit in which one template has one more space."""
    for name in ("prepkit", "workbooks", "templates"):
        shutil.copytree(ROOT / name, tmp_path / "other" / name, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other/templates/page/failed.html.j2").open("a", encoding="utf-8") as file:
        file.write(" ")
    return tmp_path / "other"


def test_workers_with_another_prepkit_are_refused(dask: Cluster, another_prepkit: Path, tmp_path: Path) -> None:
    """Each that is unlike this machine is named with both versions, and nothing is sent."""
    search = write_search(tmp_path / "ada", applications("one"))
    dask.start_worker("stranger", "--no-nanny", PYTHONPATH=str(another_prepkit))
    dask.start_worker("empty", "--no-nanny", code="sys.modules['prepkit'] = None; ")
    addresses = until(lambda: len(known := dask.workers()) == 4 and known)
    result = report(str(search.path), "--scheduler", dask.address)
    dask.end("stranger", "empty")
    assert result.exit_code == 2
    lines = {re.split(r"worker at (\S+) ", line)[1]: line for line in result.output.splitlines()[:2]}
    assert set(lines) == {addresses["stranger"], addresses["empty"]}
    assert lines[addresses["stranger"]].count("prepkit 0.1.0 (state ") == 2
    assert "No module named" in lines[addresses["empty"]]
    assert result.output.endswith("Nothing was sent.\n")
    assert not (search.reports / "one").exists()


def test_a_worker_with_another_prepkit_that_joins_later_is_passed_over(
    dask: Cluster, another_prepkit: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It sends back what it gets, unmade; the others make it, and the terminal says why."""
    search = write_search(tmp_path / "ada", applications("a1", "a2", "a3", "a4"))
    book, workers = small_workbook(tmp_path / "small.ipynb"), ClusterWorkers(dask.address)
    dask.start_worker("stranger", "--no-nanny", PYTHONPATH=str(another_prepkit))
    addresses = until(lambda: len(known := dask.workers()) == 3 and known)
    assert [run.error for run in run_searches([search], notebook=book, workers=workers)] == [""] * 4
    dask.end("stranger")
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"prepkit: The worker at {addresses['stranger']} has prepkit")
    assert line.endswith("It is passed over.")


def test_a_scheduler_without_workers_is_told(own: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says how to start one."""
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 2)
    with pytest.raises(PrepkitError, match=f"no worker.*dask worker {own.address}"):
        ClusterWorkers(own.address)


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """An address at which somebody answers everything with the same bytes."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                line, _ = server.accept()
                line.recv(1000)
                line.send(answer)
                line.close()

    threading.Thread(target=serve, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
    server.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:1", "no answer in"),
        ("somewhere", "missing port number"),
        ("http://127.0.0.1:8786", "unknown address scheme"),
        ("tls://127.0.0.1:8786", "TLS"),
    ],
)
def test_an_address_without_a_scheduler_is_told_soon(address: str, said: str, tmp_path: Path) -> None:
    """One sentence within fifteen seconds, and the exit code of bad input."""
    search, begun = write_search(tmp_path / "ada", applications("one")), time.monotonic()
    result = report(str(search.path), "--scheduler", address)
    assert time.monotonic() - begun < 15
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith(f"prepkit: There is no Dask scheduler to be reached at {address}: ")
    assert said in line
    assert not search.reports.exists()


@pytest.mark.parametrize("answer", [b"HTTP/1.0 400 Bad request\r\n\r\n", b""], ids=["a web server", "nothing"])
def test_somebody_else_at_the_address_is_told(answer: bytes) -> None:
    """Whoever answers is not waited for without end."""
    with answering(answer) as address, pytest.raises(PrepkitError, match="no Dask scheduler"):
        ClusterWorkers(address)


def test_the_address_of_a_worker_is_told(dask: Cluster) -> None:
    """A slip that is easily made."""
    with pytest.raises(PrepkitError, match="it is a worker of Dask"):
        ClusterWorkers(dask.workers()["second"])


def test_processes_of_this_machine_and_a_scheduler_exclude_each_other(tmp_path: Path) -> None:
    """The workers of a scheduler are as many as they are."""
    search = write_search(tmp_path / "ada", {})
    result = report(str(search.path), "--workers", "2", "--scheduler", "tcp://127.0.0.1:1")
    assert result.exit_code == 2
    assert "Give one of the two" in result.output


def test_without_dask_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra that most people do not need."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PrepkitError, match="pip install distributed"):
        ClusterWorkers("tcp://127.0.0.1:1")


# --- when it ends early -------------------------------------------------------------------------------------


def ended(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """The exit code of a command, and what it has said to its user about trouble."""
    _, said = process.communicate(timeout=PATIENCE)
    return process.returncode, said.splitlines()


def begun(search: Search, book: Path, address: str) -> subprocess.Popen[str]:
    words = ["report", str(search.path), "--scheduler", address, "--workbook", str(book)]
    return subprocess.Popen(
        [sys.executable, "-m", "prepkit", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_scheduler_that_is_lost_is_told_in_one_line(own: Cluster, tmp_path: Path) -> None:
    """What was made until then is whole, and a run without it does the rest."""
    names = ["a1", "a2", "a3", "a4"]
    search = write_search(tmp_path / "ada", applications(*names))
    book = small_workbook(tmp_path / "small.ipynb", "import time\ntime.sleep(0.5)")
    own.start_worker("only", "--no-nanny")
    run = begun(search, book, own.address)
    until(lambda: [*search.reports.glob("a*/manifest.json")])
    own.processes["scheduler"].kill()
    code, said = ended(run)
    assert (code, len(said)) == (2, 1), said
    assert said[0].startswith(f"prepkit: The scheduler at {own.address} is gone")
    before = {name: state.status for name, state in states(search, book)}
    assert set(before.values()) == {Status.FRESH, Status.MISSING}
    done = {run.name: run for run in run_searches([search], notebook=book)}
    assert {name: run.error for name, run in done.items()} == dict.fromkeys(names, "")
    assert {name: run.state.status for name, run in done.items()} == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_what_nobody_waits_for_is_given_up(how: signal.Signals, dask: Cluster, tmp_path: Path) -> None:
    """The command ends, and soon no worker is busy with what it wanted."""
    search = write_search(tmp_path / "ada", applications("one", "two"))
    book = small_workbook(tmp_path / "small.ipynb", "import time\ntime.sleep(600)")
    run = begun(search, book, dask.address)
    until(lambda: len([path for path in dask.left() if path.endswith("k.json")]) >= 2)
    run.send_signal(how)
    code, said = ended(run)
    assert code == (130 if how == signal.SIGINT else -signal.SIGKILL)
    words = ["prepkit: stopped with 0 of 2 reports done; run the same command again to go on."]
    assert said == words[: how == signal.SIGINT]
    until(lambda: dask.left() == [])
    assert list(search.reports.glob("*/report.html")) == []


KILLS = """
import psutil
if name == "kills":
    [one.kill() for one in psutil.Process().parents() if "spawn_main" in " ".join(one.cmdline())]
"""


def test_a_workbook_that_kills_workers_fails_alone(own: Cluster, tmp_path: Path) -> None:
    """Dask gives it up in the end, and the nanny starts the worker again for others."""
    search = write_search(tmp_path / "ada", applications("kills"))
    book = small_workbook(tmp_path / "small.ipynb", KILLS)
    own.start_worker("only")
    (run,) = run_searches([search], notebook=book, workers=ClusterWorkers(own.address))
    assert run.error == "The workers that made it died, one after the other, and Dask gave up."
    until(own.workers)
    until(lambda: own.left() == [])


def test_workers_that_stay_away_are_told(own: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run does not wait for ever for somebody to do the work."""
    monkeypatch.setattr(cluster, "GONE_SECONDS", 2)
    search, book = write_search(tmp_path / "ada", applications("one")), small_workbook(tmp_path / "small.ipynb")
    own.start_worker("only", "--no-nanny")
    until(own.workers)
    workers = ClusterWorkers(own.address)
    own.end("only")
    with pytest.raises(PrepkitError, match="has had no worker for 2 seconds"):
        list(run_searches([search], notebook=book, workers=workers))


# --- who may look on ----------------------------------------------------------------------------------------


def listening(processes: Sequence[psutil.Process]) -> list[str]:
    """Addresses at which somebody could connect to processes."""
    lines = [line for one in processes if is_there(one) for line in one.net_connections("inet")]
    return [line.laddr.ip for line in lines if line.status == psutil.CONN_LISTEN]


def test_nothing_listens_beyond_this_machine(dask: Cluster, tmp_path: Path) -> None:
    """Looked at while reports are made: the runner listens nowhere, the others on the loopback only."""
    search = write_search(tmp_path / "ada", applications("one", "two"))
    book = small_workbook(tmp_path / "small.ipynb", "import time\ntime.sleep(600)")
    before, workers = listening([psutil.Process()]), ClusterWorkers(dask.address)
    for name in search.names:
        workers.start(Task(search, name, book))
    until(lambda: len([path for path in dask.left() if path.endswith("k.json")]) >= 2)
    everybody = [one for process in dask.processes.values() for one in (process, *family(process))]
    found, mine = listening(everybody), listening([psutil.Process()])
    workers.close()
    assert mine == before
    assert len(found) >= 4  # the scheduler, both workers and the nanny
    assert [address for address in found if not ipaddress.ip_address(address).is_loopback] == []


def test_traffic_that_others_could_read_is_told_once(
    dask: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent; nothing is said of this machine alone."""
    search = write_search(tmp_path / "ada", {})
    assert report(str(search.path), "--scheduler", dask.address).stderr == ""
    monkeypatch.setattr(cluster, "_is_private", lambda address: False)
    (line,) = report(str(search.path), "--scheduler", dask.address).stderr.splitlines()
    assert f"stories travel to {dask.address} without encryption" in line
    assert "tls://" in line


def test_the_log_of_a_worker_holds_no_story(dask: Cluster, tmp_path: Path) -> None:
    """Neither what a worker says nor what Dask calls a task tells of a candidate."""
    search = write_search(tmp_path / "ada", applications("harbour"))
    list(
        run_searches([search], notebook=small_workbook(tmp_path / "small.ipynb"), workers=ClusterWorkers(dask.address))
    )
    for name in dask.processes:
        said = (dask.folder / f"{name}.log").read_text(encoding="utf-8")
        assert [word for word in ("Fenwright", "harbour", "storm", "Castermouth") if word in said] == []


# --- what the document says ---------------------------------------------------------------------------------

DOCUMENT = (ROOT / "CLUSTER.md").read_text(encoding="utf-8")


def block(beginning: str) -> str:
    """The code of the document that begins with some words."""
    return next(code for code in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL) if beginning in code)


def test_the_commands_of_the_document_have_their_options() -> None:
    """Those of Dask as well as our own."""
    from distributed.cli import dask_scheduler, dask_worker

    commands = {"prepkit report": main.commands["report"], "dask worker": dask_worker.main}
    commands["dask scheduler"] = dask_scheduler.main
    for name, command in commands.items():
        known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
        lines = re.findall(rf"^{name} .*", DOCUMENT, re.MULTILINE)
        assert lines, name
        assert {word for line in lines for word in line.split() if word.startswith("--")} <= known


def test_the_program_of_the_document_makes_reports(
    dask: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It takes what `distributed.Client` takes."""
    write_search(tmp_path / "clients" / "ada", applications("harbour"))
    space: dict[str, Any] = {}
    exec(block("def report(folder, cluster)"), space)
    space["report"](tmp_path / "clients", dask.address)
    assert capsys.readouterr().out == f"{tmp_path / 'clients' / 'ada'} harbour is made\n"


def test_the_pipeline_of_the_document_runs_what_has_changed(tmp_path: Path) -> None:
    """By a runner of tasks that many people use, and plain papermill."""
    write_search(tmp_path / "my-search", applications("harbour"), candidate="123")
    (tmp_path / "dodo.py").write_text(block("def task_workbook"), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "doit", "-n", "2"], cwd=tmp_path, capture_output=True, text=True,
            env=os.environ | {"PATH": path},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert [lines.split(maxsplit=1)[0] for lines in said] == [".", "--"]
    notebook = nbformat.read(tmp_path / "harbour.ipynb", as_version=4)
    assert notebook.metadata.papermill.parameters.candidate == "123"
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
