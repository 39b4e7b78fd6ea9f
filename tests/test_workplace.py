"""Passing files go when their process has ended, whether it has taken leave or not."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from prepkit.workplace import Workplace, clear

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="folders are kept by a shell")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of this machine for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_each_piece_of_work_has_a_folder_for_its_owner_only(home: Path) -> None:
    """All in one, which goes with all in it."""
    place = Workplace()
    one, other = place.folder(), place.folder()
    assert one != other
    assert one.parent == other.parent
    assert one.parent.parent == home
    assert stat.S_IMODE(one.stat().st_mode) == stat.S_IMODE(one.parent.stat().st_mode) == 0o700
    (one / "story").write_text("mine", encoding="utf-8")
    place.close()
    assert list(home.iterdir()) == []


def test_nothing_is_made_where_nothing_is_asked_for(home: Path) -> None:
    """A run that finds all reports fresh leaves the machine alone."""
    Workplace().close()
    assert list(home.iterdir()) == []


def test_a_folder_that_somebody_has_removed_is_made_again(home: Path) -> None:
    """Machines sweep their temporary files now and then."""
    place = Workplace()
    clear(place.folder().parent)
    assert place.folder().is_dir()
    place.close()
    assert list(home.iterdir()) == []


DIES = """
import os, signal
from prepkit.workplace import Workplace
folder = Workplace().folder()
(folder / "story").write_text("mine")
print(folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_folder_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    """Somebody who cannot be killed with it removes it."""
    done = subprocess.run(
        [sys.executable, "-c", DIES], capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    assert done.stdout.startswith(f"{tmp_path}/prepkit-")
    end = time.monotonic() + 20
    while list(tmp_path.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.05)
