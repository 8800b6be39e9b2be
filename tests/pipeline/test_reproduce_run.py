"""A run made again: the same bits, another table refused, other bits told."""

import json
import shutil
from pathlib import Path

import pytest

from labelassemble.cli import main
from labelassemble.errors import RunError, SettingsError
from labelassemble.pipeline.reproduce_run import describe_reproduced, reproduce_run
from labelassemble.pipeline.run_recipe import run_recipe
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.hospitals import simulate_hospitals

RUN = "results/runs/masked-seed0"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three hospitals and two runs of one method."""
    folder = tmp_path_factory.mktemp("made") / "first"
    recipe = simulate_hospitals(folder, 12, 12, size=32)
    text = recipe.read_text("utf-8").replace("epochs = 25", "epochs = 1")
    text = text.replace('["single", "masked"]', '["masked"]').replace("size = 64", "size = 32")
    text = text.replace("[assembly]", "[assembly]\nallow_unscored_classes = true")
    recipe.write_text(text.replace("seeds = [0]", "seeds = [0, 1]"))
    run_recipe(read_recipe(recipe), lambda _: None)
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path) -> Path:
    """The same, copied to another place, as from another machine, where nothing is held by sums."""
    copied = Path(shutil.copytree(made, tmp_path / "here"))
    for sums in copied.rglob("sums.json"):
        sums.unlink()
    return copied


def test_the_same_run_comes_out_and_the_first_stays(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted((one, one.stat().st_mtime_ns) for one in made.rglob("*"))
    assert main(["reproduce", str(made / RUN), "--output", str(tmp_path / "again")]) == 0
    said = capsys.readouterr().out
    assert "Result: bit-identical" in said
    assert "Made with the same versions" in said
    assert sorted((one, one.stat().st_mtime_ns) for one in made.rglob("*")) == before
    assert (tmp_path / "again/runs/masked-seed0/done.json").is_file()
    assert not (tmp_path / "again/runs/masked-seed1").exists()
    # What is there already is taken up.
    assert main(["reproduce", str(made / RUN), "--output", str(tmp_path / "again")]) == 0


def test_a_folder_of_another_machine_says_what_was_other_there(
    made: Path, here: Path, tmp_path: Path
) -> None:
    place = here / RUN / "made_with.json"
    told = json.loads(place.read_text("utf-8"))
    told["parts"][-1] |= {"processor": "another", "threads": 64}
    place.write_text(json.dumps(told))
    found = reproduce_run(
        here / RUN, tmp_path / "again", {str(made): str(here)}, say=lambda _: None
    )
    assert found.identical
    assert [one.split(" ")[0] for one in found.other] == ["processor", "threads"]
    place.unlink()
    again = reproduce_run(
        here / RUN, tmp_path / "again", {str(made): str(here)}, say=lambda _: None
    )
    assert "of an earlier version" in again.other[0]


def test_other_weights_are_told_with_what_a_seed_is_worth(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = here / "results/runs/masked-seed1"
    for name in ("checkpoints/best.ckpt", "predictions.parquet"):
        shutil.copy(other / name, here / RUN / name)
    (here / RUN / "done.json").write_text(
        json.dumps({**json.loads((here / RUN / "done.json").read_text()), _SCORE: 0.9})
    )
    (other / "done.json").write_text(json.dumps({_SCORE: 0.8}))
    found = reproduce_run(here / RUN, tmp_path / "again", say=lambda _: None)
    assert not found.identical
    assert found.difference > 1e-4
    assert (found.spread, found.seeds) == ((0.8, 0.9), 2)
    assert found.scores is not None
    assert found.holds is (0.8 <= found.scores[1] <= 0.9)
    lines = describe_reproduced(found)
    assert f"validation 0.9000 then, {found.scores[1]:.4f} now" in lines[-2]
    assert "the 0.8000 to 0.9000 of 2 seeds there" in lines[-1]
    shutil.rmtree(other)
    assert main(["reproduce", str(here / RUN), "--output", str(tmp_path / "again")]) == 3
    assert "no run of another seed" in capsys.readouterr().out


_SCORE = "validation_auroc_score"


def test_sources_that_changed_are_named_before_anything_is_trained(
    made: Path, here: Path, tmp_path: Path
) -> None:
    labels = next((here / "north").rglob("*.csv"))
    lines = labels.read_text("utf-8").splitlines()
    labels.write_text("\n".join(lines[:-1]) + "\n")
    moved = {str(made): str(here)}
    with pytest.raises(RunError, match=f"north/{labels.name} is another file"):
        reproduce_run(here / RUN, tmp_path / "again", moved, say=lambda _: None)
    assert not (tmp_path / "again/runs").exists()


def test_what_cannot_be_made_again_is_refused(made: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such folder"):
        reproduce_run(tmp_path / "none", tmp_path / "again", say=print)
    with pytest.raises(SettingsError, match="in which the run lies"):
        reproduce_run(made / RUN, made / "results", say=print)
    with pytest.raises(SettingsError, match="with which none begins"):
        reproduce_run(made / RUN, tmp_path / "again", {"/nowhere": "/x"}, say=print)
    assert not (tmp_path / "again").exists()
    assert main(["reproduce", str(made / RUN), "--output", "x", "--moved", "here"]) == 2
