"""What the children of a warm parent do in tests; imported by them, so it loads next to nothing by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection

from prepkit.errors import PrepkitError
from prepkit.forks import fork, is_warm


def tell(line: Connection, *words: object) -> None:
    """Send back what was given, and who one is."""
    line.send((words, os.getpid(), os.getpgrp(), sorted({"pandas", "papermill"} & set(sys.modules))))


def listen(line: Connection) -> None:
    """Say that one is there, and stay until the line is cut."""
    line.send(os.getpid())
    try:
        line.recv()
    except EOFError:
        return


def end_with(line: Connection, status: int) -> None:
    """End with a status."""
    sys.exit(status)


def fail(line: Connection) -> None:
    """Fail as a fault in a program does."""
    raise ZeroDivisionError


def start_others(line: Connection) -> None:
    """Start a process, and one that loses its parent, then stay."""
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    one = subprocess.Popen(sleep)
    shell = subprocess.Popen(["sh", "-c", "sleep 600 & echo $!"], stdout=subprocess.PIPE)
    assert shell.stdout
    line.send([one.pid, int(shell.stdout.readline())])
    time.sleep(600)


def draw(line: Connection) -> None:
    """Send numbers drawn by chance."""
    import random

    import numpy as np

    line.send((random.random(), float(np.random.rand())))


def who_could_fork(line: Connection) -> None:
    """Fork once more if that is safe, and try it again beside a thread."""
    warm_alone = is_warm()
    child = fork(tell, "from a grandchild")
    said, grandchild, group, _ = child.line.recv()
    child.wait(10)
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        fork(tell)
        refused = ""
    except PrepkitError as error:
        refused = str(error)
    line.send((warm_alone, said, grandchild != os.getpid(), group == os.getpgrp(), child.poll(), is_warm(), refused))
    stop.set()
    other.join()


def take_memory(line: Connection, limit: int, want: int) -> None:
    """Take so many million bytes under a limit."""
    from prepkit.kernels import limit_memory

    limit_memory(limit)
    try:
        line.send(len(bytearray(want * 1_000_000)))
    except MemoryError:
        line.send("MemoryError")


def judge_addresses(line: Connection, *texts: str) -> None:
    """Send back which texts are addresses on the internet."""
    from jsonschema import FormatChecker

    line.send([FormatChecker().conforms(text, "iri") for text in texts])
