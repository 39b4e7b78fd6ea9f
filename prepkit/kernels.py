"""Kernels forked from a process that has imported everything already, and papermill's ordinary engine with them.

They are real kernels of ipykernel, each used for one notebook and with nothing of any other in it; what is saved is the
time of starting Python and importing. Where processes cannot be forked, or the kernel is not this Python, an ordinary
kernel is started, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from traitlets import Type

from prepkit.errors import RunError
from prepkit.forks import Child, can_fork, fork, is_warm
from prepkit.warm import shared_parent

__all__ = ["MEMORY_MEGABYTES", "OUTPUT_MEGABYTES", "WarmEngine", "limit_memory", "run_kernel"]

MEMORY_MEGABYTES = 2_000
"""How much memory a notebook may take besides Python and its libraries, in million bytes; a report takes about 50."""

OUTPUT_MEGABYTES = 20
"""How much all outputs of a notebook may hold, in million characters; a report has half a million."""

POLL_SECONDS = 0.005
"""How often is looked whether a kernel that was asked to end has done so."""

LAUNCHER = "ipykernel_launcher"

logger = logging.getLogger("papermill")


class WarmEngine(NBClientEngine):
    """Papermill's ordinary engine with warm kernels, limits, and an honest record of a notebook that was cut short."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        start_timeout: int = 60,
        execution_timeout: float | None = None,
        memory_megabytes: int = MEMORY_MEGABYTES,
        output_megabytes: int = OUTPUT_MEGABYTES,
        **options: Any,
    ) -> None:
        """Execute the notebook that `nb_man` manages.

        Args:
            nb_man: Papermill's manager of the notebook; outputs go into its ``nb``.
            kernel_name: Name of the kernel, as Jupyter knows it.
            start_timeout: Seconds that the kernel may take to start.
            execution_timeout: Seconds that one cell may take; no limit when None.
            memory_megabytes: Memory that the notebook may take, in million bytes; only where kernels are forked.
            output_megabytes: Characters that all outputs together may have, in millions.
            options: What papermill and nbclient take besides.

        Raises:
            RunError: when a cell took too long, the kernel died, or a limit was reached; the notebook then says which
                cell failed and which were never run.
        """
        for name in ("input_path", "timeout", "startup_timeout"):
            options.pop(name, None)
        client = _Client(
            nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, timeout=execution_timeout,
            log=logger, kernel_manager_class=_Manager, **options,
        )  # fmt: skip
        client.most_characters = output_megabytes * 1_000_000
        child = None
        try:
            child = _forked(memory_megabytes)
            client.create_kernel_manager()
            if child:
                client.km.provisioner = _ForkedProvisioner.of(client.km, child)
            client.execute()
        except BaseException as error:  # Ctrl-C as well: papermill would call completed what was never run
            heading = client.stopped()
            if reason := client.why(error):
                raise RunError(heading, reason) from error
            raise
        finally:
            if child:
                child.kill()
                child.close()


def _forked(memory_megabytes: int) -> Child | None:
    """Return a process that waits to be told which kernel to be, or None when there can be none."""
    if not can_fork():
        _say_once("Processes cannot be forked here: ordinary kernels are started, slower, with no limit of memory.")
        return None
    if is_warm():  # before the client has started any thread
        return fork(run_kernel, memory_megabytes)
    return shared_parent().fork("prepkit.kernels:run_kernel", memory_megabytes)


@cache
def _say_once(said: str) -> None:
    logger.warning(said)


def limit_memory(megabytes: int) -> None:
    """Let this process, and what it starts, take so many million bytes on top of what it has now; else MemoryError."""
    import resource

    with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
        now = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))
    resource.setrlimit(resource.RLIMIT_DATA, (now + megabytes * 1_000_000,) * 2)


def run_kernel(line: Connection, memory_megabytes: int) -> None:
    """Be a kernel of ipykernel, once the line says how it is to be called.

    Args:
        line: Brings the words of the command line after the launcher, the folder and the environment.
        memory_megabytes: Memory that it may take, in million bytes.
    """
    from ipykernel.kernelapp import IPKernelApp

    try:
        words, folder, environment = line.recv()
    except EOFError:  # nobody needs it any more
        return
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [LAUNCHER, *words]
    limit_memory(memory_megabytes)
    kernel = IPKernelApp.instance()
    kernel.initialize(words)
    _tell_libraries(environment)
    line.send("listening")
    kernel.start()


def _tell_libraries(environment: Mapping[str, str]) -> None:
    """Tell libraries what they ask for when they are imported, which was before there was a kernel."""
    if (matplotlib := sys.modules.get("matplotlib")) and "MPLBACKEND" not in environment:
        matplotlib.rcParams["backend"] = "module://matplotlib_inline.backend_inline"
    if pandas := sys.modules.get("pandas"):
        pandas.set_option("display.max_columns", 20)  # 0, as wide as the terminal, where there is no kernel
    if ipywidgets := sys.modules.get("ipywidgets"):
        ipywidgets.register_comm_target()


class _ForkedProvisioner(LocalProvisioner):
    """Lets a forked process be the kernel instead of starting one."""

    child: Child

    @classmethod
    def of(cls, manager: AsyncKernelManager, child: Child) -> _ForkedProvisioner:
        """Return one for a kernel manager that has no kernel yet."""
        provisioner = cls(kernel_spec=manager.kernel_spec, parent=manager)
        provisioner.child = child
        return provisioner

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Tell the forked process to be the kernel, if it is this Python's; otherwise start an ordinary one."""
        if LAUNCHER not in cmd or Path(cmd[0]) != Path(sys.executable):
            logger.warning("The kernel %s is not this Python: an ordinary one is started.", cmd[0])
            return await super().launch_kernel(cmd, **kwargs)
        words = cmd[cmd.index(LAUNCHER) + 1 :]
        folder = kwargs.get("cwd") or str(Path.cwd())  # the warm parent was started in another, perhaps
        self.child.line.send((words, folder, dict(kwargs["env"])))
        self.process, self.pid, self.pgid = self.child, self.child.pid, None  # type: ignore[assignment]
        self.cwd = folder
        while not self.child.line.poll():  # who connects too early tries again 0.1 s later
            await asyncio.sleep(POLL_SECONDS)
        return self.connection_info


class _KernelClient(AsyncKernelClient):
    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels, as the base does, but without its last pause of 0.2 s.

        What it waits for then are messages that answer no cell, and those are passed over anyhow.
        """
        end = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < end:
            self.kernel_info()
            with suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply":
                    await self.iopub_channel.get_msg(timeout=0.2)  # nothing yet: outputs would be lost
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
        raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")


class _Manager(AsyncKernelManager):
    client_factory = Type(klass=_KernelClient)

    async def _async_wait(self, pollinterval: float = POLL_SECONDS) -> None:
        await super()._async_wait(POLL_SECONDS)


class _Client(PapermillNotebookClient):
    """Papermill's client that counts outputs and knows where it was stopped."""

    most_characters = 0
    characters = 0
    index: int | None = None

    def execute_cell(self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any) -> NotebookNode:
        self.index = cell_index
        executed: NotebookNode = super().execute_cell(cell, cell_index, *args, **kwargs)
        return executed

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        content = msg["content"]
        said = (content.get("text", ""), content.get("evalue", ""), *content.get("traceback", ()))
        self.characters += sum(map(len, said)) + sum(len(str(value)) for value in content.get("data", {}).values())
        if self.characters > self.most_characters:
            if self.km and self.km.provisioner and self.km.provisioner.process:
                self.km.provisioner.process.kill()
            return None
        output: NotebookNode | None = super().process_message(msg, cell, cell_index)
        return output

    def why(self, error: BaseException) -> str:
        """Return why the notebook was stopped, as a sentence; empty where the error is somebody else's."""
        if isinstance(error, CellTimeoutError | DeadKernelError) and self.characters > self.most_characters:
            most = self.most_characters / 1_000_000
            return f"The outputs have more than {most:g} million characters; the workbook was stopped."
        if isinstance(error, CellTimeoutError):
            return f"A cell took more than {self.timeout:g} seconds and was stopped."
        if isinstance(error, DeadKernelError):
            return "The kernel died, perhaps for lack of memory."
        if isinstance(error, RuntimeError) and self.index is None:
            return f"The kernel did not start: {error}."
        return ""

    def stopped(self) -> str:
        """Mark the cell that was running as failed, which papermill would call completed; return its heading."""
        index = self.index or 0
        for cell in self.nb.cells[index : index + 1]:
            self.nb_man.cell_exception(cell, cell_index=index)
        before = reversed(self.nb.cells[:index])
        headings = (one.source.split("\n")[0] for one in before if one.cell_type == "markdown")
        return next((line.removeprefix("## ") for line in headings if line.startswith("## ")), "")
