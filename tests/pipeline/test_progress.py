import pytest

from labelassemble.pipeline import progress
from labelassemble.pipeline.progress import PlainProgress, show_progress


def test_plain_lines_come_now_and_then_and_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    plain = PlainProgress("Read", seconds=1000.0)
    for done in range(1, 2001):
        plain.update(done, 2000)
    assert capsys.readouterr().err == "Read: 2,000 of 2,000\n"
    often = PlainProgress("Read", seconds=0.0)
    often.update(1, 2)
    often.update(2, 2)
    first, last = capsys.readouterr().err.splitlines()
    assert first == "Read: 1 of 2"
    assert last == "Read: 2 of 2"


def test_plain_lines_say_how_long_the_rest_takes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 30.0, 100.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    plain = PlainProgress("Predict")
    # The first 500 were there already: they say nothing of the pace.
    for done in (500, 600, 1000):
        plain.update(done, 1000)
    lines = ["Predict: 600 of 1,000, 2 min left", "Predict: 1,000 of 1,000"]
    assert capsys.readouterr().err.splitlines() == lines


def test_without_a_terminal_it_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    with show_progress("Read") as report:
        report(3, 3)
    assert "Read: 3 of 3" in capsys.readouterr().err


def test_on_a_terminal_it_is_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with show_progress("Read") as report:
        report(1, 2)
        report(2, 2)
    assert "Read" in capsys.readouterr().err
