"""JupyterLab for a session: on this machine only, with every protection of its server, asking no site for anything.

Whatever the settings of the machine say, the server is looked at as it would be just before it starts. If a setting
opens it to other machines, other sites or other users, it does not start, and says which.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from prepkit.files import write_atomic
from prepkit.resources import template

__all__ = ["main", "openings", "options"]

LOCAL_NAMES = ("localhost", "localhost.localdomain", "")

NO_HISTORY = "c.HistoryManager.enabled = False\n"
"""IPython keeps every cell that was ever run in a file of the user otherwise, stories included."""


def options(folder: Path, first: str) -> list[str]:
    """Return the words of the command line for a session.

    Args:
        folder: What the session may see.
        first: The page it opens with, from `folder` on.
    """
    words = [
        f"--ServerApp.root_dir={folder.resolve()}",
        "--ServerApp.terminals_enabled=False",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        f"--LabApp.app_settings_dir={template('lab')}",
        f"--LabApp.workspaces_dir={folder.resolve() / '.jupyter' / 'workspaces'}",
        f"--LabApp.default_url=/lab/tree/{first}",
    ]
    return words + (["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])


def openings(server: Any) -> Iterator[str]:
    """Yield each setting that opens a server of Jupyter, as a sentence with what it is and what it should be.

    Args:
        server: A ``jupyter_server.serverapp.ServerApp`` with all its settings, not yet started.
    """
    if not server.sock and not _is_local(server.ip):
        yield f"ServerApp.ip is {server.ip!r}, so that other machines can reach it; it should be 'localhost'."
    if not server.identity_provider.auth_enabled:
        yield "There is neither a token nor a password, so that any program can read all files; leave the token be."
    if server.allow_origin:
        yield f"ServerApp.allow_origin is {server.allow_origin!r}, so that other sites can use it; it should be empty."
    if server.allow_origin_pat:
        yield f"ServerApp.allow_origin_pat is {server.allow_origin_pat!r}; it should be empty."
    if server.disable_check_xsrf:
        yield "ServerApp.disable_check_xsrf is True, so that a page of another site can act here; it should be False."
    if server.allow_remote_access:
        yield "ServerApp.allow_remote_access is True, so that names of other machines are let in; it should be False."
    if strange := [name for name in server.local_hostnames if name not in LOCAL_NAMES]:
        yield f"ServerApp.local_hostnames has {strange[0]!r}; it should have only 'localhost'."
    if server.trust_xheaders:
        yield "ServerApp.trust_xheaders is True, so that a request can lie about where it comes from."


def _is_local(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name in LOCAL_NAMES[:2]


def main(words: Sequence[str]) -> None:
    """Start the server, unless it would be open; ends with exit code 2 then.

    Args:
        words: The command line, see :func:`options`.
    """
    from jupyterlab.labapp import LabApp

    with tempfile.TemporaryDirectory(prefix="prepkit-ipython-") as private:
        write_atomic(Path(private) / "profile_default" / "ipython_config.py", NO_HISTORY)
        os.environ["IPYTHONDIR"] = private
        server = LabApp.initialize_server(argv=list(words))
        if found := list(openings(server)):
            lines = "".join(f"  - {opening}\n" for opening in found)
            where = "It comes from a file of settings (see “jupyter --paths”) or from the environment."
            sys.stderr.write(f"prepkit: the server is not started, because it would be open:\n{lines}{where}\n")
            sys.exit(2)
        server.start()


if __name__ == "__main__":
    main(sys.argv[1:])
