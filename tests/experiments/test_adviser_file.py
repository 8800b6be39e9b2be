import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from labelassemble.errors import RunError
from labelassemble.experiments.adviser import Adviser, advise, fit_adviser
from labelassemble.experiments.adviser_file import load_adviser
from labelassemble.experiments.candidates import CANDIDATE_COLUMNS


def draw(seed: int, count: int) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    numbers = {
        name: generator.integers(1, 99, count) if kind == pl.Int64 else generator.random(count)
        for name, kind in CANDIDATE_COLUMNS.items()
        if kind != pl.String
    }
    words = {name: [f"{name}{n}" for n in range(count)] for name in CANDIDATE_COLUMNS}
    frame = pl.DataFrame({**words, **numbers}, schema=CANDIDATE_COLUMNS)
    return frame.with_columns(gain=pl.Series(generator.random(count) / 10))


@pytest.fixture(scope="module")
def adviser() -> Adviser:
    return fit_adviser(draw(0, 9), "similarity of nodule")


def test_comes_back_bit_by_bit(adviser: Adviser, tmp_path: Path) -> None:
    (tmp_path / "adviser.json").write_text(adviser.model_dump_json(indent=2))
    back = load_adviser(tmp_path / "adviser.json")
    assert back == adviser
    assert back.error == adviser.error
    # Another recipe's candidates.
    assert_frame_equal(advise(draw(1, 4), back), advise(draw(1, 4), adviser), check_exact=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.update(format=2), "format"),
        (lambda content: content.update(slope=[1.0]), "must be of similarity"),
        (lambda content: content.update(left_out=[1.0]), "two forecasts"),
        (lambda content: content.update(colour="red"), "colour"),
        (lambda content: content.pop("origin"), "origin"),
    ],
)
def test_a_foreign_file_is_told(
    adviser: Adviser, tmp_path: Path, change: Callable[[dict[str, object]], None], message: str
) -> None:
    content = json.loads(adviser.model_dump_json())
    change(content)
    path = tmp_path / "adviser.json"
    path.write_text(json.dumps(content))
    with pytest.raises(RunError, match=message):
        load_adviser(path)


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="No such file"):
        load_adviser(tmp_path / "none.json")
    (tmp_path / "cut.json").write_text('{"format": 1,')
    with pytest.raises(RunError, match="Invalid JSON"):
        load_adviser(tmp_path / "cut.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunError, match="not text"):
        load_adviser(tmp_path / "binary.json")
