import polars as pl
import pytest
from polars.testing import assert_frame_equal

from labelassemble.assembly import long_frame
from labelassemble.assembly.long_frame import LongFrame, hold_frame, write_parquet

FRAME = pl.DataFrame(
    {
        "name": [f"a rather long name {number // 3}" for number in range(50)],
        "word": pl.Series(["x", None, "y"] * 16 + ["x", "y"], dtype=pl.Enum(["x", "y"])),
        "label": pl.Series([0.5, None] * 25, dtype=pl.Float32),
    }
)


def test_parts_are_the_whole_in_order():
    frame = hold_frame(FRAME)
    parts = list(frame.parts(7))
    assert [part.height for part in parts] == [7] * 7 + [1]
    assert_frame_equal(pl.concat(parts), FRAME)
    assert_frame_equal(frame.whole(), FRAME)


def test_a_frame_without_rows_is_one_part():
    assert [part.height for part in hold_frame(FRAME.clear()).parts()] == [0]


@pytest.mark.parametrize("rows", [0, 1, 7, 50])
def test_parts_are_written_as_the_whole_is(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(long_frame, "PART", 7)
    frame = FRAME.head(rows)
    made = []

    def make(start, length):
        made.append(length)
        return frame.slice(start, length)

    write_parquet(LongFrame(rows, make), tmp_path / "parts.parquet")
    assert max(made) <= 7
    frame.write_parquet(
        tmp_path / "whole.parquet",
        compression="zstd",
        compression_level=3,
        statistics=True,
        row_group_size=7,
    )
    parts, whole = (tmp_path / f"{name}.parquet" for name in ("parts", "whole"))
    assert parts.read_bytes() == whole.read_bytes()
