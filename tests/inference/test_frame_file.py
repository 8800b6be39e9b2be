import polars as pl
import pytest

from labelassemble.errors import RunError
from labelassemble.inference.frame_file import read_frame, write_frame

COLUMNS = {"record": pl.String, "probability": pl.Float64}
FRAME = pl.DataFrame({"probability": [0.5, 0.25], "extra": [1, 2], "record": ["a", "b"]})


def test_what_is_written_is_read_and_the_bytes_are_the_same(tmp_path):
    for name in ("one", "two"):
        write_frame(FRAME, COLUMNS, tmp_path / name)
    assert read_frame(tmp_path / "one", COLUMNS, "predictions").rows() == [("a", 0.5), ("b", 0.25)]
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(RunError, match=r"predictions at .*absent[\s\S]*no such file"):
        read_frame(tmp_path / "absent", COLUMNS, "predictions")
    (tmp_path / "text").write_text("no parquet")
    with pytest.raises(RunError, match="predictions at"):
        read_frame(tmp_path / "text", COLUMNS, "predictions")
    FRAME.select("record").write_parquet(tmp_path / "other")
    with pytest.raises(RunError, match=r"columns record, probability[\s\S]*columns record\."):
        read_frame(tmp_path / "other", COLUMNS, "predictions")
