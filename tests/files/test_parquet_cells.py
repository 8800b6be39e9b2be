from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelassemble.errors import ImageError
from labelassemble.files import parquet_cells
from labelassemble.files.open_file import read_file

CELLS = [b"%d" % row * 50 for row in range(1000)]


def write(path: Path, rows_a_group: int = 100) -> Path:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    images = [{"bytes": data, "path": None} for data in CELLS]
    images[7]["bytes"] = None
    table = pa.table(
        {
            "image": pa.array(images, type=kind),
            "plain": pa.array(CELLS, type=pa.large_binary()),
            "label": list(range(1000)),
        }
    )
    pq.write_table(table, path, row_group_size=rows_a_group)
    return path


@pytest.mark.parametrize("rows_a_group", [1, 100, 1000])
def test_each_cell_is_the_image_of_its_row(tmp_path: Path, rows_a_group: int, monkeypatch) -> None:
    monkeypatch.setattr(parquet_cells, "_MAX_ROWS", 64)
    file = write(tmp_path / "a[1]*.parquet", rows_a_group)  # no pattern
    for row in (0, 63, 64, 99, 100, 500, 999):
        assert read_file(Path(f"{file}#image/{row}")) == CELLS[row]
        assert read_file(Path(f"{file}#plain/{row}")) == CELLS[row]


def test_threads_read_at_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: read_file(Path(f"{file}#plain/{row}")), range(1000)))
    assert found == CELLS


@pytest.mark.parametrize(
    ("inside", "got"),
    [("image/1000", "1,000 rows"), ("image/7", "a blank cell"), ("no/1", "no"), ("label/1", "Int")],
)
def test_what_is_not_there_is_told(tmp_path: Path, inside: str, got: str) -> None:
    file = write(tmp_path / "a.parquet")
    with pytest.raises(ImageError) as caught:
        read_file(Path(f"{file}#{inside}"))
    assert got in caught.value.got


def test_half_a_file_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "a.parquet")
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(ImageError, match="Download"):
        read_file(Path(f"{file}#image/1"))
