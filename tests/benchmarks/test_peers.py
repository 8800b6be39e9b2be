import json
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.peers import compare, workers
from benchmarks.peers.registry import COMPARISONS
from benchmarks.peers.table import write_table
from benchmarks.row import Row
from benchmarks.save import SavedRows

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", COMPARISONS)
def test_every_comparison_has_its_parts_and_ours_first(name: str) -> None:
    module = import_module(f"benchmarks.peers.{name}")
    assert next(iter(module.WAYS)) == "ours"
    assert len(module.WAYS) >= 2
    assert module.ITEMS == 1 or module.UNIT.endswith("/s")
    assert module.WHAT
    assert module.NOTE
    assert callable(module.make)


def test_a_peer_that_is_not_there_is_told_and_ours_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PEERS", tmp_path / "none")
    rows = list(compare.compare("partial_loss"))
    assert [row.what.rpartition(": ")[2] for row in rows] == ["torchxrayvision", "mlcpl"]
    assert all("no environment of the peers" in row.note for row in rows)
    module = import_module("benchmarks.peers.partial_loss")
    module.make(tmp_path)
    with workers.Worker("partial_loss", "ours", tmp_path) as worker:
        seconds, peak = worker.measure()
    assert 0 < seconds < 1
    assert peak >= 0
    gradient_and_loss = np.load(tmp_path / "probability_ours.npy")
    assert gradient_and_loss.shape == (64 * 18 + 1,)


def test_what_a_worker_said_last_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"said: FileNotFoundError.*batch\.npz"):
        workers.Worker("partial_loss", "ours", tmp_path)


def test_ways_that_disagree_are_no_gain(tmp_path: Path) -> None:
    module = SimpleNamespace(agree=lambda ours, theirs: bool(np.allclose(ours, theirs)))
    np.save(tmp_path / "probability_ours.npy", [1.0, 2.0])
    np.save(tmp_path / "probability_theirs.npy", [1.0, 2.0])
    compare._check(module, tmp_path, ["ours", "theirs"])
    np.save(tmp_path / "probability_theirs.npy", [1.0, 2.1])
    with pytest.raises(RuntimeError, match="theirs and ours disagree"):
        compare._check(module, tmp_path, ["ours", "theirs"])


def test_the_table_shows_every_kind_of_row(tmp_path: Path) -> None:
    saved = SavedRows(tmp_path / "peers.json")
    saved.add("a", Row("loss: mlcpl", "mean", "s", [1.0, 1.0, 2.0], [4.0, 2.0, 2.0]).as_dict())
    saved.add("a", Row("loss: other", "not measured: not here").as_dict())
    saved.add("a", Row("big: x", "mean", "MB", [0.0, 8.0, 8.0], [20.0] * 3).as_dict())
    saved.add("a", Row("small", "", "MB", [1.0] * 3, [9.0] * 3).as_dict())
    saved.add("b", {"what": "b", "failed": "ValueError: no"})
    lines = write_table(saved.path).splitlines()
    assert lines[2] == "| loss: mlcpl | 1 [1, 2] | 2 [2, 4] | s | 2 [1, 4] |"
    assert lines[3:] == [
        "| loss: other | not measured: not here | | | |",
        "| big: x | 8 [0, 8] | 20 [20, 20] | MB | – |",
        "| b | failed: ValueError: no | | | |",
        "",
        "- loss, mlcpl: mean.",
    ]


def test_the_page_shows_what_was_measured() -> None:
    results = ROOT / "benchmarks" / "results" / "peers.json"
    assert write_table(results) in (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    for row in json.loads(results.read_bytes())["rows"]:
        assert len(row.get("ours", [0, 0, 0])) >= 3, row["what"]
