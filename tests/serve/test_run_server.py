"""`serve` as it is called: where it listens, what it refuses, how it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from labelassemble.cli import main
from labelassemble.errors import SettingsError
from labelassemble.serve.run_server import TOKEN, refuse_open_door
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.service import Service


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_asked(
    two_runs: list[Path], number: signal.Signals
) -> None:
    words = [sys.executable, "-m", "labelassemble", "serve", str(two_runs[0]), "--port", "0"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert url, line
        assert "this machine alone; nothing is kept" in line
        with urllib.request.urlopen(f"{url[0]}healthz", timeout=30) as reply:
            assert reply.status == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert (out, err) == ("stopped\n", "")


def test_a_port_in_use_is_told_before_anything_is_loaded(
    two_runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["serve", str(two_runs[0]), "--port", str(port)]) == 2
    said = capsys.readouterr().err
    assert f"127.0.0.1:{port}" in said
    assert "Choose another --port" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_other_machines_need_a_token(
    two_runs: list[Path], host: str, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    assert main(["serve", str(two_runs[0]), "--host", host, "--port", "0"]) == 2
    assert f"no {TOKEN} in the environment" in capsys.readouterr().err


def test_tokens_that_can_be_guessed_or_sent_by_no_browser_are_refused() -> None:
    refuse_open_door("0.0.0.0", "0123456789abcdef")
    for host in ("127.0.0.1", "127.0.0.9", "::1", "localhost"):
        refuse_open_door(host, "")
    for token in ("short", "ü" * 20, "a\n" * 20):
        with pytest.raises(SettingsError, match="16 printed ASCII"):
            refuse_open_door("127.0.0.1", token)


def test_runs_are_called_so_that_each_is_known(two_runs: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "first").symlink_to(two_runs[1])
    names = [one.name for one in Service([two_runs[0], two_runs[1]], ServeSettings()).runs]
    assert names == ["first", "second"]
    for runs, told in (([two_runs[0]] * 2, "one of them twice"), ([], "none")):
        with pytest.raises(SettingsError, match=told):
            Service(runs, ServeSettings())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere"], "no such folder"),
        (["{run}", "--source", "elsewhere"], "calibrated on"),
        (["{run}", "--keep", "{file}"], "a folder to keep uploads in"),
    ],
)
def test_what_cannot_be_served_is_told(
    two_runs: list[Path], words: list[str], told: str, tmp_path: Path, capsys
) -> None:
    (tmp_path / "file").touch()
    given = [one.format(run=two_runs[0], file=tmp_path / "file") for one in words]
    assert main(["serve", *given, "--port", "0"]) == 2
    assert told in capsys.readouterr().err
