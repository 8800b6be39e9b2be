import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]


def test_one_source(run: Run) -> None:
    assert "Wang" in run("sources", "nih_chestxray14").out


def test_a_term_and_a_whole_vocabulary(run: Run) -> None:
    assert "effusion (Effusion)" in run("vocabulary", "pleural effusion").out
    assert "pdac" in run("vocabulary", "--vocabulary", "abdominal_ct").out


def test_check_says_what_was_understood_and_what_is_wrong(run: Run, own_data: Path) -> None:
    folder = own_data / "mine"
    fine = run("check", folder / "manifest.toml", folder)
    assert fine.status == 0
    assert "15" in fine.out
    table = folder / "reports.csv"
    table.write_text(table.read_text().replace("Mass|Effusion", "Mass|Efusion"))
    (folder / "images" / "004.png").unlink()
    wrong = run("check", folder / "manifest.toml", folder)
    assert wrong.status == 2
    assert "Efusion" in wrong.out
    assert "004.png" in wrong.out
    assert wrong.error == ""


def test_a_draft_is_a_manifest_that_check_accepts(run: Run, own_data: Path) -> None:
    folder = own_data / "mine"
    written = own_data / "draft.toml"
    drafted = run("draft", folder, "--output", written)
    assert drafted.status == 0
    assert str(written) in drafted.out
    assert run("check", written, folder).status == 0
    again = run("draft", folder, "--output", written)
    assert again.status == 2
    assert "Expected" in again.error


def test_an_archive_is_unpacked_inside_its_folder(run: Run, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/1.txt", "one")
        archive.writestr("../outside.txt", "two")
    said = run("unpack", tmp_path / "a.zip", tmp_path / "out")
    assert (tmp_path / "out" / "x" / "1.txt").read_text() == "one"
    assert not (tmp_path / "outside.txt").exists()
    assert "outside.txt" in said.out + said.error
