"""partial-labels with a search: rates and lengths from validation, teachers, broken off at will."""

import re

import polars as pl
import pytest

from labelassemble.errors import DivergedError, RunError
from labelassemble.experiments.variants import change_settings
from labelassemble.pipeline.run_experiment import run_experiment
from labelassemble.recipe import read_recipe
from labelassemble_phantoms.hospitals import simulate_hospitals


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("protocol") / "hospitals"
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
            "experiment.rates": (1.0, 3.0),
            "experiment.max_epochs": 2,
            "experiment.variants": (
                "single",
                "masked-logsumexp",
                "student",
                "full-logsumexp",
                "ensemble-of-three",
            ),
        },
    )


def run(recipe, output, **experiment):
    said = []
    changed = change_settings(recipe, {f"experiment.{key}": one for key, one in experiment.items()})
    changed = changed.model_copy(update={"output": output})
    return run_experiment("partial-labels", changed, said.append), "\n".join(said)


def trained(said):
    return re.findall(r"\d+ of \d+: (\S+) trained", said)


def test_broken_off_and_carried_on_to_the_same_table(recipe, tmp_path, monkeypatch):
    import labelassemble.training.run as training

    real, left = training.train_network, [9]

    def train(*arguments):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*arguments)

    monkeypatch.setattr(training, "train_network", train)
    with pytest.raises(KeyboardInterrupt):
        run(recipe, tmp_path)
    monkeypatch.undo()
    runs = tmp_path / "experiments" / "partial-labels" / "runs"
    done = {one.parent: one.stat().st_mtime_ns for one in runs.glob("*/done.json")}
    assert len(done) == 9
    page, said = run(recipe, tmp_path)
    assert {one: (one / "done.json").stat().st_mtime_ns for one in done} == done
    names = trained(said)
    assert len(names) == len(set(names))
    assert not {one.name for one in done} & set(names)
    choices = pl.read_csv(page.parent / "tables" / "choices.csv")
    assert set(choices["arm"]) == {"single", "masked-logsumexp", "student", "full-logsumexp"}
    # Everything is equally long, at the rate that validation chose.
    assert choices["epochs"].n_unique() == 1
    best = choices.group_by("arm", "rate").agg(
        pl.col("validation_auroc_score").max(), pl.col("chosen").any()
    )
    for (_,), own in best.group_by("arm"):
        assert (
            own.filter("chosen")["validation_auroc_score"].item()
            == own["validation_auroc_score"].max()
        )
    assert "peak in the lesion" in page.read_text(encoding="utf-8")
    # The same command again trains nothing.
    _, again = run(recipe, tmp_path)
    assert trained(again) == []
    assert (
        said.split("Partial labels")[-1].split("\n\n")[1:]
        == again.split("Partial labels")[-1].split("\n\n")[1:]
    )


def test_a_rate_that_diverges_is_not_chosen(recipe, tmp_path, monkeypatch):
    import labelassemble.training.run as training

    real = training.train_network

    def train(task, folder):
        if task.recipe.training.learning_rate > limit:
            raise DivergedError("finite losses", "nan", "Lower training.learning_rate")
        return real(task, folder)

    monkeypatch.setattr(training, "train_network", train)
    limit = 2 * recipe.training.learning_rate
    two = {"variants": ("masked", "full"), "max_epochs": 1}
    page, said = run(recipe, tmp_path, **two)
    assert "x 3 diverged; plateau not reached in 1 epoch" in said
    assert set(pl.read_csv(page.parent / "tables" / "choices.csv")["rate"]) == {1.0}
    # A network of the recipe's rate and length is the one that a quick run trains.
    _, quick = run(recipe, tmp_path, **two, quick=True)
    assert "2 networks, 2 of them finished before" in quick
    limit = 0
    with pytest.raises(RunError, match=r"validation score of masked(?s:.*)x 1: diverged"):
        run(recipe, tmp_path / "other", **two)
