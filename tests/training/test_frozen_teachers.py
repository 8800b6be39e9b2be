"""Runs that teach: what they predict, what the student learns, and who may not."""

import json
import shutil
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
from labelassemble.inference.load_network import load_network
from labelassemble.inference.predictions import predict_records
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.class_thresholds import source_prevalence
from labelassemble.training.csv_log import read_log
from labelassemble.training.diagnosis import Diagnosis
from labelassemble.training.frozen_teachers import open_teachers
from labelassemble.training.lineage import LEARNED_COLUMNS
from labelassemble.training.run import train_network
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
        train_network(
            Diagnosis(
                make_recipe(**BOTH), RunSettings(method="masked", seed=seed), toy_table, toy_store
            ),
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
    folder = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "student")
    soft = pl.read_parquet(folder / "soft_labels.parquet")
    # Every source looked for one of two classes, so half of the training cells are unknown.
    assert soft.height == 48
    assert read_log(folder / "log.csv")["known_count"].to_list() == [96, 96, 96]
    told = json.loads((folder / "teachers.json").read_text())
    assert [len(one["sha256"]) for one in told["teachers"]] == [64, 64]
    learnable = select_learnable(toy_table, run)
    labels = make_labels(learnable, learnable.classes)
    rows = labels.rows("train")
    names = [labels.record[row] for row in rows]
    predictions = [
        predict_records(
            load_network(one / "checkpoints" / "best.ckpt"),
            toy_store,
            names,
            7,
            torch.device("cpu"),
        )["probability"]
        .to_numpy()
        .reshape(-1, 2)
        for one in teachers
    ]
    mean = np.mean([to_logit(one) for one in predictions], axis=0)
    unknown = ~labels.known[rows]
    expected = align_with_shrinkage(mean, unknown, labels.source[rows], source_prevalence(labels))
    place = {name: number for number, name in enumerate(names)}
    for record, name, probability in soft.iter_rows():
        own = expected[place[record], labels.classes.index(name)]
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
    first = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "first")
    again = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "again")
    name = "predictions.parquet"
    assert (first / name).read_bytes() == (again / name).read_bytes()
    before = (first / "soft_labels.parquet").stat().st_mtime_ns
    train_network(Diagnosis(recipe, run, toy_table, toy_store), first)
    assert (first / "soft_labels.parquet").stat().st_mtime_ns == before


def test_an_image_is_predicted_by_those_that_did_not_learn_from_it(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    """Folds: the first teacher claims to have learned from half of the training images."""
    recipe, run = teach(make_recipe, teachers, training={"epochs": 1}), RunSettings(method="masked")
    names = toy_table.records.filter(pl.col("split") == "train")["record"].to_list()
    for teacher, own in zip(teachers, (names[::2], names[1::2]), strict=True):
        frame = pl.DataFrame(
            {"sha256": [toy_store.content[name] for name in own], "split": ["train"] * len(own)},
        )
        frame = pl.concat([pl.DataFrame(schema=LEARNED_COLUMNS), frame], how="diagonal")
        (teacher / "learned.parquet").rename(teacher / "whole")
        (teacher / "sums.json").rename(teacher / "sums")
        frame.write_parquet(teacher / "learned.parquet")
    try:
        folder = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "folds")
    finally:
        for teacher in teachers:
            (teacher / "whole").replace(teacher / "learned.parquet")
            (teacher / "sums").rename(teacher / "sums.json")
    soft = pl.read_parquet(folder / "soft_labels.parquet")
    # Within a source and class one shift is added to all: differences are the right teacher's.
    devices = torch.device("cpu")
    predictions = [
        predict_records(
            load_network(one / "checkpoints" / "best.ckpt"), toy_store, names, 8, devices
        )
        for one in teachers
    ]
    right = [
        (predictions[1] if record in names[::2] else predictions[0])
        .filter(pl.col("record") == record, pl.col("class") == name)["probability"]
        .item()
        for record, name, _ in soft.iter_rows()
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
    turned = toy_table.records.with_columns(
        split=pl.col("split").replace({"train": "test", "test": "train"})
    )
    refused(
        r"(?s)seed0 that learned.*48 of 48 that it has seen: west/train000",
        teachers,
        replace(toy_table, records=turned),
    )
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
    every = toy_table.records.select("record").join(
        pl.DataFrame({"class": list(toy_table.classes)}), how="cross"
    )
    missing = every.join(cells, on=["record", "class"], how="anti")
    filled = missing.join(cells.head(1).drop("record", "class", "label"), how="cross")
    cells = pl.concat(
        [cells, filled.with_columns(label=pl.lit(0.0)).select(cells.columns)],
        how="vertical_relaxed",
    )
    table = replace(toy_table, cells=cells)
    with pytest.raises(RunError, match="no unknown training cell"):
        train_network(
            Diagnosis(recipe, RunSettings(method="masked"), table, toy_store), tmp_path / "student"
        )


def test_a_self_distilled_student_learns_known_cells_alone(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    recipe = teach(make_recipe, teachers[:1], training={"epochs": 1, "teacher_cells": "known"})
    run = RunSettings(method="masked")
    folder = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "student")
    soft = pl.read_parquet(folder / "soft_labels.parquet")
    known = toy_table.cells.join(
        toy_table.records.filter(pl.col("split") == "train"), on="record", how="semi"
    )
    assert soft.height == known.height == 48
    both = soft.join(known, on=["record", "class"])
    # Half of it is the label: on its side of one half, whatever the teacher says.
    assert ((both["probability"] > 0.5) == (both["label"] > 0.5)).all()
    assert (both["probability"] != both["label"]).all()


def test_what_a_teacher_began_with_counts_as_seen(
    tmp_path: Path,
    make_recipe: Make,
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    """grandparent -> (start_from) parent -> (teacher) child; the grandparent saw test images."""
    turned = toy_table.records.with_columns(
        split=pl.when(pl.col("split") == "test")
        .then(pl.lit("train"))
        .when(pl.col("split") == "train")
        .then(pl.lit("unused"))
        .otherwise("split")
        .cast(toy_table.records["split"].dtype)
    )
    other = replace(toy_table, records=turned)
    short = {"training": {"epochs": 1}}
    run = RunSettings(method="label-assemble")
    first = train_network(
        Diagnosis(make_recipe(**short), run, other, toy_store), tmp_path / "first"
    )
    start = first / "checkpoints" / "best.ckpt"
    begun = make_recipe(training={"epochs": 1, "start_from": start})
    with pytest.raises(RunError, match=r"(?s)to start from.*16 of 16 .*west/test000"):
        train_network(Diagnosis(begun, run, toy_table, toy_store), tmp_path / "leaks")
    # Whose test split is another one may start from it; it cannot teach here.
    half = replace(other, records=other.records.filter(pl.col("split") != "unused"))
    second = train_network(Diagnosis(begun, run, half, toy_store), tmp_path / "second")
    recipe = make_recipe(training={"epochs": 1, "teachers": [second], "teacher_cells": "known"})
    third = train_network(Diagnosis(recipe, run, half, toy_store), tmp_path / "third")
    for teacher in (second, third):
        seen = pl.read_parquet(teacher / "learned.parquet")
        inherited = seen.filter(pl.col("split") == "inherited train")
        assert inherited.height == 16
        # As if its own images were others: only what it began with has seen the test split.
        (teacher / "sums.json").unlink()
        seen.filter(pl.col("split").str.starts_with("inherited")).write_parquet(
            teacher / "learned.parquet"
        )
        taught = teach(make_recipe, (teacher,))
        with pytest.raises(RunError, match=r"(?s)16 of 16 .*through the runs that it began with"):
            open_teachers((teacher,), taught, toy_table, toy_store)


def test_a_teacher_that_began_with_nobody_knows_what(
    tmp_path: Path,
    make_recipe: Make,
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    run = RunSettings(method="label-assemble")
    short = {"training": {"epochs": 1}}
    first = train_network(
        Diagnosis(make_recipe(**short), run, toy_table, toy_store), tmp_path / "first"
    )
    moved = tmp_path / "moved.ckpt"
    (first / "checkpoints" / "best.ckpt").rename(moved)
    begun = make_recipe(training={"epochs": 1, "start_from": moved})
    second = train_network(Diagnosis(begun, run, toy_table, toy_store), tmp_path / "second")
    with pytest.raises(RunError, match=r"moved\.ckpt, of which nothing is reported"):
        open_teachers((second,), teach(make_recipe, (second,)), toy_table, toy_store)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("settings.json", b"{", "settings.json"),
        ("settings.json", b"[]", "settings.json"),
        ("settings.json", b"{}", "without a recipe"),
        ("settings.json", None, "settings.json"),
        ("learned.parquet", b"nothing", "what a run learned from"),
        ("learned.parquet", None, "what a run learned from"),
        ("checkpoints/best.ckpt", b"nothing", "best.ckpt"),
        ("checkpoints/best.ckpt", None, "best.ckpt"),
    ],
)
def test_damaged_teachers_are_one_error(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
    file: str,
    content: bytes | None,
    said: str,
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(teachers[0], broken)
    for name in (file, "sums.json"):
        (broken / name).unlink()
    if content is not None:
        (broken / file).write_bytes(content)
    student = tmp_path / "student"
    with pytest.raises(RunError, match=said):
        train_network(
            Diagnosis(
                teach(make_recipe, (broken,)), RunSettings(method="masked"), toy_table, toy_store
            ),
            student,
        )
    # Nothing binds the next attempt.
    assert not student.exists()


def test_a_teacher_twice_and_a_teacher_trained_again(
    tmp_path: Path,
    make_recipe: Make,
    teachers: tuple[Path, ...],
    toy_table: AssembledTable,
    toy_store: ImageStore,
) -> None:
    run = RunSettings(method="masked")
    with pytest.raises(RunError, match="each teacher once"):
        open_teachers((teachers[0],) * 2, teach(make_recipe, teachers), toy_table, toy_store)
    own = tmp_path / "own"
    shutil.copytree(teachers[0], own)
    recipe = teach(make_recipe, (own,), training={"epochs": 1})
    student = train_network(Diagnosis(recipe, run, toy_table, toy_store), tmp_path / "student")
    shutil.copy(teachers[1] / "checkpoints" / "best.ckpt", own / "checkpoints" / "best.ckpt")
    for _ in range(2):
        with pytest.raises(RunError, match="another network in its place"):
            train_network(Diagnosis(recipe, run, toy_table, toy_store), student)
        (student / "done.json").unlink(missing_ok=True)
    # One that is gone said what it had to say.
    shutil.rmtree(own)
    train_network(Diagnosis(recipe, run, toy_table, toy_store), student)
