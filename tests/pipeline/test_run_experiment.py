"""Every experiment from a recipe to its page, on very few simulated patients."""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from labelassemble.errors import LabelAssembleError, RunError, SettingsError
from labelassemble.experiments.registry import EXPERIMENTS
from labelassemble.experiments.variants import change_settings
from labelassemble.pipeline.run_experiment import find_experiment, list_experiments, run_experiment
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.hospitals import simulate_hospitals


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "hospitals"
    simulate_hospitals(folder, 24, 24, size=32, seed=3, complete=True)
    return change_settings(
        read_recipe(folder / "recipe.toml"),
        {
            "assembly.similar_images": "ignore",
            "assembly.allow_unscored_classes": True,
            "assembly.validation_fraction": 0.3,
            "training.epochs": 1,
            "training.images_per_epoch": 32,
            "training.batch_size": 16,
            "evaluation.replicates": 50,
            "experiment.classes_of_interest": ("effusion",),
            "experiment.quick": True,
        },
    )


def run(recipe, name, **experiment):
    said = []
    changed = change_settings(recipe, {f"experiment.{key}": one for key, one in experiment.items()})
    page = run_experiment(name, changed, said.append)
    return page, "\n".join(said)


@pytest.mark.parametrize(
    ("name", "experiment", "networks"),
    [
        ("partial-labels", {"variants": ("single", "med3d", "label-assemble", "full")}, 6),
        ("negative-examples", {}, 2),
        ("similarity", {"companions": ("edema", "mass", "nodule", "atelectasis")}, 5),
        ("novel-disease", {"variants": ("masked", "label-assemble"), "labelled": (20,)}, 6),
        ("source-help", {"variants": ("masked",)}, 4),
    ],
)
def test_from_recipe_to_page_and_at_once_again(recipe, name, experiment, networks):
    page, said = run(recipe, name, **experiment)
    assert f"{networks} networks, 0 of them finished before" in said
    text = page.read_text(encoding="utf-8")
    assert EXPERIMENTS[name].title in text
    assert str(recipe.output) not in text
    tables = page.parent / "tables"
    scores = pl.read_csv(tables / "scores.csv")
    assert set(scores["class"]) >= {"effusion", "mean"}
    settings = json.loads((tables / "settings.json").read_text())
    assert str(recipe.output) not in json.dumps(settings)
    before = {place: place.stat().st_mtime_ns for place in (page.parent / "runs").rglob("*.ckpt")}
    assert len({place.parent.parent for place in before}) == networks
    _, said = run(recipe, name, **experiment)
    assert f"{networks} networks, {networks} of them finished before" in said
    assert before == {place: place.stat().st_mtime_ns for place in before}


def test_published_test_images(recipe, tmp_path):
    north = recipe.sources[0]
    images = sorted(one.name for one in (north.folder / "images").iterdir())
    half = len(images) // 2
    for part, names in (("train", images[half:]), ("test", images[:half])):
        (north.folder / f"{part}_list.txt").write_text("\n".join(names), encoding="utf-8")
    manifest = tmp_path / "manifest.toml"
    lists = '\n[split.lists]\ntrain = "train_list.txt"\ntest = "test_list.txt"\n'
    manifest.write_text(Path(north.manifest).read_text(encoding="utf-8") + lists, encoding="utf-8")
    official = north.model_copy(update={"split": "official", "manifest": str(manifest)})
    changed = recipe.model_copy(
        update={"sources": (official, *recipe.sources[1:]), "output": tmp_path / "out"}
    )
    variants = ("masked", "xprotonet", "swinchex-t", "label-assemble")
    small = {
        "backbones": {"densenet121": "small", "swin_t": "small"},
        "variants": variants,
    }
    changed = change_settings(
        changed,
        {
            "model.prototypes": 1,
            "training.epochs": 2,
            "training.prototypes": {"extractor_epochs": 0, "joint_epochs": 1},
        },
    )
    second = change_settings(changed, {"cluster.tasks": 2, "cluster.task": 1})
    tables, said = run(second, "official-split", **small)
    assert tables.name == "tables"
    assert "2 networks of task 1 of 2 to train" in said
    assert "2 of 4 rows of the table" in said
    rows = (tables / "rows.md").read_text(encoding="utf-8")
    assert rows.count("| 1 of 1 |") == 2
    first = change_settings(changed, {"cluster.tasks": 2, "cluster.task": 0})
    page, said = run(first, "official-split", **small)
    text = page.read_text(encoding="utf-8")
    assert "published test images of north" in text
    assert "small in the place of densenet121" in text
    assert "masked: mean AUROC" in said
    assert "4 of 4 rows of the table" in said


def test_other_settings_are_refused_and_nothing_is_mixed(recipe):
    variants = {"variants": ("masked", "label-assemble")}
    run(recipe, "partial-labels", **variants)
    other = change_settings(recipe, {"losses.temperature": 3.0})
    with pytest.raises(RunError, match=r"losses\.temperature = 3\.0 \(there: 4\.0\)"):
        run(other, "partial-labels", **variants)
    # Another table: other labels hidden.
    with pytest.raises(RunError, match="other images, splits or labels"):
        run(recipe, "partial-labels", parts={"north": ("mass",)}, **variants)


def test_more_seeds_only_add(recipe):
    variants = {"variants": ("masked", "unknown-as-negative")}
    _, said = run(recipe, "partial-labels", seeds=(0,), **variants)
    asked = {"seeds": (0, 1), "workers": 2, "views": 2, **variants}
    page, said = run(recipe, "partial-labels", **asked)
    assert "4 networks, 2 of them finished before" in said
    assert re.search(r"2 of 2: \S+-seed1 trained", said)
    assert set(pl.read_csv(page.parent / "tables" / "scores.csv")["seed"]) == {0, 1}
    assert "Several networks and views together" in page.read_text(encoding="utf-8")
    kept = sorted((page.parent / "views").glob("*.parquet"))
    assert len(kept) == 4
    tables = [pl.read_csv(one) for one in (page.parent / "tables").glob("table_*.csv")]
    ways = next(one for one in tables if "way" in one.columns)["way"].to_list()
    assert ways[:3] == ["one network", "mean of 2 networks", "one network, 2 views"]
    before = [place.stat().st_mtime_ns for place in kept]
    run(recipe, "partial-labels", **asked)
    assert before == [place.stat().st_mtime_ns for place in kept]


def test_a_network_that_fails_does_not_stop_the_others(recipe, monkeypatch):
    import labelassemble.training.run as training

    real = training.train_network

    def train(task, folder):
        if task.run.method == "masked":
            raise RunError("a network", "none", "Try again")
        return real(task, folder)

    monkeypatch.setattr(training, "train_network", train)
    variants = {"variants": ("masked", "label-assemble"), "seeds": (7,)}
    with pytest.raises(RunError, match=r"(?s)1 failed: masked-seed7.*finished networks are kept"):
        run(recipe, "partial-labels", **variants)
    monkeypatch.undo()
    _, said = run(recipe, "partial-labels", **variants)
    assert "2 networks, 1 of them finished before" in said


def test_names(recipe):
    assert all(name in list_experiments() for name in EXPERIMENTS)
    with pytest.raises(SettingsError, match="partial-labels"):
        find_experiment("partial-label")
    with pytest.raises(LabelAssembleError, match="one class in experiment"):
        run(recipe, "novel-disease", classes_of_interest=("mass", "nodule"))
