"""One process at a time trains in a folder."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelassemble.errors import RunError
from labelassemble.storage.hold_folder import hold_folder

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
