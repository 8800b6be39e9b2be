"""From a run to the next one: what the first has seen, none that comes from it is tested on."""

import json
import shutil
from pathlib import Path

import cv2
import polars as pl
import pytest
from tests.pipeline.conftest import pick_hospitals

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, as_word
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.evaluate_networks import describe_results, evaluate_networks
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.pipeline.write_description import write_description
from labelassemble.settings import Recipe


def train(recipe: Recipe) -> Path:
    return train_networks(recipe, *open_assembled(recipe))[0]


def seen_by(table: AssembledTable) -> set[str]:
    return set(table.records.filter(pl.col("split").is_in(["train", "validate"]))["patient"])


def held_out(table: AssembledTable) -> set[str]:
    return set(table.records.filter(pl.col("split") == "test")["patient"])


def test_a_third_hospital_makes_no_training_image_a_test_image(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], tmp_path: Path
) -> None:
    before, run = two_hospitals
    names = ["west", "north", "east"]
    free = assemble_sources(pick_hospitals(hospitals, tmp_path / "free", names))
    test = free.records.filter(pl.col("split") == "test")
    leaking = test.filter(pl.col("patient").is_in(sorted(seen_by(before))))["record"].to_list()
    assert len(leaking) > 5, "as it was"
    begun = {"training": {"epochs": 1, "start_from": run}}
    with pytest.raises(RunError) as caught:
        train(pick_hospitals(hospitals, tmp_path / "free", names, **begun))
    assert caught.value.got == (
        f"{len(leaking)} of {test.height} that it has seen: {', '.join(leaking[:3])} "
        f"and {len(leaking) - 3} more"
    )
    assert f"--assembly.keep-split {as_word(run)}" in caught.value.do
    assert "--training.start-from None" in caught.value.do

    recipe = pick_hospitals(hospitals, tmp_path / "kept", names, **begun)
    kept = assemble_sources(recipe)
    both = before.records.join(kept.records, on="record", suffix="_now")
    assert both.height == before.records.height
    assert both.filter(pl.col("split") != pl.col("split_now")).is_empty()
    new = kept.records.filter(pl.col("source") == "west")
    assert set(new["split"]) == {"train", "validate", "test"}
    assert "Places kept as in two hospitals: " in write_description(kept)
    explicit = assemble_sources(
        pick_hospitals(hospitals, tmp_path / "explicit", names, assembly={"keep_split": (run,)})
    )
    assert explicit.records.equals(kept.records)
    assert str(tmp_path) not in json.dumps(explicit.manifest), "no path"

    second = train(recipe)
    card = (second / "card.md").read_text()
    assert "## Came from" in card
    assert "- started from two hospitals of north+east (SHA-256 " in card
    told = describe_results(evaluate_networks(recipe, kept))
    assert "\nlabel-assemble-seed0 came from:\n- started from two hospitals of north+east" in told


def test_what_a_run_came_from_counts_through_any_number_of_steps(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], tmp_path: Path
) -> None:
    """north+east -> west alone, taught by it -> east again, under another name."""
    before, run = two_hospitals
    west = pick_hospitals(
        hospitals,
        tmp_path / "west",
        ["west"],
        training={"epochs": 1, "teachers": (run,), "teacher_cells": "known"},
    )
    assemble_sources(west)
    second = train(west)
    begun = {"training": {"epochs": 1, "start_from": second / "checkpoints" / "best.ckpt"}}
    third = pick_hospitals(hospitals, tmp_path / "third", ["east"], **begun)
    renamed = third.sources[0].model_copy(update={"name": "another"})
    third = third.model_copy(update={"sources": (renamed,)})
    table = assemble_sources(third)
    met = {name.replace("east/", "another/") for name in seen_by(before)}
    assert not met & held_out(table)
    assert held_out(table), "those that it held out"
    last = train(third)
    lines = (last / "card.md").read_text().splitlines()
    at = lines.index("## Came from")
    assert lines[at + 2].startswith("- started from label-assemble-seed0 of west (")
    assert lines[at + 3].startswith("  - taught by two hospitals of north+east (")


def test_several_runs_keep_their_splits(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], tmp_path: Path
) -> None:
    before, run = two_hospitals
    west = pick_hospitals(hospitals, tmp_path / "west", ["west"], assembly={"seed": 5})
    alone = assemble_sources(west)
    other, link = train(west), tmp_path / "link"
    link.symlink_to(other)
    kept = {"keep_split": (run, other, link), "seed": 9}
    names = ["west", "east", "north"]
    table = assemble_sources(pick_hospitals(hospitals, tmp_path / "kept", names, assembly=kept))
    assert not held_out(table) & (seen_by(before) | seen_by(alone))
    assert held_out(table) == held_out(before) | held_out(alone)
    assert "Places kept as in two hospitals + label-assemble-seed0: " in write_description(table)
    begun = {"training": {"epochs": 1, "start_from": other, "resume": True}}
    leaking = pick_hospitals(hospitals, tmp_path / "kept", names, assembly=kept, **begun)
    assert train(leaking).is_dir(), "the split of either was kept"


def test_weights_of_a_run_are_held_to_what_it_saw(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], tmp_path: Path
) -> None:
    before, run = two_hospitals
    weights = tmp_path / "weights.ckpt"
    weights.symlink_to(run / "checkpoints" / "best.ckpt")
    begun = {"model": {"backbone": "small", "pretrained": str(weights)}}
    names = ["west", "north", "east"]
    place = tmp_path / "free"
    free = assemble_sources(pick_hospitals(hospitals, place, names))
    assert held_out(free) & seen_by(before), "as it was"
    with pytest.raises(RunError, match="of the test split, nor of its patients") as caught:
        train(pick_hospitals(hospitals, place, names, **begun))
    assert caught.value.do.endswith("--model.pretrained None")
    recipe = pick_hospitals(hospitals, tmp_path / "kept", names, **begun)
    kept = assemble_sources(recipe)
    assert not held_out(kept) & seen_by(before)
    second = train(recipe)
    assert (
        "- with weights of two hospitals of north+east (SHA-256 "
        in (second / "card.md").read_text()
    )
    assert held_out(before) <= held_out(kept)


def test_a_copy_that_only_looks_like_a_training_image_is_not_tested(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], tmp_path: Path
) -> None:
    """Another hospital has east's images, brighter and smaller, under other names."""
    before, run = two_hospitals
    folder = tmp_path / "hospitals"
    shutil.copytree(hospitals.parent if hospitals.is_file() else hospitals, folder)
    copies: dict[str, str] = {}
    east = folder / "east"
    for number, path in enumerate(sorted((east / "images").iterdir())):
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        copies[path.name] = f"x{number:04d}.png"
        smaller = cv2.resize(image, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(path.with_name(copies[path.name])), cv2.convertScaleAbs(smaller, beta=12))
        path.unlink()
    for path in east.glob("*.csv"):
        text = path.read_text()
        for name, new in copies.items():
            text = text.replace(name.removesuffix(".png"), new.removesuffix(".png"))
        path.write_text(text)
    recipe = pick_hospitals(folder / "recipe.toml", tmp_path / "out", ["east"])
    recipe = recipe.model_copy(
        update={"assembly": recipe.assembly.model_copy(update={"keep_split": (run,)})}
    )
    table = assemble_sources(recipe)
    names = {name.removesuffix(".png"): new.removesuffix(".png") for name, new in copies.items()}
    seen = before.records.filter(
        (pl.col("source") == "east") & pl.col("split").is_in(["train", "validate"])
    )
    stems = {Path(name).stem for name in seen["record"]}
    met = {names[stem] for stem in stems}
    test = {Path(name).stem for name in table.records.filter(pl.col("split") == "test")["record"]}
    assert len(met) > 10
    assert not met & test


def test_runs_that_tell_too_little_are_one_error(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], tmp_path: Path
) -> None:
    _, run = two_hospitals

    def assemble(kept: Path) -> None:
        assembly = {"keep_split": (kept,)}
        assemble_sources(pick_hospitals(hospitals, tmp_path / "out", ["north"], assembly=assembly))

    with pytest.raises(RunError, match="no such folder"):
        assemble(tmp_path / "nowhere")
    with pytest.raises(RunError, match=r"a folder without settings\.json"):
        assemble(hospitals.parent)
    older = tmp_path / "older"
    shutil.copytree(run, older)
    frame = pl.DataFrame({"content": ["0"], "split": ["train"]})
    frame.write_parquet(older / "learned.parquet")
    with pytest.raises(RunError, match="of an earlier version"):
        assemble(older)
    (older / "learned.parquet").unlink()
    with pytest.raises(RunError, match="what a run learned from"):
        assemble(older)
    shutil.copy(run / "learned.parquet", older)
    (older / "table.json").unlink()
    with pytest.raises(RunError, match=r"table\.json"):
        assemble(older)
    assert not (tmp_path / "out" / "assembled").exists()


def test_hashed_ids_are_compared_with_hashes_of_the_same_key(
    hospitals: Path, two_hospitals: tuple[AssembledTable, Path], tmp_path: Path
) -> None:
    key = {"ids_key": tmp_path / "safe" / "ids.key"}
    hashed = pick_hospitals(hospitals, tmp_path / "hashed", ["north"], assembly=key)
    before = assemble_sources(hashed)
    run = train(hashed)
    kept = {**key, "keep_split": (run,)}
    again = pick_hospitals(hospitals, tmp_path / "again", ["west", "north"], assembly=kept)
    table = assemble_sources(again)
    assert not seen_by(before) & held_out(table)
    both = before.records.join(table.records, on="record", suffix="_now")
    assert both.height == before.records.height
    assert both["split"].equals(both["split_now"])
    plain = pick_hospitals(
        hospitals, tmp_path / "plain", ["north"], assembly={"keep_split": (run,)}
    )
    with pytest.raises(RunError, match="no hashes in the table, hashes of the key"):
        assemble_sources(plain)
    other = {"ids_key": key["ids_key"], "keep_split": (two_hospitals[1],)}
    with pytest.raises(RunError, match="in the table, no hashes in the run"):
        assemble_sources(pick_hospitals(hospitals, tmp_path / "mixed", ["west"], assembly=other))
