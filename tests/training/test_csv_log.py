from pathlib import Path

from labelassemble.training.csv_log import (
    DENSE_COLUMNS,
    LOG_COLUMNS,
    DenseRow,
    EpochRow,
    append_row,
    keep_rows,
    read_log,
)


def make_row(epoch: int, score: float | None = 0.5) -> EpochRow:
    return EpochRow(epoch, 3 * epoch, 1e-3, 0.1 + epoch, 0.2, 0.3, 0.4, score, 10, 20, 99.5)


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = [make_row(0), make_row(1, None), make_row(2, 1 / 3)]
    for row in rows:
        append_row(path, row)
    assert tuple(LOG_COLUMNS) == EpochRow._fields
    assert [EpochRow(*row) for row in read_log(path).iter_rows()] == rows
    assert path.read_text().count("epoch,step") == 1


def test_keeps_whole_rows_of_the_first_epochs(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    for epoch in range(3):
        append_row(path, make_row(epoch))
    with path.open("a") as file:
        file.write("1,2")
    keep_rows(path, 2)
    assert read_log(path)["epoch"].to_list() == [0, 1]
    append_row(path, make_row(2))
    assert read_log(path)["epoch"].to_list() == [0, 1, 2]
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.csv"]


def test_a_header_cut_short_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("epoch,st")
    keep_rows(path, 0)
    append_row(path, make_row(0))
    assert read_log(path).height == 1


def test_no_log_yet(tmp_path: Path) -> None:
    keep_rows(tmp_path / "log.csv", 3)
    assert not (tmp_path / "log.csv").exists()


def test_rows_of_dense_predictions_have_columns_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = [
        DenseRow(0, 3, 1e-3, 0.5, 0.4, 0.0, 0.0, 0.2, 0.0, None, 0.25, 10, 20, 1.5),
        DenseRow(1, 6, 1e-3, 0.4, 0.3, 0.0, 0.0, 0.1, 0.0, 0.75, None, 10, 20, 1.5),
    ]
    for row in rows:
        append_row(path, row)
    assert tuple(DENSE_COLUMNS) == DenseRow._fields
    assert [DenseRow(*row) for row in read_log(path).iter_rows()] == rows
    keep_rows(path, 1)
    assert [DenseRow(*row) for row in read_log(path).iter_rows()] == rows[:1]
