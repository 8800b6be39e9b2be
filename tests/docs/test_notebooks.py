"""The notebooks run, on simulated data, and what is saved below a cell is of the cell as it is."""

from pathlib import Path

import nbformat
import pytest

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"
NOTEBOOKS = sorted(TUTORIALS.glob("*.ipynb"))


def printed(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """Kinds of output a code cell; numbers may differ a little between processors."""
    return [
        [one.output_type for one in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_prints_what_it_shows(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(TUTORIALS))
    from run_notebooks import run_notebook

    saved = nbformat.read(path, as_version=4)
    nbformat.validate(saved)
    assert any(printed(saved)), "nothing is saved: python docs/tutorials/run_notebooks.py"
    assert printed(run_notebook(path)) == printed(saved)
    assert str(Path.home()) not in path.read_text("utf-8")


def test_there_are_four() -> None:
    assert len(NOTEBOOKS) == 4
