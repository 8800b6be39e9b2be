"""Runs that teach: what they answer, what the student learns, and who may not."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from scipy.special import logit as to_logit

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.images.batch import make_labels
from labelassemble.images.store import ImageStore
from labelassemble.inference.predictions import predict_pictures
from labelassemble.inference.predictor import load_network
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.class_thresholds import class_prevalence
from labelassemble.training.csv_log import read_log
from labelassemble.training.frozen_teachers import LEARNED_COLUMNS, open_teachers
from labelassemble.training.run import train
from labelassemble.training.select import select_learnable
from labelassemble.training.soft_labels import align_with_shrinkage

Make = Callable[..., Recipe]
BOTH = {"losses": {"bce_views": "both"}}


@pytest.fixture(scope="module")
def teachers(
    tmp_path_factory: pytest.TempPathFactory,
    make_recipe: Make,
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> tuple[Path, ...]:
    folder = tmp_path_factory.mktemp("teachers")
    return tuple(
        train(
            make_recipe(**BOTH),
            RunSettings(method="masked", seed=seed),
            toy_table,
            toy_store,
            folder / f"seed{seed}",
        )
        for seed in (0, 1)
    )


def teach(make_recipe: Make, runs: tuple[Path, ...], **changes: Any) -> Recipe:
    training = {"teachers": runs, **changes.pop("training", {})}
    return make_recipe(training=training, **{**BOTH, **changes})


def test_a_student_learns_what_the_teachers_say(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    recipe = teach(make_recipe, teachers)
    run = RunSettings(method="masked")
    folder = train(recipe, run, toy_table, toy_store, tmp_path / "student")
    soft = pl.read_parquet(folder / "soft_labels.parquet")
    # Every source looked for one of two classes, so half of the training cells are unknown.
    assert soft.height == 48
    assert read_log(folder / "log.csv")["known_count"].to_list() == [96, 96, 96]
    told = json.loads((folder / "teachers.json").read_text())
    assert [len(one["sha256"]) for one in told["teachers"]] == [64, 64]
    learnable = select_learnable(toy_table, run)
    labels = make_labels(learnable, learnable.classes)
    rows = labels.rows("train")
    names = [labels.picture[row] for row in rows]
    answers = [
        predict_pictures(
            load_network(one / "checkpoints" / "best.ckpt"),
            toy_store,
            names,
            7,
            torch.device("cpu"),
        )["answer"]
        .to_numpy()
        .reshape(-1, 2)
        for one in teachers
    ]
    mean = np.mean([to_logit(one) for one in answers], axis=0)
    unknown = ~labels.known[rows]
    expected = align_with_shrinkage(mean, unknown, labels.source[rows], class_prevalence(labels))
    place = {name: number for number, name in enumerate(names)}
    for picture, name, probability in soft.iter_rows():
        own = expected[place[picture], labels.classes.index(name)]
        assert probability == pytest.approx(own, abs=1e-5)


def test_the_same_student_again_is_the_same_and_is_kept(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    recipe = teach(make_recipe, teachers, training={"epochs": 1})
    run = RunSettings(method="masked")
    first = train(recipe, run, toy_table, toy_store, tmp_path / "first")
    again = train(recipe, run, toy_table, toy_store, tmp_path / "again")
    name = "predictions.parquet"
    assert (first / name).read_bytes() == (again / name).read_bytes()
    before = (first / "soft_labels.parquet").stat().st_mtime_ns
    train(recipe, run, toy_table, toy_store, first)
    assert (first / "soft_labels.parquet").stat().st_mtime_ns == before


def test_a_picture_is_answered_by_those_that_did_not_learn_from_it(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    """Folds: the first teacher claims to have learned from half of the training pictures."""
    recipe, run = teach(make_recipe, teachers, training={"epochs": 1}), RunSettings(method="masked")
    names = toy_table.pictures.filter(pl.col("split") == "train")["picture"].to_list()
    for teacher, own in zip(teachers, (names[::2], names[1::2]), strict=True):
        frame = pl.DataFrame(
            {"content": [toy_store.content[name] for name in own], "split": ["train"] * len(own)},
            schema=LEARNED_COLUMNS,
        )
        (teacher / "learned.parquet").rename(teacher / "whole")
        frame.write_parquet(teacher / "learned.parquet")
    try:
        folder = train(recipe, run, toy_table, toy_store, tmp_path / "folds")
    finally:
        for teacher in teachers:
            (teacher / "whole").replace(teacher / "learned.parquet")
    soft = pl.read_parquet(folder / "soft_labels.parquet")
    # Within a source and class one shift is added to all: differences are the right teacher's.
    devices = torch.device("cpu")
    answers = [
        predict_pictures(
            load_network(one / "checkpoints" / "best.ckpt"), toy_store, names, 8, devices
        )
        for one in teachers
    ]
    right = [
        (answers[1] if picture in names[::2] else answers[0])
        .filter(pl.col("picture") == picture, pl.col("class") == name)["answer"]
        .item()
        for picture, name, _ in soft.iter_rows()
    ]
    told = soft.with_columns(
        moved=pl.Series(to_logit(soft["probability"].to_numpy()) - to_logit(np.array(right)))
    )
    for _, part in told.group_by("class"):
        assert np.ptp(part["moved"].to_numpy()) < 1e-5


def test_who_may_not_teach(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    recipe = teach(make_recipe, teachers)

    def refused(match: str, runs: tuple[Path, ...], table: AssembledTable = toy_table) -> None:
        with pytest.raises(RunError, match=match):
            open_teachers(runs, recipe, table, toy_store)

    refused("no run folder", (tmp_path / "nowhere",))
    turned = toy_table.pictures.with_columns(
        split=pl.col("split").replace({"train": "test", "test": "train"})
    )
    refused("48 of 48 that .*seed0 learned from", teachers, replace(toy_table, pictures=turned))
    manifest = {**toy_table.manifest, "vocabulary": {"name": "skin", "version": "1"}}
    refused("a teacher of the vocabulary skin 1", teachers, replace(toy_table, manifest=manifest))
    refused(
        "a teacher of some of the classes naevus", teachers, replace(toy_table, classes=("naevus",))
    )
    other = make_recipe(assembly={"uncertain": "positive"})
    with pytest.raises(RunError, match=r"assembly\.uncertain = unknown in .*, here positive"):
        open_teachers(teachers, other, toy_table, toy_store)


def test_a_table_in_which_all_is_known_has_nothing_to_ask(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    recipe = teach(make_recipe, teachers, training={"epochs": 1})
    cells = toy_table.cells.with_columns(label=pl.col("label").fill_null(0.0))
    every = toy_table.pictures.select("picture").join(
        pl.DataFrame({"class": list(toy_table.classes)}), how="cross"
    )
    missing = every.join(cells, on=["picture", "class"], how="anti")
    filled = missing.join(cells.head(1).drop("picture", "class", "label"), how="cross")
    cells = pl.concat(
        [cells, filled.with_columns(label=pl.lit(0.0)).select(cells.columns)],
        how="vertical_relaxed",
    )
    table = replace(toy_table, cells=cells)
    with pytest.raises(RunError, match="no unknown training cell"):
        train(recipe, RunSettings(method="masked"), table, toy_store, tmp_path / "student")
