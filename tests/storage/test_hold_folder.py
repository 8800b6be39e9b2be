"""One process at a time trains in a folder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelassemble.errors import BusyError, RunError
from labelassemble.storage.hold_folder import LOCK, hold_folder, hold_output

HOLD = """
import sys
from pathlib import Path
from labelassemble.storage.hold_folder import hold_folder
with hold_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds ``tmp_path / "run"`` until its standard input ends."""
    words = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_another_process_is_refused_until_the_first_ends(
    tmp_path: Path, other: subprocess.Popen[str]
) -> None:
    with pytest.raises(RunError) as caught, hold_folder(tmp_path / "run"):
        pytest.fail("two processes hold one folder")
    assert str(tmp_path / "run") in caught.value.expected
    other.communicate()
    with hold_folder(tmp_path / "run"):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait()
    with hold_folder(tmp_path / "run"):
        pass


def test_what_a_failed_training_left_is_forgotten(tmp_path: Path) -> None:
    forgotten: list[Path] = []
    with pytest.raises(KeyboardInterrupt), hold_folder(tmp_path / "run", forgotten.append):
        raise KeyboardInterrupt
    assert forgotten == [tmp_path / "run"]
    with hold_folder(tmp_path / "run", forgotten.append):
        pass
    assert forgotten == [tmp_path / "run"]


def test_an_output_is_held_until_it_is_written_and_its_lock_goes(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    hold = HOLD.replace(
        "hold_folder(Path(sys.argv[1]))", "hold_output(Path(sys.argv[1]), work='a')"
    )
    hold = hold.replace("import hold_folder", "import hold_output")
    words = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        busy = pytest.raises(BusyError, match=r"one export at a time to .*mine\.csv")
        with busy, hold_output(path, work="export"):
            pytest.fail("two processes write one file")
        process.stdin.close()
        process.wait()
    assert [*tmp_path.iterdir()] == []
    with hold_output(path, work="export"):
        assert (tmp_path / LOCK.format("mine.csv")).exists()
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_was_made_for_an_output_goes_with_an_error(tmp_path: Path) -> None:
    def fail() -> None:
        with hold_output(tmp_path / "a" / "b.csv", work="export", make=True):
            assert (tmp_path / "a").is_dir()
            raise RunError("a", "b", "c")

    with pytest.raises(RunError):
        fail()
    assert [*tmp_path.iterdir()] == []
    with hold_output(tmp_path / "none" / "b.csv", work="prediction"):
        assert not (tmp_path / "none").exists(), "left to whoever writes there"
