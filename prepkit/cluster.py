"""Who makes the reports: the workers of a Dask scheduler, on as many machines as it has.

No folder needs to be shared. What an application reads travels as bytes in a :class:`Parcel`; a worker unpacks it in a
private folder, makes the report in a process of its own, sends the files back and removes the folder, whatever happens.
Only the runner publishes, so an application that Dask has made twice is published once.

Nothing here listens or starts a scheduler. Stories go to the scheduler that was named and to its workers, nowhere else.
"""

from __future__ import annotations

import asyncio
import io
import ipaddress
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from prepkit.archive import zipped
from prepkit.errors import InputError, PrepkitError
from prepkit.files import MAX_BYTES, inside, read_bytes
from prepkit.manifest import _program
from prepkit.search import Search, Settings
from prepkit.tasks import PACKED, Made, Task
from prepkit.warm import WarmParent, can_fork, shared_parent

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["ClusterWorkers", "Parcel", "answer", "make_there", "packed", "who"]

CONNECT_SECONDS = 6
"""How long a scheduler may take to answer, and then its first worker to come."""

ASK_SECONDS = 1.0
"""How often is looked which workers there are, and whether what is being made is still wanted."""

GONE_SECONDS = 60
"""How long is waited for a worker when all have gone; one that is started anew takes some seconds."""

FETCH_SECONDS = 60
"""How long the files of one report may be under way; a report has a million bytes."""

WORKBOOK = ".workbook"
"""Folder of the workbook in a parcel; inside the search, so that messages name it from there on."""

SECRET = ("tls", "wss", "gateway", "inproc")
"""Kinds of addresses over which nobody else can read."""


@dataclass(frozen=True)
class Parcel:
    """All that the report of one application is made from, with names from the search on.

    Attributes:
        settings: What ``prepkit.yaml`` says.
        name: The application.
        stories: Name of the story inventory.
        questions: Name of the search's own questions; empty when there are none.
        notebook: Name of the workbook.
        files: All files in a zip archive; those of the pack are empty, because a report only links them.
    """

    settings: Settings
    name: str
    stories: str
    questions: str
    notebook: str
    files: bytes = field(repr=False)  # Dask writes into its log what a task was given


def packed(task: Task) -> Parcel:
    """Return what a task reads, as bytes.

    Raises:
        InputError: when one of the files cannot be read.
        PrepkitError: when one is a link that leads out of the search.
    """
    search, files = task.search, task.search.application(task.name)
    pack = Path("packs") / files.name
    read = [search.stories, search.questions, files.posting, files.plan, files.plan.with_name("debriefs.yaml")]
    parts = {path.as_posix(): _content(search.path, path) for path in read if path}
    parts |= {(pack / name).as_posix(): b"" for name in PACKED if (search.path / pack / name).is_file()}
    notebook = f"{WORKBOOK}/{task.notebook.name}"
    parts[notebook] = read_bytes(task.notebook)
    there = {name: data for name, data in parts.items() if data is not None}
    questions = search.questions.as_posix() if search.questions else ""
    return Parcel(search.settings, files.name, search.stories.as_posix(), questions, notebook, zipped(there))


def _content(search: Path, path: Path) -> bytes | None:
    """Return what a file holds, None when there is none; an empty one is for those to judge who read it."""
    file = inside(search, path)
    with suppress(OSError):
        if not file.exists():
            return None
        if file.is_file() and file.stat().st_size <= MAX_BYTES:
            return file.read_bytes()
    return read_bytes(search / path)  # which says what is wrong with it


def who() -> dict[str, str]:
    """Return what two machines must have in common to make the same reports, and whether this one can make any."""
    return {
        "prepkit": version("prepkit"), "program": _program(), "python": ".".join(platform.python_version_tuple()[:2]),
        "forks": "yes" if can_fork() else f"no, it runs on {platform.system()}",
    }  # fmt: skip


# --- on a worker --------------------------------------------------------------------------------------------


def make_there(parcel: Parcel, me: Mapping[str, str], key: str) -> Made | str | None:
    """Make a report on a worker of Dask, in a process forked from a warm one that the worker keeps.

    Args:
        parcel: What it is made from.
        me: What :func:`who` says where the parcel was packed.
        key: Dask's name for the task.

    Returns:
        What was made, or why nobody could make it, a sentence, or an empty text when the process died; None when this
        worker has another prepkit than whoever packed the parcel.
    """
    if _differences({"": who()}, me):
        return None
    try:
        parent, home = _settled()
        place = Path(tempfile.mkdtemp(dir=home))
    except OSError as error:
        return f"The worker on {platform.node()} has no place to work: {error.strerror or error}."
    try:
        return _made(parent, _unpacked(parcel, place / "search"), place, key)
    except OSError as error:
        return f"The worker on {platform.node()} cannot unpack the files: {error.strerror or error}."
    except PrepkitError:  # somebody has killed the warm process; the next task gets another
        return ""
    finally:
        _remove(place)


def _unpacked(parcel: Parcel, folder: Path) -> Task:
    with zipfile.ZipFile(io.BytesIO(parcel.files)) as archive:
        archive.extractall(folder)  # ours, and no name in it can lead out
    questions = Path(parcel.questions) if parcel.questions else None
    search = Search(folder, parcel.settings, Path(parcel.stories), (parcel.name,), questions)
    return Task(search, parcel.name, folder / parcel.notebook)


def _made(parent: WarmParent, task: Task, place: Path, key: str) -> Made | str:
    child, limit = parent.fork("prepkit.cluster:answer", task, str(place)), task.search.settings.application_seconds
    end = time.monotonic() + limit
    try:
        while not child.line.poll(ASK_SECONDS):
            if time.monotonic() > end:
                return f"It took more than {limit} seconds and was stopped."
            if not _is_wanted(key):
                return ""
        made: Made = child.line.recv()
        return made
    except (EOFError, OSError):
        return ""
    finally:
        child.kill_group()
        child.close()


def answer(line: Connection, task: Task, place: str) -> None:
    """Be the process that makes a report: as :func:`prepkit.making.answer`, with all its passing files in one folder."""
    from prepkit import making

    tempfile.tempdir = place
    making.answer(line, task)


def _is_wanted(key: str) -> bool:
    """Tell whether somebody still waits for a task; Dask itself cannot stop one that runs."""
    from distributed import get_worker

    try:
        task = get_worker().state.tasks.get(key)
    except ValueError:  # this is no worker of Dask
        return True
    return task is not None and task.state != "cancelled"


_HOME: list[tuple[Path, subprocess.Popen[bytes]]] = []
_SETTLING = threading.Lock()


def _settled() -> tuple[WarmParent, Path]:
    """Return the warm process of this worker, and the folder in which it works.

    The folder is removed when the worker ends, even if it is killed: a shell waits for the end of a pipe to it.
    """
    with _SETTLING:  # a worker may have several threads
        if not _HOME or not _HOME[0][0].is_dir():
            home = Path(tempfile.mkdtemp(prefix="prepkit-"))
            script = "trap '' TERM INT HUP; cat; until rm -rf \"$0\"; do sleep 1; done"
            keeper = subprocess.Popen(  # noqa: S603 - our own words
                ["/bin/sh", "-c", script, str(home)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            _HOME[:] = [(home, keeper)]
        return shared_parent(), _HOME[0][0]


def _remove(folder: Path) -> None:
    """Remove a folder in which a process that was just killed may still make its last file."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


# --- where the searches are ---------------------------------------------------------------------------------


class ClusterWorkers:
    """Workers of a Dask scheduler that is running; see :class:`prepkit.workers.Workers`.

    Args:
        address: Where the scheduler is, such as ``tls://10.0.0.5:8786``, or a cluster as ``distributed.Client`` takes
            it. Certificates and all else come from Dask's own settings.

    Raises:
        PrepkitError: when Dask is not installed, nobody answers there within some seconds, there is no worker, or one
            has another prepkit or Python than this machine.
    """

    def __init__(self, address: Any) -> None:
        self._client, self._me = _connected(address), who()
        self.address: str = self._client.scheduler.address
        self._sent: dict[Future[Any], tuple[Task, frozenset[str]]] = {}
        self._done: list[tuple[Task, Made | str]] = []
        self._strangers: set[str] = set()
        self._threads: Mapping[str, int] = {}
        self._asked, self._seen = 0.0, time.monotonic()
        try:
            self._meet()
        except BaseException:
            self.close()
            raise

    def _meet(self) -> None:
        """See that there is a worker, and that all are like this machine."""
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        if not self._workers():
            raise PrepkitError(
                f"The scheduler at {self.address} has no worker, and none has come within {CONNECT_SECONDS} seconds. "
                f"Start some with “dask worker {self.address}”."
            )
        try:
            scheduler: Any = self._client.run_on_scheduler(who)
        except Exception as error:  # whatever it is, it came from there
            scheduler = error
        wrong = _differences({f"The scheduler {self.address}": scheduler}, self._me) | self._wrong_workers()
        if wrong:
            raise PrepkitError("\n".join([*list(wrong.values())[:5], "Nothing was sent."]))
        addresses = [address for address in (self.address, *self._workers()) if not _is_private(address)]
        if addresses:
            print(
                f"prepkit: stories go to {addresses[0]} without encryption. With certificates in Dask's settings "
                "(distributed.comm.tls) and an address that begins with tls:// they are encrypted.",
                file=sys.stderr,
            )

    def _wrong_workers(self) -> dict[str, str]:
        """Ask all workers who they are, and return what is wrong with some, by their addresses."""
        said = self._client.run(who, on_error="return")
        named = _differences({f"The worker {address}": theirs for address, theirs in said.items()}, self._me)
        return {name.removeprefix("The worker "): sentence for name, sentence in named.items()}

    @property
    def room(self) -> int:
        """How many more tasks can be started: two for each thread of the workers there are now."""
        return max(2 * sum(self._workers().values()), 1) - len(self._sent) - len(self._done)

    def _workers(self) -> Mapping[str, int]:
        """Return the addresses of workers that can be used, with the number of their threads, of a second ago."""
        if time.monotonic() > self._asked + ASK_SECONDS or not self._threads:
            try:
                known = self._client.nthreads()
            except (OSError, CancelledError) as error:
                raise self._gone() from error
            self._threads = {address: n for address, n in known.items() if address not in self._strangers}
            self._asked = time.monotonic()
        return self._threads

    def start(self, task: Task) -> None:
        """Send a task to the scheduler; one whose files cannot be read is finished at once."""
        import dask

        try:
            parcel = packed(task)
        except PrepkitError as error:
            self._done.append((task, str(error)))
            return
        # once strangers are among them, tasks are sent to the others by name
        only = frozenset(self._workers() if self._strangers else ())
        key = f"prepkit-{token_hex(16)}"  # whoever sees Dask's pages learns no names
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
            future = self._client.submit(
                make_there, parcel, self._me, key, key=key, pure=False, workers=sorted(only) or None
            )
        self._sent[future] = task, only

    def finished(self) -> list[tuple[Task, Made | str]]:
        """Wait until something is finished, and return it.

        Raises:
            PrepkitError: when the scheduler is gone, or all workers have been for some time.
        """
        from distributed import wait

        while self._sent and not self._done:
            self._watch()
            with suppress(TimeoutError, CancelledError):
                wait(list(self._sent), timeout=ASK_SECONDS, return_when="FIRST_COMPLETED")
            for future in [one for one in self._sent if one.done()]:
                self._take(future)
        done, self._done = self._done, []
        return done

    def _watch(self) -> None:
        """See that there is somebody to wait for."""
        if self._client.status != "running":
            raise self._gone()
        if workers := self._workers():
            self._seen = time.monotonic()
        elif time.monotonic() > self._seen + GONE_SECONDS:
            raise PrepkitError(
                f"The scheduler at {self.address} has had no worker for {GONE_SECONDS} seconds. What was made is kept; "
                "start workers, then run the same command again."
            )
        for future, (task, only) in list(self._sent.items()):
            if only and only.isdisjoint(workers):  # Dask would wait for them for ever
                del self._sent[future]
                future.cancel()
                self._done.append((task, ""))

    def _take(self, future: Future[Any]) -> None:
        from distributed.scheduler import KilledWorker

        try:
            made = future.result(timeout=FETCH_SECONDS)
        except TimeoutError:  # whoever had it is gone: Dask has it made again
            return
        except KilledWorker:
            made = "The workers that made it died, one after the other, and Dask gave up."
        except CancelledError as error:
            raise self._gone() from error
        except Exception as error:
            if self._client.status != "running":
                raise self._gone() from error
            made = None if isinstance(error, ImportError | AttributeError | TypeError) else (
                f"The worker that made it failed: {type(error).__name__}."
            )  # fmt: skip
        task, _ = self._sent.pop(future)
        if made is None:
            self._pass_over()
        self._done.append((task, made or ""))  # an empty text has it begun again

    def _pass_over(self) -> None:
        """A worker that has joined is not like this machine: find it, say so, and send it nothing more."""
        for address, sentence in self._wrong_workers().items():
            if address not in self._strangers:
                self._strangers.add(address)
                print(f"prepkit: {sentence} It is passed over.", file=sys.stderr)
        self._asked = 0.0

    def _gone(self) -> PrepkitError:
        return PrepkitError(
            f"The scheduler at {self.address} is gone, or has dropped what it was given. What was made is kept; "
            "run the same command again, with a scheduler or without."
        )

    def close(self) -> None:
        """Give up what is not finished, and leave the scheduler."""
        with suppress(Exception):  # it may be gone
            if self._sent and self._client.status == "running":
                self._client.cancel(list(self._sent), force=True)
        self._sent.clear()
        with suppress(Exception):
            self._client.close(timeout=ASK_SECONDS)


def _connected(address: Any) -> Client:
    try:
        import distributed
    except ImportError as error:
        raise PrepkitError(
            "Reports are made by other machines with Dask, which is not installed: pip install 'prepkit[scale]'."
        ) from error
    try:
        if isinstance(address, str):  # a client would ask for ever where somebody else answers
            with ThreadPoolExecutor(1) as thread:
                kind = thread.submit(lambda: asyncio.run(_kind(address))).result()
            if kind != "Scheduler":
                raise ValueError(f"it is a {kind.lower()} of Dask")
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="prepkit")
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        reason = str(error).split("\n")[0] or f"no answer within {CONNECT_SECONDS} seconds"
        raise PrepkitError(
            f"There is no Dask scheduler to be reached at {address} ({reason}). See that one runs there, or leave "
            "--scheduler out to make the reports on this machine."
        ) from error


async def _kind(address: str) -> str:
    """Ask whoever is at an address of Dask what it is."""
    from distributed import Security
    from distributed.core import rpc

    async with asyncio.timeout(CONNECT_SECONDS):
        secrets = Security().get_connection_args("client")
        async with rpc(address, timeout=CONNECT_SECONDS, connection_args=secrets) as there:
            return str((await there.identity())["type"])


def _differences(theirs: Mapping[str, Any], mine: Mapping[str, str]) -> dict[str, str]:
    """Return, for each of others that is not like this machine, a sentence that says in what, by its name."""
    wrong = {}
    for name, one in theirs.items():
        if not isinstance(one, Mapping):
            wrong[name] = f"{name} has no prepkit like the one here ({str(one)[:200]}). Install {_named(mine)} there."
        elif one.get("forks") != "yes":
            wrong[name] = f"{name} cannot make reports: {one.get('forks')}. Workers need Linux."
        elif any(one.get(part) != mine[part] for part in ("prepkit", "program", "python")):
            wrong[name] = f"{name} has {_named(one)}; here it is {_named(mine)}. Install the same on all machines."
    return wrong


def _named(one: Mapping[str, str]) -> str:
    return f"prepkit {one.get('prepkit')} (state {str(one.get('program'))[:8]}) with Python {one.get('python')}"


def _is_private(address: str) -> bool:
    """Tell whether what goes to an address is read by nobody on the way.

    >>> _is_private("tcp://127.0.0.1:8786"), _is_private("tls://10.0.0.5:8786"), _is_private("tcp://10.0.0.5:8786")
    (True, True, False)
    """
    kind, _, rest = address.rpartition("://")
    if kind in SECRET:
        return True
    try:
        return ipaddress.ip_address(rest.rpartition(":")[0].strip("[]")).is_loopback
    except ValueError:
        return rest.rpartition(":")[0] == "localhost"
