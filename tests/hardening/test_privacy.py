"""What is one candidate's stays with that candidate, and what is sent out says nothing of the machine."""

from __future__ import annotations

import getpass
import io
import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from click.testing import CliRunner
from conftest import PLAN, POSTING, STORY, write_search
from jupyter_client.blocking.client import BlockingKernelClient
from test_labserver import ask, start, told

from prepkit.cli import main

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("privacy")]  # all candidates are made once

CANDIDATES = 50
PACKED = 3
"""How many of them get a pack, which takes a second each."""

SIGN = re.compile(rb"canary([0-9]{2})q")


def sign(number: int) -> str:
    """Return the word that belongs to one candidate only."""
    return f"canary{number:02}q"


def run(*words: Any) -> str:
    """Run a command; it must not fail."""
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == 0, f"{words}: {result.output}"
    return result.output


def signs(path: Path) -> set[int]:
    """Whose words stand in a file, also when it is an archive or a printed page."""
    data = path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data += b"".join(archive.read(name) for name in archive.namelist())
    if data.startswith(b"%PDF"):
        import pypdf

        data += "".join(page.extract_text() for page in pypdf.PdfReader(path).pages).encode()
    return {int(found) for found in SIGN.findall(data)}


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """Fifty candidates, each with a word of their own in every file, and every command run over them."""
    home = tmp_path_factory.mktemp("home-of-somebody")
    folder = home / "secret-clients"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("USER", "user-of-somebody")
        for number in range(CANDIDATES):
            word = sign(number)
            plan = PLAN | {"themes": [{**theme, "claim": f"{theme['claim']} {word}"} for theme in PLAN["themes"]]}
            posting = POSTING.replace("Tidewrack", f"Tidewrack {word}")
            story = STORY | {"title": f"{STORY['title']} {word}"}
            write_search(
                folder / f"client{number:02}", {"harbour": {"posting": posting, "plan": plan}}, [story], f"Ada {word}"
            )
        said = {"report": run("report", folder), "status": run("status", folder)}
        for number in range(PACKED):
            one = folder / f"client{number:02}"
            run("pack", one)
            said[f"ask {number}"] = run("ask", one, "harbour", "Tell me about a conflict")
            said[f"check {number}"] = CliRunner().invoke(main, ["check", str(one)]).output
        run("portfolio", folder)
        yield SimpleNamespace(folder=folder, home=home, said=said)


def test_no_file_of_a_candidate_has_a_word_of_another(clients: SimpleNamespace) -> None:
    """Reports, executed workbooks, matrices, records, packs: whatever lies in the folder of one."""
    for number in range(CANDIDATES):
        files = [path for path in (clients.folder / f"client{number:02}").rglob("*") if path.is_file()]
        assert len(files) > 10
        strangers = {path.name: signs(path) - {number} for path in files}
        assert {name: found for name, found in strangers.items() if found} == {}
        assert number in signs(clients.folder / f"client{number:02}" / "reports" / "harbour" / "report.html")


def test_what_is_said_of_one_candidate_names_no_other(clients: SimpleNamespace) -> None:
    """On the terminal, too."""
    for number in range(PACKED):
        for command in ("ask", "check"):
            found = {int(word) for word in SIGN.findall(clients.said[f"{command} {number}"].encode())}
            assert found <= {number}


def test_only_the_page_over_all_candidates_has_all(clients: SimpleNamespace) -> None:
    """It is the coach's own, lies beside the candidates' folders, and is nowhere else."""
    assert len(signs(clients.folder / "reports" / "portfolio.html")) > 1
    outside = [path for path in clients.home.rglob("*") if path.is_file() and clients.folder not in path.parents]
    assert {path.name for path in outside if signs(path)} == set()


def test_nothing_that_is_sent_out_tells_of_the_machine(clients: SimpleNamespace) -> None:
    """No path of the home, no name of user or host, no folder of the candidate's, no temporary folder."""
    words = {str(clients.home), "secret-clients", "home-of-somebody", "user-of-somebody", "/tmp/prepkit-"}
    if len(host := socket.gethostname()) > 3:
        words.add(host)
    if getpass.getuser() != "root":  # the word stands in many a page
        words.add(getpass.getuser())
    for folder in [clients.folder / f"client{number:02}" for number in range(PACKED)]:
        for path in [*folder.glob("reports/**/*"), *folder.glob("packs/**/*")]:
            if path.is_file():
                data = path.read_bytes()
                if zipfile.is_zipfile(path):
                    with zipfile.ZipFile(path) as archive:
                        data += b"".join(archive.read(name) for name in archive.namelist())
                assert [word for word in words if word.encode() in data] == [], path


def test_what_prepkit_writes_is_for_its_owner_only(clients: SimpleNamespace, tmp_path: Path) -> None:
    """Files 0600, folders 0700, from the first file of a new search on."""
    run("new", tmp_path / "new")
    (tmp_path / "ad.txt").write_text(POSTING, encoding="utf-8")
    run("add", tmp_path / "new", tmp_path / "ad.txt")
    made = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    for number in range(PACKED):
        folder = clients.folder / f"client{number:02}"
        made += [path for place in ("reports", "packs") for path in [folder / place, *(folder / place).rglob("*")]]
    made += [clients.folder / "reports", *(clients.folder / "reports").rglob("*")]
    assert len(made) > 30
    modes = {path: stat.S_IMODE(path.lstat().st_mode) for path in made}
    assert {path: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


def test_parameters_of_an_application_are_in_no_list_of_processes(clients: SimpleNamespace) -> None:
    """Every user of a machine can read the command lines of all processes; they are looked at during a run."""
    words = [sys.executable, "-m", "prepkit", "report", str(clients.folder / "client00"), "--force"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = set[bytes]()
    while process.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                seen.add(path.read_bytes())
            except OSError:
                continue
        time.sleep(0.05)
    assert any(b"prepkit.warm" in line for line in seen)
    assert [line for line in seen if sign(0).encode() in line or b"posting.txt" in line] == []


CONNECT = re.compile(r"(?:connect|sendto|sendmsg)\(.*?sa_family=(AF_\w+)(.*)")


def strangers(log: Path) -> list[str]:
    """Addresses in the record of a tracer that are not on this machine."""
    found = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        match = CONNECT.search(line)
        if match and match[1] in ("AF_INET", "AF_INET6") and not re.search(r'"(127\.|::1)', match[2]):
            found.append(line)
    return found


TRACE = ("-f", "-qq", "-e", "trace=connect,sendto,sendmsg", "-o")


def test_the_tracer_finds_a_connection(strace: str, tmp_path: Path) -> None:
    """The tests below can fail."""
    ask = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    subprocess.run([strace, *TRACE, str(tmp_path / "log"), sys.executable, "-c", ask], check=False)
    assert len(strangers(tmp_path / "log")) == 1


def test_no_command_connects_to_another_machine(strace: str, tmp_path: Path) -> None:
    """Reports, pack and portfolio, with all processes that they start."""
    search = write_search(tmp_path / "search", {"harbour": {"plan": PLAN}})
    prepkit = [sys.executable, "-m", "prepkit"]
    for number, words in enumerate((["report"], ["pack"], ["portfolio"])):
        log = tmp_path / f"log{number}"
        done = subprocess.run(
            [strace, *TRACE, str(log), *prepkit, *words, str(search.path)], capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        assert strangers(log) == []
    assert (search.path / "reports" / "harbour" / "report.html").exists()
    assert (tmp_path / "log0").stat().st_size > 0


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can take the network away")
def test_reports_are_made_without_any_network(tmp_path: Path) -> None:
    """Not even this machine can be reached there."""
    search = write_search(tmp_path / "search", {"harbour": {"plan": PLAN}})
    alone = ["unshare", "--net", sys.executable, "-m", "prepkit", "report", str(search.path)]
    done = subprocess.run(alone, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (search.reports / "harbour" / "workbook.ipynb").exists()


def test_a_session_connects_to_this_machine_only(strace: str, tmp_path: Path) -> None:
    """The server and its kernel, also when the page asks for news, updates and extensions."""
    search, home, log = write_search(tmp_path / "search"), tmp_path / "home", tmp_path / "log"
    process = start(search.path, home, {}, strace, *TRACE, str(log))
    server = SimpleNamespace(**told(home, process))
    try:
        for path in ("lab", "lab/api/news", "lab/api/update", "lab/api/extensions", "api/contents"):
            ask(server, path)
        kernel = json.loads(ask(server, "api/kernels", "POST")[1])["id"]
        client = BlockingKernelClient(connection_file=str(home / "runtime" / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=120)
        client.execute_interactive("from prepkit.desk import Desk; Desk().overview", timeout=120)
        client.stop_channels()
    finally:
        for child in psutil.Process(process.pid).children():
            child.terminate()
        process.communicate(timeout=60)
    assert log.stat().st_size > 0
    assert strangers(log) == []
