"""Who makes the reports: the workers of a Dask scheduler that is running, on as many machines as it has.

Each application travels as a :class:`prepkit.parcel.Parcel`, and its files come back as bytes; only the runner writes
them, so an application that Dask has made twice is published once. Nothing here listens or starts a scheduler, and
stories go to the scheduler that was named and to its workers, nowhere else.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from prepkit.errors import PrepkitError
from prepkit.parcel import Parcel, difference, make_there, packed, who
from prepkit.tasks import Made, Task
from prepkit.terminal import say

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["ClusterWorkers", "make_on_worker"]

CONNECT_SECONDS = 6
"""How long a scheduler may take to answer, and then its first worker to come."""

ASK_SECONDS = 1.0
"""How often is looked which workers there are."""

GONE_SECONDS = 60
"""How long is waited for a worker when all have gone; one that is started anew takes some seconds."""

FETCH_SECONDS = 60
"""How long the files of one report may be under way; they have a million bytes."""

SECRET = ("tls", "wss", "gateway", "inproc")
"""Kinds of addresses over which nobody on the way can read."""


class ClusterWorkers:
    """Workers of a Dask scheduler; see :class:`prepkit.workers.Workers`.

    A worker that joins later with another prepkit returns what it gets; it is told of on the terminal, and passed over.

    Args:
        address: Where the scheduler is, such as ``tls://10.0.0.5:8786``, or a cluster as ``distributed.Client`` takes
            it. Certificates and all else come from Dask's own settings.

    Raises:
        PrepkitError: when Dask is not installed, nobody answers within some seconds, there is no worker, or the
            scheduler or a worker has another prepkit or Python than this machine. Nothing is sent then.
    """

    def __init__(self, address: Any) -> None:
        self._client, self._mine = _connected(address), who()
        scheduler: Any = self._client.scheduler
        self.address = str(scheduler.address)
        self._sent: dict[Future[Any], tuple[Task, frozenset[str]]] = {}
        self._done: list[tuple[Task, Made | str]] = []
        self._strangers: set[str] = set()
        self._known: Mapping[str, int] = {}
        self._asked, self._seen = 0.0, time.monotonic()
        try:
            self._meet()
        except BaseException:
            self.close()
            raise

    def _meet(self) -> None:
        """See that there is a worker and that all are like this machine, and say who may read what is sent."""
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        if not self._workers():
            raise PrepkitError(
                f"The scheduler at {self.address} has no worker, and none has come within {CONNECT_SECONDS} seconds. "
                f"Start some: dask worker {self.address}"
            )
        if wrong := self._wrong_scheduler() + list(self._wrong_workers().values()):
            more = [f"So have {len(wrong) - 5} more."] if len(wrong) > 5 else []
            raise PrepkitError("\n".join([*wrong[:5], *more, "Install the same on all machines. Nothing was sent."]))
        if readable := [address for address in (self.address, *self._workers()) if not _is_private(address)]:
            say(
                f"prepkit: stories travel to {readable[0]} without encryption. They are encrypted when Dask has "
                "certificates (distributed.comm.tls in its settings) and the address begins with tls://.",
                err=True,
            )

    def _wrong_scheduler(self) -> list[str]:
        theirs: Any
        try:  # it needs no fork, but unpacks the envelope of what passes
            theirs = {**self._client.run_on_scheduler(who), "forks": ""}
        except Exception as error:  # whatever went wrong there
            theirs = error
        said = difference(theirs, self._mine)
        return [f"The scheduler at {self.address} {said}"] if said else []

    def _wrong_workers(self) -> dict[str, str]:
        """Ask all workers who they are, and return a sentence on each that cannot be used, by its address."""
        answers = self._client.run(who, on_error="return")
        said = {address: difference(theirs, self._mine) for address, theirs in answers.items()}
        return {address: f"The worker at {address} {wrong}" for address, wrong in said.items() if wrong}

    def _workers(self) -> Mapping[str, int]:
        """Return the addresses of workers that can be used and the number of their threads, as of a second ago."""
        if not self._known or time.monotonic() > self._asked + ASK_SECONDS:
            try:
                known = self._client.nthreads()
            except (OSError, CancelledError) as error:
                raise self._gone() from error
            self._known = {address: threads for address, threads in known.items() if address not in self._strangers}
            self._asked = time.monotonic()
        return self._known

    @property
    def room(self) -> int:
        """How many more tasks can be started: there are two for each thread, so that none waits for its next."""
        return max(2 * sum(self._workers().values()), 1) - len(self._sent) - len(self._done)

    def start(self, task: Task) -> None:
        """Send a task to the scheduler; one whose files cannot be read is finished at once."""
        import dask

        try:
            parcel = packed(task)
        except PrepkitError as error:
            self._done.append((task, str(error)))
            return
        only = frozenset(self._workers() if self._strangers else ())
        key = f"prepkit-{token_hex(16)}"  # who sees the pages of Dask learns no names
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
            future = self._client.submit(
                make_on_worker, parcel, self._mine, key, key=key, pure=False, workers=sorted(only) or None
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
            with self._client.as_current(), suppress(TimeoutError, CancelledError):
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
        """Fetch what was made; an empty text has the runner begin a task again."""
        from distributed import KilledWorker

        made: Made | str | None
        try:
            made = future.result(timeout=FETCH_SECONDS)
        except TimeoutError:  # whoever had it is gone, and Dask has it made again
            return
        except KilledWorker:
            made = "The workers that made it died, one after the other, and Dask gave up."
        except Exception as error:
            if self._client.status != "running" or isinstance(error, CancelledError):
                raise self._gone() from error
            newcomer = isinstance(error, ImportError | AttributeError | TypeError)
            made = None if newcomer else f"The worker failed: {type(error).__name__}: {str(error)[:200]}"
        task, _ = self._sent.pop(future)
        if made is None:
            self._pass_over()
        self._done.append((task, made or ""))

    def _pass_over(self) -> None:
        """Find the worker that is not like this machine, say so, and send it nothing more."""
        for address, sentence in self._wrong_workers().items():
            if address not in self._strangers:
                self._strangers.add(address)
                say(f"prepkit: {sentence} It is passed over.", err=True)
        self._known = {}

    def _gone(self) -> PrepkitError:
        return PrepkitError(
            f"The scheduler at {self.address} is gone, or has dropped what it was given. What was made is kept; "
            "run the same command again, with a scheduler or without."
        )

    def close(self) -> None:
        """Leave the scheduler, which then gives up what is not finished."""
        self._sent.clear()
        with suppress(Exception):  # it may be gone
            self._client.close(timeout=ASK_SECONDS)


def make_on_worker(parcel: Parcel, mine: Mapping[str, str], key: str) -> Made | str | None:
    """Do as :func:`prepkit.parcel.make_there`, as a task of Dask with the name `key`."""
    from distributed import get_worker

    tasks = get_worker().state.tasks

    def wanted() -> bool:  # Dask itself cannot stop a task that runs
        task = tasks.get(key)
        return task is not None and task.state != "cancelled"

    return make_there(parcel, mine, wanted)


def _connected(address: Any) -> Client:
    try:
        import distributed
    except ImportError as error:
        raise PrepkitError(
            "Other machines make reports by means of Dask, which is not installed here: pip install distributed"
        ) from error
    try:
        if isinstance(address, str):  # a client would ask for ever where somebody else answers
            with ThreadPoolExecutor(1) as thread:
                kind = thread.submit(asyncio.run, _kind(address)).result()
            if kind != "Scheduler":
                raise ValueError(f"it is a {kind.lower()} of Dask")
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what is lost is said here, in one line
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="prepkit")
    except Exception as error:  # anything may answer anything
        reason = "whoever answers is none, or wants other certificates"
        if isinstance(error, TimeoutError):
            reason = f"no answer in {CONNECT_SECONDS} seconds"
        elif isinstance(error, ValueError | TypeError | RuntimeError):
            reason = str(error).split("\n")[0]
        raise PrepkitError(
            f"There is no Dask scheduler to be reached at {address}: {reason}. See that one runs there, at an address "
            "such as tcp://127.0.0.1:8786, or leave --scheduler out to make the reports on this machine."
        ) from error


async def _kind(address: str) -> str:
    """Ask whoever is at an address of Dask what it is."""
    from distributed import Security
    from distributed.core import rpc

    async with asyncio.timeout(CONNECT_SECONDS):
        secrets = Security().get_connection_args("client")
        async with rpc(address, timeout=CONNECT_SECONDS, connection_args=secrets) as there:
            return str((await there.identity())["type"])


def _is_private(address: str) -> bool:
    """Tell whether what goes to an address is read by nobody on the way.

    >>> _is_private("tcp://127.0.0.1:8786"), _is_private("tls://10.0.0.5:8786"), _is_private("tcp://10.0.0.5:8786")
    (True, True, False)
    """
    kind, _, rest = address.rpartition("://")
    host = rest.rpartition(":")[0].strip("[]")
    try:
        return kind in SECRET or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
