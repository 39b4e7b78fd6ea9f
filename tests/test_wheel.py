"""The wheel holds what it should and works in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the tracked files, with a private checkpoint lying about."""
    source = tmp_path_factory.mktemp("source")
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in tracked.stdout.decode().splitlines():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    checkpoint = source / "workbooks" / ".ipynb_checkpoints" / "application-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text("a private story")
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--outdir", str(target), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    return next(target.glob("*.whl"))


def test_the_wheel_holds_every_module_workbook_and_template_and_nothing_else(wheel: Path) -> None:
    """Members are the tracked files of the package, workbooks/ and templates/, and the metadata."""
    members = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "prepkit", "workbooks", "templates"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    tracked = [name for name in listed.stdout.decode().splitlines() if (ROOT / name).is_file()]
    expected = {name if name.startswith("prepkit/") else f"prepkit/_resources/{name}" for name in tracked}
    assert members == expected
    assert not [name for name in members if "checkpoint" in name]


def test_a_user_with_only_the_wheel_gets_the_reports_of_the_example(wheel: Path, tmp_path: Path) -> None:
    """Installed with its dependencies in a fresh environment, far from the checkout, `prepkit demo` works."""
    home = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / "bin" / "python"
    outside = {**os.environ, "PYTHONPATH": ""}
    subprocess.run([python, "-m", "pip", "install", "-q", "-U", "pip"], check=True, env=outside)
    subprocess.run([python, "-m", "pip", "install", "-q", str(wheel)], check=True, env=outside)
    done = subprocess.run(
        [home / "bin" / "prepkit", "demo", "search"], cwd=tmp_path, env=outside, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "search" / "reports").glob("*/report.html"))) == 3
    where = subprocess.run(
        [python, "-c", "import prepkit; print(prepkit.__file__)"], cwd=tmp_path, env=outside, capture_output=True
    )
    assert str(ROOT) not in where.stdout.decode()
    check = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True, env=outside)
    assert check.returncode == 0, check.stdout
