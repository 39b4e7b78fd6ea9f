"""The engine that ``papermill --engine prepkit`` finds; see :mod:`prepkit.kernels` for what it does.

Papermill loads the engines of all installed packages whenever it is imported, so this module imports next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["PrepkitEngine"]


class PrepkitEngine:
    """Runs any notebook of this Python in a kernel that has imported everything already."""

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, kernel_name: str, **options: Any) -> NotebookNode:
        """Execute a notebook as papermill asks for it; see :class:`prepkit.kernels.WarmEngine`."""
        from prepkit.kernels import WarmEngine

        done: NotebookNode = WarmEngine.execute_notebook(nb, kernel_name, **options)
        return done

    @staticmethod
    def nb_kernel_name(nb: NotebookNode, name: str | None = None) -> str:
        """Return the name of the kernel that a notebook asks for."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @staticmethod
    def nb_language(nb: NotebookNode, language: str | None = None) -> str:
        """Return the language that a notebook is in."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))
