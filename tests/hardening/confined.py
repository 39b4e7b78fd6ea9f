"""A process with little memory, which forks one for each command and tells what that one took.

Forking saves each command the imports; the limit holds for all of them, and for the readers that they start.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEMORY = 1_000_000_000
"""Most bytes of addresses that a command may have."""

PATIENCE, WORK = 300, 20
"""Seconds after which a command is taken to hang, and seconds of work after which it is ended."""


@dataclass(frozen=True)
class Took:
    """What a command said, and what it took: processor time, its readers included, and memory at most."""

    code: int
    said: str
    seconds: float
    megabytes: float


class Confined:
    """Runs commands of prepkit with little memory."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process, self._said = process, folder / "said.txt"

    def run(self, *words: object) -> Took:
        """Run one command and wait for it."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps([str(self._said), *map(str, words)]), file=self._process.stdin, flush=True)
        code, seconds, megabytes = json.loads(self._process.stdout.readline())
        return Took(code, self._said.read_text(encoding="utf-8"), seconds, megabytes)


@contextmanager
def confined(folder: Path) -> Iterator[Confined]:
    """Start the process; what commands say passes through a file in `folder`."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # else numpy alone takes the address space
    with subprocess.Popen(
        [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield Confined(process, folder)
        assert process.stdin
        process.stdin.close()


def _serve() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import openpyxl  # noqa: F401 - what commands would import, each for itself

    import prepkit.application
    import prepkit.console
    import prepkit.spreadsheet  # noqa: F401
    from prepkit.webpage import html_lines, parse_html

    html_lines(parse_html("<p>warm</p>"))
    for line in sys.stdin:
        said, *words = json.loads(line)
        pid = os.fork()
        if not pid:
            _obey(said, words)
        _, status, used = os.wait4(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]), flush=True)


def _obey(said: str, words: Sequence[str]) -> None:
    from prepkit.cli import main

    signal.alarm(PATIENCE)
    resource.setrlimit(resource.RLIMIT_CPU, (WORK, WORK))
    place = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(place, 1)
    os.dup2(place, 2)
    code = 99
    try:
        main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
