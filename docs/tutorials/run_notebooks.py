"""Run the notebooks and save what they print: ``python docs/tutorials/run_notebooks.py``.

The checks run them too, and save nothing (``tests/docs/test_notebooks.py``).
"""

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
MADE_UP_FOLDER = re.compile(r"/\S*/tmp\w{8}(?=/)")
"""What ``tempfile`` called the folder of a run, which is another one the next time."""


def run_notebook(path: Path) -> nbformat.NotebookNode:
    """Run all cells; gives the notebook with what they printed, progress left out.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            kept = [one for one in cell.outputs if one.get("name") != "stderr"]
            cell.outputs = [_hide_folder(one) for one in kept]
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
    return notebook


def _hide_folder(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    if "text" in output:
        output["text"] = MADE_UP_FOLDER.sub("...", output["text"])
    return output


if __name__ == "__main__":
    for file in [Path(word) for word in sys.argv[1:]] or sorted(HERE.glob("*.ipynb")):
        nbformat.write(run_notebook(file), file)
