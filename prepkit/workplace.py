"""Private folders for passing files, gone when the process that asked for them has ended, however it ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

__all__ = ["Workplace", "clear"]

KEEPER = "trap '' TERM INT HUP; while read -r line; do :; done; until rm -rf \"$0\"; do sleep 1; done"
"""What a shell does to remove a folder at the end of whoever holds the other end of its input."""

LONGEST = 80
"""Characters of a folder in which a kernel can have its sockets, whose names have at most 107."""


class Workplace:
    """A folder with others in it, one for each piece of work; made when the first is asked for. Only for POSIX."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._home: Path | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def folder(self) -> Path:
        """Return a new folder for its owner only.

        Raises:
            OSError: when there can be none.
        """
        with self._lock:  # a process may do several pieces of work at a time, each in a thread
            if self._home is None or not self._home.is_dir():
                self._home = Path(tempfile.mkdtemp(prefix="prepkit-"))
                self._keeper = subprocess.Popen(  # noqa: S603 - our own words
                    ["/bin/sh", "-c", KEEPER, str(self._home)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, start_new_session=True, env={"PATH": os.defpath},
                )  # fmt: skip
            return Path(tempfile.mkdtemp(prefix="", dir=self._home))

    def close(self) -> None:
        """Remove everything."""
        with self._lock:
            if self._keeper and self._keeper.stdin:
                self._keeper.stdin.close()
                self._keeper.wait()
            self._home = self._keeper = None


def clear(folder: Path) -> None:
    """Remove a folder in which a process that was just killed may still be making its last file."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
