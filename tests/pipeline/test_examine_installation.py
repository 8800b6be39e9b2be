"""One text of all that was tried, and a status."""

import sys
from pathlib import Path

import pytest

from labelassemble.cli import main
from labelassemble.pipeline import examine_installation as examined
from labelassemble.pipeline.health import Health


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without packages, whose import takes seconds."""
    monkeypatch.setattr(examined, "try_packages", lambda: [Health("numpy", "ok", "2.0")])


@pytest.mark.usefixtures("quick")
def test_the_text_names_version_packages_files_and_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--output", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    for words in ("labelassemble 0", "numpy", "DICOM, RLE", "locale", "SLURM", "GiB free"):
        assert words in said
    assert "Everything that is needed works" in said
    assert said.isascii()


@pytest.mark.usefixtures("quick")
def test_what_is_broken_is_named_last_and_is_the_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = [Health("polars", "broken", "0.1; needs >=2"), Health("timm", "note", "not installed")]
    monkeypatch.setattr(examined, "try_packages", lambda: broken)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "! polars  0.1; needs >=2\n- timm    not installed\n" in said
    assert said.endswith("Broken, marked !: polars.\n")


@pytest.mark.usefixtures("quick")
def test_codecs_that_cannot_be_imported_do_not_hide_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "labelassemble.pipeline.try_codecs", None)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "! codecs" in said
    assert "locale" in said
