"""One file instead of a run folder: the same predictions, and nothing that was changed."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import labelassemble as la
from labelassemble.cli import main
from labelassemble.errors import BusyError, RunError, SettingsError
from labelassemble.inference.pack_file import read_pack, write_pack
from labelassemble.pipeline.pack_run import pack_run
from labelassemble.storage.hold_folder import hold_output


@pytest.fixture(scope="module")
def run(finished: Any) -> Path:
    return finished.recipe.output / "runs" / "masked-seed0"


@pytest.fixture(scope="module")
def packed(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "deep" / "model.laz"
    pack_run(run, path)
    return path


def test_predictions_are_the_same_to_the_bit(
    finished: Any, hospitals: Path, run: Path, packed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = sorted((hospitals.parent / "reference" / "images").glob("*.png"))[:5]
    one, two = la.Predictor(run), la.load(packed)
    assert np.array_equal(one.predict(images), two.predict(images))
    assert one.find_unlike(images) == two.find_unlike(images)
    assert one.operations == two.operations
    assert len(one.operations) == 1
    own = ("--operating", str(run / "operating.json"))
    assert main(["predict", str(packed), *map(str, images), *own]) == 0
    capsys.readouterr()
    assert main(["predict", str(run), *map(str, images)]) == 0
    first = capsys.readouterr().out
    assert main(["predict", str(packed), *map(str, images)]) == 0
    assert capsys.readouterr().out == first


def test_a_pack_says_what_it_holds(finished: Any, run: Path, packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert parts == read_pack(packed)
    assert {*parts} >= {"weights.safetensors", "vocabulary.json", "operating.json", "card.md"}
    assert parts["unlike.safetensors"] == (run / "unlike.safetensors").read_bytes()
    sources = json.loads(parts["sources.json"])
    assert list(sources) == [one.name for one in finished.recipe.sources]
    assert all(one["licence"] for one in sources.values())
    assert json.loads(parts["pack.json"])["classes"] == list(finished.recipe.classes)
    vocabulary = json.loads(parts["vocabulary.json"])
    assert set(finished.recipe.classes) <= {one["name"] for one in vocabulary["findings"]}


def test_the_same_run_gives_the_same_bytes_and_overwrites_nothing(
    run: Path, packed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pack", str(run), str(tmp_path / "again.laz")]) == 0
    assert "weights.safetensors" in capsys.readouterr().out
    assert (tmp_path / "again.laz").read_bytes() == packed.read_bytes()
    with pytest.raises(SettingsError, match="which is there"):
        pack_run(run, packed)
    with pytest.raises(SettingsError, match=r"a new file called \*\.laz"):
        pack_run(run, tmp_path / "model.zip")


def test_a_changed_byte_and_a_newer_format_are_refused(packed: Path, tmp_path: Path) -> None:
    data, broken = packed.read_bytes(), tmp_path / "broken.laz"
    for place in [*range(0, 90, 7), *range(90, len(data), len(data) // 25), len(data) - 1]:
        broken.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(RunError):
            la.load(broken)
    broken.write_bytes(data[:-100])
    with pytest.raises(RunError, match="changed, or are missing"):
        la.load(broken)
    broken.write_bytes(data.replace(b"labelassemble pack 1 ", b"labelassemble pack 2 ", 1))
    with pytest.raises(RunError, match="format 2, of another version"):
        la.load(broken)
    parts = read_pack(packed)
    write_pack({name: parts[name] for name in parts if name != "description.json"}, broken)
    with pytest.raises(RunError, match=r"without description\.json"):
        la.load(broken)
    with pytest.raises(RunError, match="does not begin as one"):
        la.load(Path(__file__))
    with pytest.raises(RunError, match="no such folder"):
        la.load(tmp_path / "nothing.laz")


def test_what_is_not_finished_or_damaged_is_not_packed(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "run")
    (tmp_path / "run" / "unlike.safetensors").write_bytes(b"nothing")
    with pytest.raises(RunError, match=r"unlike\.safetensors"):
        pack_run(tmp_path / "run", tmp_path / "model.laz")
    (tmp_path / "run" / "done.json").unlink()
    with pytest.raises(RunError, match="not finished"):
        pack_run(tmp_path / "run", tmp_path / "model.laz")
    with pytest.raises(RunError, match="no such folder"):
        pack_run(tmp_path / "gone", tmp_path / "model.laz")
    assert not (tmp_path / "model.laz").exists()


def test_a_file_that_another_command_packs_is_refused(run: Path, tmp_path: Path) -> None:
    busy = pytest.raises(BusyError, match="one packing at a time")
    with hold_output(tmp_path / "a.laz", work="packing"), busy:
        pack_run(run, tmp_path / "a.laz")
    assert [*tmp_path.iterdir()] == []
