"""Take the pictures of the README's walk-through from a real session; run it with the project's own Python.

Starts JupyterLab on loopback over a copy of the shipped example, goes through a session in Chromium, and writes the PNG
files beside this script.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from prepkit.notebooks import prepare, prepare_debrief, prepare_start
from prepkit.resources import template
from prepkit.search import Search, copy_search, read_search

HERE = Path(__file__).parent
NAME = "merrowdale-hospices-head-of-operations"
BUSY = """() => { const panel = window.jupyterapp.shell.currentWidget, session = panel && panel.sessionContext
  return session && session.isReady && session.session && session.session.kernel
    && session.session.kernel.status === 'idle'
    && panel.content.widgets.filter(cell => cell.model.type === 'code')
      .every(cell => %s && cell.model.executionState !== 'running') }"""


@contextmanager
def lab(search: Search, places: Path) -> Iterator[str]:
    """JupyterLab over a search, with settings of its own; yields its address."""
    (places / "config" / "labconfig").mkdir(parents=True)
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (places / "config" / "labconfig" / "page_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    names = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "runtime"}
    environment = os.environ | {f"JUPYTER_{name}": str(places / folder) for name, folder in names.items()}
    environment |= {f"JUPYTERLAB_{name.upper()}_DIR": str(places / name) for name in ("settings", "workspaces")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", f"--port={port}",
        "--IdentityProvider.token=t", f"--ServerApp.root_dir={search.path}", "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{address}/api/status?token=t", timeout=1)
                break
            except OSError:
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def open_notebook(page: Any, address: str, path: str) -> Any:
    """Open a notebook, run it, and return it; its code is folded away, as a coach would have it."""
    page.goto(f"{address}/lab/tree/{path}?token=t&reset", wait_until="domcontentloaded")
    page.wait_for_selector("#jupyterlab-splash", state="detached", timeout=90_000)
    page.locator(".jp-NotebookPanel:visible").wait_for()
    page.wait_for_function(BUSY % "true", timeout=90_000)
    for command in ("notebook:run-all-cells", "notebook:hide-all-cell-code", "application:toggle-left-area"):
        page.evaluate(f"() => {{ window.jupyterapp.commands.execute('{command}') }}")
    page.wait_for_function(BUSY % "cell.model.executionCount !== null", timeout=120_000)
    page.wait_for_timeout(1_500)
    return page.locator(".jp-NotebookPanel:visible")


def take(page: Any, piece: Any, name: str, height: int = 760) -> None:
    """Write a picture of the page from the top of a piece on."""
    piece.evaluate("item => item.scrollIntoView({ block: 'start' })")
    page.wait_for_timeout(800)
    page.screenshot(path=str(HERE / f"{name}.png"), clip={"x": 0, "y": 60, "width": 1200, "height": height})


def main() -> None:
    """Go through a session and take the pictures."""
    chrome = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with tempfile.TemporaryDirectory() as folder:
        search_folder = Path(folder) / "search"
        copy_search(template("example"), search_folder)
        search = read_search(search_folder)
        start = prepare_start(search.path).relative_to(search.path).as_posix()
        book = prepare(search, NAME).relative_to(search.path).as_posix()
        debrief = prepare_debrief(search, NAME).relative_to(search.path).as_posix()
        with lab(search, Path(folder) / "places") as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
            form = open_notebook(page, address, start)
            take(page, form.locator(".jp-Cell").first, "1-start")
            form = open_notebook(page, address, book)
            heading = form.locator("h2:visible, h1:visible")
            take(page, form.locator(".prepkit .top").first, "2-overview")
            take(page, heading.filter(has_text="The themes").first, "3-themes")
            take(page, form.locator(".prepkit-ratings").first, "4-ratings")
            asked = form.get_by_label("Question").first
            asked.fill("Tell me about a time you failed")
            asked.press("Enter")
            page.wait_for_timeout(1_500)
            take(page, heading.filter(has_text="From any question").first, "5-questions")
            take(page, heading.filter(has_text="What the interviewer says").first, "6-case")
            form = open_notebook(page, address, debrief)
            take(page, form.locator("h2:visible").nth(1), "7-debrief")
            browser.close()


if __name__ == "__main__":
    main()
