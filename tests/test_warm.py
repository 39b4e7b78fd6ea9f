"""A warm parent and its children: forked in milliseconds, watched over, and gone when nobody needs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from pathlib import Path

import pytest
from chores import tell
from conftest import gone, is_alive

from prepkit import warm
from prepkit.errors import PrepkitError
from prepkit.forks import Child, can_fork, fork, is_warm
from prepkit.warm import Started, WarmParent, shared_parent

HERE = Path(__file__).parent

needs_fork = pytest.mark.skipif(not can_fork(), reason="no process can be forked here")
pytestmark = pytest.mark.slow


# --- forking


@pytest.fixture(autouse=True)
def _findable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What children do in these tests can be imported by a warm parent that a test starts."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))


@pytest.fixture(scope="module")
def parent() -> Iterator[WarmParent]:
    """A warm parent for all tests here that do not end it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        made = WarmParent()
    with made:
        yield made


@needs_fork
def test_a_child_has_everything_imported_and_leads_a_group(parent: WarmParent) -> None:
    """It gets its arguments, is nobody's group but its own, and the next one comes quickly."""
    child = parent.fork("chores:tell", "some", 1)
    words, pid, group, loaded = child.line.recv()
    assert (words, pid, group, loaded) == (("some", 1), child.pid, child.pid, ["pandas", "papermill"])
    assert child.wait(10) == 0
    child.close()
    started = time.process_time()
    for number in range(5):
        child = parent.fork("chores:tell", number)
        assert child.line.recv()[0] == (number,)
        child.close()
    assert time.process_time() - started < 0.5  # of this process; the work is done by the children


@needs_fork
def test_two_children_draw_different_numbers(parent: WarmParent) -> None:
    """They are copies of one process, and its generators of random numbers are not copied with it."""
    drawn = []
    for _ in range(2):
        child = parent.fork("chores:draw")
        drawn.append(child.line.recv())
        child.close()
    assert drawn[0][0] != drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


@needs_fork
def test_a_process_with_several_threads_is_not_forked(parent: WarmParent) -> None:
    """A child may be forked again while it has one thread; with a second one it is refused, as it might hang."""
    child = parent.fork("chores:who_could_fork")
    warm_alone, said, another, same_group, status, warm_beside_thread, refused = child.line.recv()
    assert (warm_alone, said, another, same_group, status) == (True, ("from a grandchild",), True, True, 0)
    assert not warm_beside_thread
    assert "several threads" in refused
    child.close()


@needs_fork
def test_this_process_is_not_warm() -> None:
    """Nobody forked it from a warm parent; and beside another thread it is not forked at all."""
    assert not is_warm()
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        with pytest.raises(PrepkitError, match="several threads"):
            fork(tell)
    finally:
        stop.set()
        other.join()


def test_no_process_is_forked_where_the_environment_forbids_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever meets a library that does not bear it can do without."""
    monkeypatch.setenv("PREPKIT_NO_FORK", "1")
    assert not can_fork()
    monkeypatch.setenv("PREPKIT_NO_FORK", "")
    assert can_fork() == (sys.platform == "linux")
    monkeypatch.setattr(warm.sys, "platform", "darwin")
    assert not can_fork()


# --- a child


@needs_fork
def test_a_child_is_polled_and_waited_for(parent: WarmParent) -> None:
    """It has no code while it runs, and what waits for it may give up."""
    child = parent.fork("chores:listen")
    assert child.line.recv() == child.pid
    assert child.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.05)
    assert child.returncode is None
    child.line.close()
    assert child.wait(10) == 0
    assert child.poll() == 0
    child.kill()  # nobody is harmed by what comes too late
    child.terminate()
    child.close()


@needs_fork
@pytest.mark.parametrize("way", ["kill", "terminate", "kill_group"])
def test_a_child_is_ended(way: str, parent: WarmParent) -> None:
    """Each of the three ends it, whoever forked it."""
    child = parent.fork("chores:listen")
    child.line.recv()
    getattr(child, way)()
    child.wait(10)
    assert gone(child.pid)
    child.close()


@needs_fork
@pytest.mark.parametrize(("work", "args", "code"), [("end_with", (3,), 3), ("end_with", (0,), 0), ("fail", (), 1)])
def test_who_forked_a_child_learns_how_it_ended(work: str, args: tuple[int, ...], code: int) -> None:
    """As with any process that one starts; seen from a process of its own, which has one thread."""
    lines = [
        "import sys, signal", f"sys.path.insert(0, {str(HERE)!r})", "from prepkit.forks import fork",
        f"from chores import {work}, listen", f"child = fork({work}, *{args})",
        "print(child.wait(10), child.returncode)", "child.close()",
        "child = fork(listen)", "child.line.recv()", "child.kill()", "print(child.wait(10))",
    ]  # fmt: skip
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == [str(code), str(code), str(-signal.SIGKILL)], done.stderr


@needs_fork
def test_a_child_that_had_ended_before_it_was_looked_at_counts_as_ended() -> None:
    """Its number is nobody's any more, so nobody is harmed by what is sent to it."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    line, theirs = Pipe()
    theirs.close()
    child = Child(ended.pid, line)
    assert child.poll() == 0
    child.kill()
    assert child.wait(1) == 0
    child.close()


@needs_fork
def test_what_a_child_started_ends_with_it(parent: WarmParent) -> None:
    """Also what lost its own parent on the way."""
    child = parent.fork("chores:start_others")
    others = child.line.recv()
    assert all(is_alive(pid) for pid in others)
    child.kill()
    assert gone(child.pid, *others)
    child.close()


@needs_fork
def test_memory_is_limited_on_top_of_what_is_there(parent: WarmParent) -> None:
    """A little is given, too much is refused as Python refuses it."""
    for want, got in ((100, 100_000_000), (4_000, "MemoryError")):
        child = parent.fork("chores:take_memory", 300, want)
        assert child.line.recv() == got
        child.close()


# --- the parent


@needs_fork
def test_a_closed_parent_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither itself nor a child, nor what a child has started; and it says so to whoever asks for one more."""
    parent = WarmParent()
    child = parent.fork("chores:start_others")
    pids = [parent._process.pid, child.pid, *child.line.recv()]
    started = time.monotonic()
    parent.close()
    assert gone(*pids, seconds=1)
    assert time.monotonic() - started < warm.END_SECONDS + 1
    child.close()
    with pytest.raises(PrepkitError, match="has ended"):
        parent.fork("chores:tell")


@needs_fork
def test_a_parent_bears_any_number_of_messages_at_once(parent: WarmParent) -> None:
    """Each that comes makes the system send it a signal, which may come while it still looks into the last one."""
    for _ in range(50_000):
        os.kill(parent._process.pid, signal.SIGIO)
    child = parent.fork("chores:tell", "still there")
    assert child.line.recv()[0] == ("still there",)
    child.close()


@needs_fork
def test_addresses_are_judged_in_a_child_as_anywhere(parent: WarmParent) -> None:
    """Although the grammar for them is left out of what the parent imports."""
    child = parent.fork("chores:judge_addresses", "http://example.org/ä", "http://a b")
    assert child.line.recv() == [True, False]
    child.close()


@needs_fork
def test_nothing_is_imported_from_the_folder_one_is_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there may be a file that is called like a library, or like this package."""
    for name in ("prepkit", "pandas", "json"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('of somebody else')")
    monkeypatch.chdir(tmp_path)
    with WarmParent() as parent:
        child = parent.fork("chores:tell")
        assert child.line.recv()[3] == ["pandas", "papermill"]
        child.close()


@needs_fork
def test_a_parent_is_closed_while_it_imports() -> None:
    """Nobody waits for libraries that nobody needs any more."""
    parent = WarmParent()
    time.sleep(0.3)
    started = time.monotonic()
    parent.close()
    assert not is_alive(parent._process.pid)
    assert time.monotonic() - started < warm.END_SECONDS + 1


@needs_fork
def test_a_parent_that_was_killed_is_missed() -> None:
    """Whoever asks it for a child gets a sentence, and closing it is no fault."""
    parent = WarmParent()
    parent._process.kill()
    parent._process.wait()
    with pytest.raises(PrepkitError, match="The process that starts the runs has ended"):
        parent.fork("chores:tell")
    parent.close()


STARTER = """
import sys, time
from prepkit.warm import WarmParent
parent = WarmParent()
print(parent._process.pid, flush=True)
if sys.argv[1] == "at work":
    child = parent.fork("chores:start_others")
    print(child.pid, *child.line.recv(), flush=True)
time.sleep(600)
"""


@needs_fork
@pytest.mark.parametrize("moment", ["importing", "at work"])
def test_nothing_is_left_of_a_parent_whose_starter_was_killed(moment: str) -> None:
    """No matter how suddenly, and whether it had begun."""
    starter = subprocess.Popen([sys.executable, "-c", STARTER, moment], stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    pids = [int(starter.stdout.readline())]
    if moment == "at work":
        pids += map(int, starter.stdout.readline().split())
    else:
        time.sleep(0.3)
    assert all(is_alive(pid) for pid in pids)
    starter.kill()
    starter.wait()
    starter.stdout.close()
    assert gone(*pids, seconds=2)


# --- one for all


def fork_at(number: int) -> tuple[int, int]:
    """Have a child forked, which ends as soon as nobody needs it."""
    child = shared_parent().fork("chores:tell", number)
    (said,), pid, _, _ = child.line.recv()
    child.close()
    return said, pid


@needs_fork
def test_one_parent_serves_a_whole_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is started once, serves several threads at a time, and another takes its place if it was killed."""
    monkeypatch.setattr(warm, "_SHARED", [])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fork_at, range(16)))
    assert [number for number, _ in found] == list(range(16))
    assert len({pid for _, pid in found}) == 16
    first = shared_parent()
    assert shared_parent() is first
    first._process.kill()
    first._process.wait()
    first.close()
    second = shared_parent()
    assert second is not first
    assert second is shared_parent()
    second.close()


def test_threads_that_ask_at_once_get_one_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one would be lost, with nobody to end it."""
    started = []

    class Slow:
        def __init__(self) -> None:
            time.sleep(0.05)
            started.append(self)
            self._process = self

        def poll(self) -> None:
            return None

    monkeypatch.setattr(warm, "_SHARED", [])
    monkeypatch.setattr(warm, "WarmParent", Slow)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: shared_parent(), range(8)))
    assert list(found) == started


# --- where nothing can be forked


def test_a_started_process_does_the_same_work() -> None:
    """It imports for itself, is not stopped by Ctrl-C, and can be ended."""
    started = Started("chores:tell", "some")
    assert started.line.recv()[0] == ("some",)
    started.close()
    started = Started("chores:listen")
    pid = started.line.recv()
    os.kill(pid, signal.SIGINT)
    time.sleep(0.1)
    assert is_alive(pid)
    started.kill_group()
    started.close()
    assert gone(pid)
