"""A model goes to a hub whole, and not where a source forbids it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.pipeline.fake_hub import TOKEN, Hub, serve_hub

import labelassemble as la
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.cli import main
from labelassemble.pipeline.publish_model import push_model, write_repository

# huggingface_hub hands its client bytes in a way that it gives up.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")

FILES = {
    *("README.md", "config.json", "model.safetensors", "licences.json", "sources.json"),
    *("vocabulary.json", "operating.json", "unlike.safetensors", "came_from.json"),
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serve_hub() as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.address)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        # Read where the package is imported: without it large files go another way, not to a hub.
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        yield hub


@pytest.fixture(scope="module")
def run(two_hospitals: tuple[AssembledTable, Path]) -> Path:
    return two_hospitals[1]


def images(hospitals: Path) -> list[Path]:
    return sorted((hospitals.parent / "reference" / "images").glob("*.png"))[:5]


def with_terms(run: Path, place: Path, source: str, **permits: Any) -> Path:
    shutil.copytree(run, place)
    (place / "sums.json").unlink()
    ledger = json.loads((place / "licences.json").read_text())
    ledger["sources"][source]["permits"] |= permits
    (place / "licences.json").write_text(json.dumps(ledger))
    return place


def test_what_was_pushed_predicts_the_same(
    run: Path, hub: Hub, hospitals: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):  # The second time the repository is there.
        assert main(["push", str(run), "me/chest", "--private"]) == 0
    assert f"Pushed: {hub.address}/me/chest" in capsys.readouterr().out
    files = hub.repositories["me/chest"]
    assert set(files) == FILES
    assert hub.private == {"me/chest"}
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    for name, content in files.items():
        (fetched / name).write_bytes(content)
    before, after = la.Predictor(run), la.load(fetched)
    shown = images(hospitals)
    assert before.predict(shown).tobytes() == after.predict(shown).tobytes()
    told = before.predict(shown)
    assert np.array_equal(before.calibrate(told), after.calibrate(told), equal_nan=True)
    assert main(["predict", str(fetched), *map(str, shown)]) == 0
    # The card may be edited where it lies; nothing else may.
    (fetched / "README.md").write_text("mine")
    la.load(fetched)
    (fetched / "vocabulary.json").write_text("{}")
    with pytest.raises(la.LabelAssembleError, match=r"vocabulary\.json, which was changed"):
        la.load(fetched)


def test_the_hub_s_own_reader_reads_the_card(run: Path, tmp_path: Path) -> None:
    from huggingface_hub import ModelCard

    folder = tmp_path / "repository"
    assert set(write_repository(run, folder)) == FILES
    card = ModelCard.load(folder / "README.md")
    assert card.data.library_name == "labelassemble"
    assert card.data.pipeline_tag == "image-classification"
    assert "## Licences" in card.text
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]
    config = json.loads((folder / "config.json").read_text())
    assert config["pack"]["classes"] == list(la.load(folder).classes)
    other = tmp_path / "again"
    write_repository(run, other)
    for path in folder.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes()


def test_a_pack_is_a_model_too(run: Path, hub: Hub, tmp_path: Path) -> None:
    assert main(["pack", str(run), str(tmp_path / "one.laz")]) == 0
    pushed = push_model(tmp_path / "one.laz", "me/packed")
    assert set(pushed.files) == FILES
    assert hub.repositories["me/packed"]["model.safetensors"]


def test_a_source_that_forbids_stops_the_push_and_is_named(
    run: Path, hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strict = with_terms(run, tmp_path / "strict", "east", sharing=False)
    assert main(["push", str(strict), "me/chest", "--permitted", "east"]) == 2
    error = capsys.readouterr().err
    assert "east (none needed: simulated, no person): sharing of weights" in error
    assert "--assembly.licence open --assembly.uses sharing" in error
    silent = with_terms(run, tmp_path / "silent", "north", sharing=None)
    assert main(["push", str(silent), "me/chest"]) == 2
    assert "add --permitted north" in capsys.readouterr().err
    assert hub.asked == [], "nothing has left the machine"
    assert main(["push", str(silent), "me/chest", "--permitted", "west"]) == 2
    assert "with what does not say: north" in capsys.readouterr().err
    assert push_model(silent, "me/chest", permitted=("north",)).unsaid == ("north",)


def test_mistakes_are_one_error_each(
    run: Path,
    hub: Hub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(*words: str) -> str:
        assert main(list(words)) == 2
        out, error = capsys.readouterr()
        assert out == ""
        told = [line.split()[0] for line in error.splitlines() if line]
        assert told == ["Expected", "Got", "Do"], error
        return error

    earlier = tmp_path / "earlier"
    shutil.copytree(run, earlier)
    (earlier / "licences.json").unlink()
    assert "earlier version" in fails("push", str(earlier), "me/chest")
    assert "OWNER/NAME" in fails("push", str(run), "no//name/at/all")
    assert "no such folder" in fails("push", str(tmp_path / "gone"), "me/chest")
    (tmp_path / "there").mkdir()
    assert "one that is there" in fails("card", str(run), "--hf", str(tmp_path / "there"))
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "Log in with a token" in fails("push", str(run), "me/chest")
    hub.shutdown()
    hub.server_close()
    assert "Log in with a token" in fails("push", str(run), "me/chest")


def test_the_card_is_shown(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["card", str(run)]) == 0
    said = capsys.readouterr().out
    assert "## Licences" in said
    assert "| effusion | " in said
