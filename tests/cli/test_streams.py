"""Consoles that cannot print, pipes that are closed, disks that are full: never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import sys
from labelassemble.cli import dispatch
from labelassemble.cli.say import say
class Command:
    "Say what a console may not be able to show."
    def run(self):
        say(eval(sys.argv[1]))
dispatch.COMMANDS["sources"] = Command
dispatch.tyro.cli = lambda command, **rest: command()
sys.exit(dispatch.main(["sources"]))
"""


def run(text: str, shell: str, **environment: str) -> tuple[int, bytes, str]:
    """Let a command say a text, with its streams as ``shell`` directs them."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"$0" -c "$1" "$2" {shell}', sys.executable, CODE, text],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )
    return done.returncode, done.stdout, done.stderr.decode()


def test_a_console_that_cannot_print() -> None:
    text = ascii("caf\u00e9 \u2192 \u65e5 \udce9")
    for encoding in ("cp1252", "ascii", "utf-8"):
        status, out, error = run(text, "", PYTHONIOENCODING=encoding)
        assert (status, error) == (0, "")
        assert out.startswith(b"caf")
        assert out.endswith(b"\\udce9\n")
    assert run(text, "", PYTHONIOENCODING="cp1252")[1] == b"caf\xe9 \\u2192 \\u65e5 \\udce9\n"


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-", "<&-"])
def test_closed_streams(closed: str) -> None:
    status, _, error = run("'hello'", closed)
    assert (status, error) == (0, "")


@pytest.mark.parametrize("length", [1, 10**6])
def test_a_reader_that_has_gone(length: int) -> None:
    # Short texts reach the pipe only when the command ends, long ones while it works.
    status, _, error = run(f"'x' * {length}", "| true")
    assert error == ""
    assert status == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("length", [1, 10**6])
def test_a_full_disk_behind_standard_output(length: int) -> None:
    status, _, error = run(f"'x' * {length}", "> /dev/full")
    assert status == 2
    assert [line.split()[0] for line in error.splitlines()] == ["Expected", "Got", "Do"]
    assert "No space left" in error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_help() -> None:
    words = f"{sys.executable} -m labelassemble sources --help > /dev/full"
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
