import io
from typing import Any

import pytest

from labelassemble.training import progress
from labelassemble.training.csv_log import DenseRow, EpochRow
from labelassemble.training.progress import EpochLines


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def make_row(epoch: int, score: float | None) -> EpochRow:
    return EpochRow(epoch, 1, 0.1, 0.25, 0.0, 0.0, 0.0, score, 1, 1, 123.4)


def test_one_plain_line_an_epoch_with_the_time_left(clock: Clock) -> None:
    stream = io.StringIO()
    lines = EpochLines("run", 10, stream)
    clock.now += 30
    lines.draw_step(6, 1, 2)
    lines.write_epoch(make_row(6, 0.5), is_best=True)
    clock.now += 50
    # Without any score the last epoch is kept, but it is not the best of several.
    lines.write_epoch(make_row(7, None), is_best=True)
    lines.write_line("done")
    # A resumed run counts the epochs that it made itself.
    assert stream.getvalue().splitlines() == [
        "run  epoch 7/10  loss 0.2500  validation AUROC 0.5000 (best)  123 images/s  "
        "1 min 30 s left",
        "run  epoch 8/10  loss 0.2500  validation not scored  123 images/s  1 min 20 s left",
        "run  done",
    ]


def test_both_scores_of_lesions_are_told(clock: Clock) -> None:
    stream = io.StringIO()
    row = DenseRow(0, 1, 0.1, 0.25, 0.2, 0.0, 0.0, 0.1, 0.0, 0.5, 0.75, 1, 1, 10.0)
    lines = EpochLines("run", 2, stream)
    clock.now += 5
    lines.write_epoch(row, is_best=True)
    assert "  validation AUROC 0.5000, FROC 0.7500 (best)  " in stream.getvalue()


def test_a_terminal_sees_the_steps_but_not_too_often(clock: Clock) -> None:
    stream: Any = Terminal()
    lines = EpochLines("run", 2, stream)
    for step in range(1, 6):
        clock.now += 0.1
        lines.draw_step(0, step, 5)
    assert stream.getvalue() == "\r\x1b[2Krun  epoch 1/2  step 3/5"
    lines.write_epoch(make_row(0, 0.5), is_best=False)
    assert stream.getvalue().count("\r\x1b[2K") == 2
    assert stream.getvalue().endswith("left\n")


def test_writes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    EpochLines("run", 1).write_line("hello")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "run  hello\n")
