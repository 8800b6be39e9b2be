import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benchmarks.row import Row
from benchmarks.run import Measure, choose, end, run


def giving(*rows: Row) -> Callable[[], Measure]:
    return lambda: lambda: iter(rows)


def row(what: str, ours: float = 1.0) -> Row:
    return Row(what, "plain: slow", "s", [ours] * 3, [2.0] * 3)


def read(path: Path) -> list[tuple[str, str]]:
    return [(one["benchmark"], one["what"]) for one in json.loads(path.read_text())["rows"]]


def test_a_row_that_fails_stops_no_other_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure() -> Iterator[Row]:
        yield row("first")
        raise ZeroDivisionError("no peak")

    path = tmp_path / "out" / "bench.json"
    failed = run({"a": lambda: measure, "b": giving(row("second"))}, path)
    assert failed == ["a"]
    assert read(path) == [("a", "first"), ("a", "a"), ("b", "second")]
    assert json.loads(path.read_text())["rows"][1]["failed"] == "ZeroDivisionError: no peak"
    assert "[2/2] b" in capsys.readouterr().err
    with pytest.raises(SystemExit, match=r"Failed: a"):
        end(failed, path)


def test_a_module_that_cannot_be_loaded_stops_no_other(tmp_path: Path) -> None:
    def load() -> Measure:
        raise ImportError("monai")

    path = tmp_path / "bench.json"
    assert run({"a": load, "b": giving(row("second"))}, path) == ["a"]
    assert read(path)[-1] == ("b", "second")


def test_a_run_that_is_broken_off_keeps_its_rows(tmp_path: Path) -> None:
    def measure() -> Iterator[Row]:
        yield row("first")
        assert read(path) == [("a", "first")]
        raise KeyboardInterrupt

    path = tmp_path / "bench.json"
    with pytest.raises(KeyboardInterrupt):
        run({"a": lambda: measure}, path)
    assert read(path) == [("a", "first")]


def test_a_run_replaces_the_rows_of_its_own_benchmarks_alone(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    run({"a": giving(row("old"), row("gone")), "b": giving(row("kept"))}, path)
    run({"a": giving(row("new"))}, path)
    assert read(path) == [("b", "kept"), ("a", "new")]
    path.write_text("[")
    run({"a": giving(row("new"))}, path)
    assert read(path) == [("a", "new")]


def test_names_choose_and_unknown_ones_are_told() -> None:
    assert choose([], ["a", "b"], ["slow"]) == ["a", "b"]
    assert choose(["slow", "a", "a"], ["a", "b"], ["slow"]) == ["slow", "a"]
    with pytest.raises(SystemExit, match=r"Got: c, d\.\nDo this: choose from a, b, slow"):
        choose(["a", "c", "d"], ["a", "b"], ["slow"])
