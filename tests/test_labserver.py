"""The server of a session: on this machine only, with every protection, or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import websocket
from conftest import write_search

from prepkit.labserver import options

CANARY = "Tidewrack Canary"


def start(folder: Path, home: Path, settings: dict[str, Any], *before: str) -> subprocess.Popen[str]:
    """Start a session as a user does whose machine has some settings of Jupyter."""
    (home / "config").mkdir(parents=True, exist_ok=True)
    quiet = {"ServerApp": {"open_browser": False, **settings.pop("ServerApp", {})}, **settings}
    (home / "config" / "jupyter_server_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    environment = os.environ | {
        "HOME": str(home), "IPYTHONDIR": str(home / ".ipython"), "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"), "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }  # fmt: skip
    environment.pop("JUPYTER_TOKEN", None)
    words = [*before, sys.executable, "-m", "prepkit", "lab", str(folder)]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def told(home: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    """Wait for a server, and return what it has told other programs of its user about itself."""
    for _ in range(480):
        for path in home.glob("runtime/jpserver-*.json"):
            try:
                found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                urllib.request.urlopen(f"{found['url']}api/status?token={found['token']}", timeout=2)
                return found
            except (OSError, ValueError):
                continue
        assert process.poll() is None, process.communicate()
        time.sleep(0.25)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A session of ``prepkit lab`` as it is."""
    base = tmp_path_factory.mktemp("lab")
    search, home = write_search(base / "search"), base / "home"
    process = start(search.path, home, {})
    about = told(home, process)
    yield SimpleNamespace(
        home=home, search=search, process=process, url=about["url"], token=about["token"], about=about
    )
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()


def ask(server: SimpleNamespace, path: str, method: str = "GET", token: bool = True, **headers: str) -> tuple[int, str]:
    """Return status and body of an answer."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        headers["Authorization"] = f"token {server.token}"
    data = b"{}" if method == "POST" else None
    request = urllib.request.Request(server.url + path, data, headers, method=method)
    try:
        with urllib.request.build_opener(_Stay()).open(request, timeout=20) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, ""


def logged_in(server: SimpleNamespace) -> str:
    """Return the cookies of a browser in which the page is open."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.open(f"{server.url}lab?token={server.token}", timeout=20).read()
    return "; ".join(f"{one.name}={one.value}" for one in jar)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def test_it_listens_on_this_machine_only(server: SimpleNamespace) -> None:
    """No address but loopback, on any of its ports."""
    family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
    listening = [
        one.laddr.ip for process in family for one in process.net_connections("inet") if one.status == "LISTEN"
    ]
    assert listening
    assert set(listening) <= {"127.0.0.1", "::1"}


def test_whoever_has_no_token_gets_nothing(server: SimpleNamespace) -> None:
    """No page, no file, no kernel."""
    for path in ("api/contents", "api/kernels", "files/stories.csv", "api/contents/stories.csv"):
        for given in ({}, {"Authorization": "token wrong"}):
            status, body = ask(server, path, token=False, **given)
            assert status in (302, 403)  # 302 leads to the page that asks for the token
            assert body == ""
    assert ask(server, "lab", token=False)[0] == 302
    assert ask(server, "api/contents")[0] == 200
    assert len(server.token) >= 40


def test_the_token_is_not_in_the_list_of_processes(server: SimpleNamespace) -> None:
    """Every user of a machine can read that."""
    assert server.token not in " ".join(psutil.Process(server.process.pid).cmdline())
    assert (server.home / "runtime").stat().st_mode & 0o077 == 0


def test_another_name_for_this_machine_is_refused(server: SimpleNamespace) -> None:
    """A page of another site could give its own name this address."""
    assert ask(server, "api/contents", Host="evil.example")[0] == 403


def test_a_page_of_another_site_can_start_nothing(server: SimpleNamespace) -> None:
    """With the cookie of a browser that is logged in, but without the word that only our own pages know."""
    cookie = logged_in(server)
    assert ask(server, "api/contents", token=False, Cookie=cookie)[0] == 200
    assert ask(server, "api/kernels", "POST", token=False, Cookie=cookie)[0] == 403
    assert ask(server, "api/contents", token=False, Cookie=cookie, Origin="https://evil.example")[0] in (403, 404)


def test_the_channel_of_a_kernel_is_closed_to_other_sites(server: SimpleNamespace) -> None:
    """No protection of the browser's own covers web sockets, so the server looks at where they come from."""
    status, body = ask(server, "api/kernels", "POST")
    assert status == 201
    channels = f"{server.url.replace('http', 'ws', 1)}api/kernels/{json.loads(body)['id']}/channels"
    cookie = logged_in(server)
    websocket.create_connection(channels, cookie=cookie, origin=server.url.rstrip("/"), timeout=20).close()
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        websocket.create_connection(channels, cookie=cookie, origin="https://evil.example", timeout=20)


def test_there_is_no_terminal(server: SimpleNamespace) -> None:
    """A session is for workbooks."""
    assert ask(server, "api/terminals", "POST")[0] in (403, 404, 405)


def test_paths_stay_inside_the_folder(server: SimpleNamespace) -> None:
    """However they are spelt."""
    (server.search.path.parent / "other.txt").write_text(CANARY, encoding="utf-8")
    for way in ("../other.txt", "..%2fother.txt", "%2e%2e/other.txt", "....//other.txt"):
        for place in ("files", "api/contents"):
            status, body = ask(server, f"{place}/{way}")
            assert status >= 400, way
            assert CANARY not in body


def test_files_that_hold_pages_are_shown_without_rights(server: SimpleNamespace) -> None:
    """A page of a posting that is opened in the browser is no page of the server."""
    (server.search.path / "page.html").write_text("<script>1</script>", encoding="utf-8")
    request = urllib.request.Request(f"{server.url}files/page.html?token={server.token}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_cells_that_are_run_are_kept_in_no_history(server: SimpleNamespace) -> None:
    """Neither in the user's own folder of IPython nor anywhere else in the home."""
    from jupyter_client.blocking.client import BlockingKernelClient

    kernel = json.loads(ask(server, "api/kernels", "POST")[1])["id"]
    client = BlockingKernelClient(connection_file=str(server.home / "runtime" / f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    reply = client.execute_interactive(f"'{CANARY} cell'; get_ipython().history_manager.enabled", timeout=60)
    assert reply["content"]["status"] == "ok"
    client.stop_channels()
    ask(server, f"api/kernels/{kernel}", "DELETE")
    kept = [
        path for path in server.home.rglob("*") if path.is_file() and f"{CANARY} cell".encode() in path.read_bytes()
    ]
    assert kept == []


OPEN = {
    "ip": {"ServerApp": {"ip": "0.0.0.0"}},
    "token": {"IdentityProvider": {"token": ""}},
    "allow_origin": {"ServerApp": {"allow_origin": "*"}},
    "allow_origin_pat": {"ServerApp": {"allow_origin_pat": ".*"}},
    "disable_check_xsrf": {"ServerApp": {"disable_check_xsrf": True}},
    "allow_remote_access": {"ServerApp": {"allow_remote_access": True}},
    "local_hostnames": {"ServerApp": {"local_hostnames": ["localhost", "evil.example"]}},
    "trust_xheaders": {"ServerApp": {"trust_xheaders": True}},
}
"""Settings of a machine, by the word that the refusal has to have in it."""


@pytest.mark.parametrize("word", OPEN)
def test_it_does_not_start_with_a_setting_that_opens_it(word: str, tmp_path: Path) -> None:
    """It says which, and where it comes from; exit code 2."""
    search = write_search(tmp_path / "search", {})
    process = start(search.path, tmp_path / "home", dict(OPEN[word]))
    try:
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 2, said
    assert word in said
    assert "Traceback" not in said
    assert "settings" in said


def test_lab_is_asked_to_ask_nobody(tmp_path: Path) -> None:
    """No news, no updates, no extensions to be fetched, no state outside of the folder."""
    words = options(tmp_path, "start.ipynb")
    assert "--LabApp.news_url=None" in words
    assert "--LabApp.extension_manager=readonly" in words
    assert f"--LabApp.workspaces_dir={tmp_path.resolve()}/.jupyter/workspaces" in words
