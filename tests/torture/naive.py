"""A runner as it is written on a first afternoon, to see that the torture tests can tell it from a good one.

It follows the documentation of papermill: a pool of processes, each of which executes a notebook straight into the
folder of reports, and a notebook that is there already is passed over.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import papermill

from prepkit.search import read_search


def report(notebook: str, search: Path, name: str) -> None:
    """Execute the notebook for one application, unless there is an output already."""
    output = search / "reports" / name / "workbook.ipynb"
    if output.exists():
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    parameters = read_search(search).parameters(name)
    papermill.execute_notebook(notebook, str(output), parameters, cwd=str(search), progress_bar=False)


if __name__ == "__main__":
    folder, workbook = Path(sys.argv[1]), sys.argv[2]
    with ProcessPoolExecutor(2) as pool:
        for done in [pool.submit(report, workbook, folder, name) for name in read_search(folder).names]:
            done.result()
