"""A class and a source are added to a finished run; what it knew is kept, or what changed told."""

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

import labelassemble as la
from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.assembly.table_folder import read_assembled
from labelassemble.cli import main
from labelassemble.experiments.adviser import fit_adviser
from labelassemble.experiments.candidates import CANDIDATE_COLUMNS
from labelassemble.inference.checkpoint_file import CHECKPOINT_KEY
from labelassemble.inference.operating_file import read_operation
from labelassemble.inference.prediction_file import read_predictions
from labelassemble.pipeline.add_to_run import Added, add_to_run
from labelassemble.pipeline.addition_recipe import Addition, make_recipe
from labelassemble.pipeline.describe_addition import describe_added
from labelassemble.pipeline.finished_run import read_finished_run
from labelassemble.pipeline.recipe_toml import recipe_toml
from labelassemble.recipe import read_recipe
from labelassemble.settings import DetectionSettings

NEW = "consolidation"
"""A class of west that the run of north and east does not know."""


@pytest.fixture(scope="module")
def west(hospitals: Path) -> Path:
    return hospitals.parent / "west" / "manifest.toml"


@pytest.fixture(scope="module")
def quick(
    two_hospitals: tuple[AssembledTable, Path], west: Path, tmp_path_factory: pytest.TempPathFactory
) -> Added:
    output = tmp_path_factory.mktemp("quick") / "next"
    addition = Addition(manifest=str(west), name=NEW, quick=True, epochs=2, output=output)
    return add_to_run(two_hospitals[1], addition)


def listing(folder: Path) -> dict[str, int]:
    """All that lies below a folder, links not followed."""
    return {str(path.relative_to(folder)): path.lstat().st_mtime_ns for path in folder.rglob("*")}


def test_old_predictions_keep_their_bytes(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], quick: Added
) -> None:
    images = sorted((hospitals.parent / "reference" / "images").glob("*.png"))[:7]
    before, after = la.Predictor(two_hospitals[1]), la.Predictor(quick.run)
    assert after.classes == (*before.classes, NEW)
    old, new = (one.predict(images) for one in (before, after))
    assert old.tobytes() == np.ascontiguousarray(new[:, :-1]).tobytes()
    for told in ("calibrate", "call"):
        now = getattr(after, told)(new)[:, :-1]
        assert np.ascontiguousarray(now).tobytes() == getattr(before, told)(old).tobytes()
    was, now = (read_operation(run / "operating.json") for run in (two_hospitals[1], quick.run))
    assert {**now.sources["all"], **was.sources["all"]} == now.sources["all"]
    assert now.sources["west"][NEW].positive_patients > 0
    assert (
        quick.identical == read_predictions(quick.run / "predictions.parquet")["record"].n_unique()
    )


def test_nobody_whom_the_run_has_seen_is_tested(
    two_hospitals: tuple[AssembledTable, Path], quick: Added
) -> None:
    table = read_assembled(quick.recipe.output / "assembled")
    both = two_hospitals[0].records.join(table.records, on="record", suffix="_now")
    assert both.height == two_hospitals[0].records.height
    assert both.filter(pl.col("split") != pl.col("split_now")).is_empty()
    west = table.records.filter(pl.col("source") == "west")
    assert set(west["split"]) == {"train", "validate", "test"}
    assert quick.scores is not None
    assert quick.scores.filter(source="all")["n_positive"].item() > 0


def test_the_next_run_is_a_run_like_any(
    quick: Added, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = quick.recipe.output / "recipe.toml"
    assert read_recipe(recipe).model_dump(mode="json") == quick.recipe.model_dump(mode="json")
    assert main(["evaluate", str(recipe)]) == 0
    said = capsys.readouterr().out
    assert NEW in said
    assert "label-assemble-seed0 came from:\n- started from two hospitals of north+east" in said
    assert main(["train", str(recipe)]) == 0, "finished, as the recipe says"
    assert main(["report", str(recipe)]) == 0
    assert main(["pack", str(quick.run), str(tmp_path / "next.laz")]) == 0
    assert la.load(tmp_path / "next.laz").classes[-1] == NEW
    told = describe_added(quick)
    assert "the same predictions to the last bit on" in told
    assert f"Next:   labelassemble evaluate {recipe}" in told


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("stopped", ["train_networks", "keep_operation", "_predict_both"])
def test_a_stopped_addition_goes_on_and_a_finished_one_is_not_overwritten(
    stopped: str,
    two_hospitals: tuple[AssembledTable, Path],
    west: Path,
    quick: Added,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "next"
    addition = Addition(manifest=str(west), name=NEW, quick=True, epochs=2, output=output)
    with monkeypatch.context() as patch:
        patch.setattr(f"labelassemble.pipeline.add_to_run.{stopped}", stop)
        with pytest.raises(KeyboardInterrupt):
            add_to_run(two_hospitals[1], addition)
    assert (output / "recipe.toml").is_file()
    again = add_to_run(two_hospitals[1], addition)
    assert again.identical == quick.identical
    for name in ("predictions.parquet", "operating.json"):
        assert (again.run / name).read_bytes() == (quick.run / name).read_bytes()
    with pytest.raises(la.LabelAssembleError, match="no file or folder yet at"):
        add_to_run(two_hospitals[1], addition)


def test_an_addition_that_was_killed_while_it_assembled_goes_on(
    two_hospitals: tuple[AssembledTable, Path], west: Path, quick: Added, tmp_path: Path
) -> None:
    """A killed process takes nothing back: recipe and images are there, the table is not."""
    output = tmp_path / "next"
    addition = Addition(manifest=str(west), name=NEW, quick=True, epochs=2, output=output)
    output.mkdir()
    (output / ".123.recipe.toml").write_text("name =")
    recipe = make_recipe(read_finished_run(two_hospitals[1]), addition)
    (output / "recipe.toml").write_text(recipe_toml(recipe))
    (output / "store").mkdir()
    assert add_to_run(two_hospitals[1], addition).identical == quick.identical


def test_all_learns_on_and_changes_have_intervals(
    two_hospitals: tuple[AssembledTable, Path], quick: Added, west: Path, tmp_path: Path
) -> None:
    options = {"manifest": str(west), "quick": False, "epochs": 1, "output": tmp_path / "full"}
    added = add_to_run(two_hospitals[1], Addition(name=NEW, **options))
    assert added.changes is not None
    rows = added.changes.filter(source="all")
    assert rows["class"].to_list() == [*two_hospitals[0].classes, "mean"]
    mean = rows.row(-1, named=True)
    assert mean["low"] <= mean["difference"] <= mean["high"]
    assert (rows["difference"].abs() > 0).any()
    written = pl.read_parquet((tmp_path / "full/results/changes.parquet").read_bytes())
    assert written.equals(added.changes)
    training = added.recipe.training
    assert (training.start_from, training.fine_tune.frozen_stages) == (two_hospitals[1], 0)
    assert added.recipe.losses.pseudo_weight > 0
    told = describe_added(added)
    assert "before and after, paired over patients" in told
    # After --quick the training before it counts.
    reference = west.parent.parent / "reference" / "manifest.toml"
    later = Addition(manifest=str(reference), quick=False, source="fourth")
    recipe = make_recipe(read_finished_run(quick.run), later)
    assert recipe.losses == added.recipe.losses
    assert recipe.training.fine_tune == training.fine_tune
    assert recipe.output == quick.recipe.output.with_name("next-with-fourth-full")


def test_a_source_is_added_and_the_network_stays(
    two_hospitals: tuple[AssembledTable, Path],
    west: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["add-source", str(two_hospitals[1]), str(west), "--name", "third", "--quick"]
    assert main([*words, "--output", str(tmp_path / "next")]) == 0
    said = capsys.readouterr().out
    assert "third added to two hospitals of north+east" in said
    run = tmp_path / "next" / "runs" / "label-assemble-seed0"
    one, two = la.Predictor(two_hospitals[1]), la.Predictor(run)
    assert one.classes == two.classes
    for name, value in one.network.state_dict().items():
        assert value.numpy().tobytes() == two.network.state_dict()[name].numpy().tobytes()
    assert two.operation is not None
    assert "third" in two.operation.sources
    assert "Nothing was trained" in (run / "card.md").read_text()
    assert main(["report", str(tmp_path / "next" / "recipe.toml")]) == 0


def test_a_class_that_a_known_source_has_needs_no_new_one(
    hospitals: Path, quick: Added, west: Path, tmp_path: Path
) -> None:
    """And what is known of it in all sources counts."""
    own = west.parent.parent / "own"
    shutil.copytree(west.parent, own)
    first = Addition(manifest=str(west), quick=True, output=tmp_path / "first", source="own")
    without = add_to_run(quick.before.folder, first)
    second = Addition(manifest=str(west), quick=True, name=NEW, epochs=1, output=tmp_path / "two")
    added = add_to_run(without.run, second)
    assert [one.name for one in added.recipe.sources] == ["north", "east", "own"]
    assert added.recipe.classes[-1] == NEW
    assert added.identical


def test_a_vocabulary_of_ones_own_has_a_class_more(
    two_hospitals: tuple[AssembledTable, Path], west: Path, tmp_path: Path
) -> None:
    shutil.copytree(west.parent, tmp_path / "west")
    manifest = tmp_path / "west" / "manifest.toml"
    manifest.write_text(manifest.read_text() + '[terms]\n"Consolidation" = "white_patch"\n')
    plain = Addition(manifest=str(manifest), name="white_patch", quick=True, epochs=1)
    plain = plain.model_copy(update={"output": tmp_path / "next"})
    with pytest.raises(la.LabelAssembleError, match="no class 'white_patch'") as caught:
        add_to_run(two_hospitals[1], plain)
    assert "--vocabulary mine.toml" in caught.value.do
    known = (files("labelassemble.vocabulary") / "chest_radiograph.toml").read_text()
    (tmp_path / "mine.toml").write_text(
        known.replace('name = "chest_radiograph"', 'name = "mine"', 1)
        + '\n[[findings]]\nname = "white_patch"\ntitle = "White patch"\n'
    )
    own = plain.model_copy(update={"vocabulary": str(tmp_path / "mine.toml")})
    added = add_to_run(two_hospitals[1], own)
    assert la.load(added.run).classes == (*two_hospitals[0].classes, "white_patch")
    assert added.identical


def test_an_output_whose_shared_images_are_gone_decodes_its_own(
    quick: Added, west: Path, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    shutil.copytree(quick.recipe.output, first)
    third = Addition(manifest=str(west), quick=True, source="third", output=tmp_path / "next")
    copied = first / "runs" / "label-assemble-seed0"
    told = json.loads((copied / "settings.json").read_text())
    told["recipe"]["output"] = str(first)
    (copied / "sums.json").unlink()
    (copied / "settings.json").write_text(json.dumps(told))
    own = west.parent.parent / "again"
    shutil.copytree(west.parent, own)
    added = add_to_run(copied, third.model_copy(update={"manifest": str(own / "manifest.toml")}))
    store = tmp_path / "next" / "store"
    assert store.is_symlink()
    shutil.rmtree(first / "store")
    assert main(["train", str(tmp_path / "next" / "recipe.toml")]) == 0
    assert not store.is_symlink()
    assert added.run.is_dir()


def measured_gains() -> pl.DataFrame:
    numbers = {name: kind in (pl.Int64, pl.Float64) for name, kind in CANDIDATE_COLUMNS.items()}
    rows = [
        {name: row + 1 if is_number else f"c{row}" for name, is_number in numbers.items()}
        for row in range(5)
    ]
    gains = [0.01 * row + 0.003 * (row % 2) for row in range(5)]
    return pl.DataFrame(rows, schema=CANDIDATE_COLUMNS).with_columns(gain=pl.Series(gains))


def test_a_plan_tells_costs_and_writes_nothing(
    two_hospitals: tuple[AssembledTable, Path],
    west: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = two_hospitals[1]
    before = listing(run.parent)
    assert main(["add-class", str(run), str(west), NEW, "--plan"]) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert lines[0] == f"To add {NEW}, with the source west"
    assert any(line.startswith("--quick  1 ") for line in lines)
    assert any(line.startswith("--full   1 ") for line in lines)
    assert f"class {NEW}" in said
    assert "similarity" in said
    adviser = fit_adviser(measured_gains(), "elsewhere").model_dump_json()
    (tmp_path / "adviser.json").write_text(adviser)
    words = ["add-source", str(run), str(west), "--adviser", str(tmp_path / "adviser.json")]
    assert main([*words, "--plan"]) == 0
    said = capsys.readouterr().out
    assert "expected gain" in said
    assert "Fitted on 5 measured gains (elsewhere)" in said
    assert "--quick  0 " in said
    assert "source west" in said
    assert listing(run.parent) == before


def damage(run: Path, place: Path, **changes: Any) -> Path:
    """A copy of a run whose settings say otherwise."""
    shutil.copytree(run, place)
    (place / "sums.json").unlink()
    told = json.loads((place / "settings.json").read_text())
    told["recipe"].update(changes)
    (place / "settings.json").write_text(json.dumps(told))
    return place


def unfinished(run: Path, place: Path) -> Path:
    shutil.copytree(run, place)
    (place / "done.json").unlink()
    return place


def taken(place: Path) -> Path:
    (place / "next").mkdir()
    (place / "next" / "mine.csv").write_text("a\n")
    return place / "next"


Change = Callable[[list[str], Path], list[str]]


def with_labels(words: list[str], place: Path, old: str, new: str) -> list[str]:
    """West's folder with another column."""
    shutil.copytree(Path(words[2]).parent, place / "west")
    table = place / "west" / "labels.csv"
    frame = pl.read_csv(table.read_bytes(), infer_schema_length=0)
    frame.with_columns(Consolidation=pl.col("Consolidation").replace(old, new)).write_csv(table)
    return [*words[:2], str(place / "west" / "manifest.toml"), *words[3:]]


def with_broken_images(words: list[str], place: Path) -> list[str]:
    shutil.copytree(Path(words[2]).parent, place / "west")
    for path in (place / "west" / "images").iterdir():
        path.write_bytes(b"no image")
    return [*words[:2], str(place / "west" / "manifest.toml"), *words[3:]]


BAD: dict[str, tuple[Change, str]] = {
    "class known already": (lambda w, _: [*w[:3], "edema", *w[4:]], "edema, which it knows"),
    "no class of the vocabulary": (
        lambda w, _: [*w[:3], "consolidatoin", *w[4:]],
        "nearest: consolidation",
    ),
    "class that the manifest does not know": (
        lambda w, _: [*w[:3], "hernia", *w[4:]],
        "west looked for atelectasis, ",
    ),
    "class without positives": (
        lambda w, place: with_labels(w, place, "YES", "NO"),
        "west 0 positive",
    ),
    "class without negatives": (
        lambda w, place: with_labels(w, place, "NO", ""),
        " 0 negative",
    ),
    "no image that can be read": (with_broken_images, "readable image files of the source 'west'"),
    "no manifest": (lambda w, _: [*w[:2], "nowhere.toml", *w[3:]], "nowhere.toml"),
    "built-in manifest without a folder": (
        lambda w, _: [*w[:2], "siim_pneumothorax", *w[3:]],
        "Add --folder FOLDER",
    ),
    "name that is taken": (lambda w, _: [*w, "--name", "north"], "other than north, east"),
    "no run": (lambda w, place: [w[0], str(place / "gone"), *w[2:]], "no such folder"),
    "foreign folder": (lambda w, place: [w[0], str(place), *w[2:]], "without settings.json"),
    "file": (lambda w, _: [w[0], w[2], *w[2:]], "a file, which does not say whose images"),
    "run of another version": (
        lambda w, place: [w[0], str(damage(Path(w[1]), place / "r", later=1)), *w[2:]],
        "with later: Extra inputs are not permitted",
    ),
    "run that is not finished": (
        lambda w, place: [w[0], str(unfinished(Path(w[1]), place / "r")), *w[2:]],
        "a run that is not finished",
    ),
    "output that is there": (lambda w, place: [*w[:-1], str(taken(place))], "one that is there"),
    "neither quick nor full": (lambda w, _: [one for one in w if one != "--quick"], "none of them"),
    "both": (lambda w, _: [*w, "--full"], "--quick and --full"),
}


@pytest.mark.parametrize(("change", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_error_and_leaves_nothing(
    change: Change,
    said: str,
    two_hospitals: tuple[AssembledTable, Path],
    west: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["add-class", str(two_hospitals[1]), str(west), NEW, "--quick"]
    words = change([*words, "--output", str(tmp_path / "next")], tmp_path)
    before = listing(tmp_path)
    assert main(words) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert said in error
    assert [line.split()[0] for line in error.splitlines() if not line.startswith("Read")] == [
        *("Expected", "Got", "Do")
    ]
    assert listing(tmp_path) == before


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"method": "med3d"}, "one of the method med3d, whose head has no such rows"),
        ({"method": "dodnet"}, "one of the method dodnet"),
        ({"method": "swinchex"}, "one of the method swinchex"),
        ({"method": "single", "source": "north"}, "one that learned from north alone"),
        ({"detection": DetectionSettings().model_dump(mode="json")}, "one that finds lesions"),
    ],
)
def test_networks_that_cannot_take_a_class_are_refused(
    described: dict[str, Any],
    said: str,
    two_hospitals: tuple[AssembledTable, Path],
    west: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / "run"
    shutil.copytree(two_hospitals[1], run)
    content = torch.load(run / "checkpoints" / "best.ckpt", weights_only=True)
    content[CHECKPOINT_KEY].update(described)
    (run / "checkpoints" / "sums.json").unlink()
    torch.save(content, run / "checkpoints" / "best.ckpt")
    assert main(["add-class", str(run), str(west), NEW, "--quick"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "a row a class" in error
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
