"""Locations in settings: where they are allowed, what is refused, and what is written of them."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelassemble.errors import LabelAssembleError, SettingsError
from labelassemble.recipe import check_recipe, resolve_paths
from labelassemble.storage.located_frame import find_places, tell_locations
from labelassemble.storage.object_place import (
    IN,
    OUT,
    find_location,
    find_place,
    is_outgoing,
    objects_root,
    tell_text,
)
from labelassemble.storage.object_store import StoreOptions, options_in_use, use_options


def recipe_of(**more: Any) -> dict[str, Any]:
    source = {"name": "nih", "manifest": "nih_chestxray14", "folder": "s3://chest/nih"}
    return {
        "name": "far",
        "output": "here",
        "sources": [{**source, **more.pop("source", {})}],
        **more,
    }


def test_a_recipe_keeps_locations_and_says_how_stores_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUCKET", "chest")
    told = recipe_of(source={"images": "s3://${BUCKET}/nih/images"}, object_stores={"in_flight": 3})
    recipe = resolve_paths(check_recipe(told, "here"), tmp_path)
    try:
        assert options_in_use().in_flight == 3
    finally:
        use_options(StoreOptions())
    source = recipe.sources[0]
    assert source.folder == find_place("s3://chest/nih")
    saved = recipe.model_dump(mode="json")
    assert saved["sources"][0]["folder"] == "s3://chest/nih"
    assert saved["sources"][0]["images"] == "s3://chest/nih/images"
    assert str(objects_root()) not in str(saved)
    assert check_recipe(saved, "saved") == recipe


@pytest.mark.parametrize(
    "told",
    [
        recipe_of(source={"folder": "s3://AKIA123:hush@chest/nih"}),
        recipe_of(source={"folder": "https://h.example/a?X-Amz-Signature=hush"}),
        recipe_of(object_stores={"secret": "hush"}),
        recipe_of(object_stores={"aws_access_key_id": "hush"}),
    ],
)
def test_a_secret_in_a_recipe_is_refused_and_not_repeated(told: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="by the environment") as error:
        check_recipe(told, "here")
    assert "hush" not in str(error.value)


@pytest.mark.parametrize("folder", ["s3://", "s3://chest/../other", "s3://chest/./a"])
def test_a_location_leads_down_from_a_bucket(folder: str) -> None:
    with pytest.raises(SettingsError, match="Name the bucket"):
        check_recipe(recipe_of(source={"folder": folder}), "here")


@pytest.mark.parametrize("more", [{"output": "s3://chest/out"}])
def test_what_is_no_source_is_a_path_of_this_machine(more: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a path of this machine"):
        resolve_paths(check_recipe(recipe_of(**more), "here"), tmp_path)


def test_an_unset_variable_is_named() -> None:
    with pytest.raises(SettingsError, match="NO_SUCH_BUCKET"):
        check_recipe(recipe_of(source={"folder": "s3://${NO_SUCH_BUCKET}/nih"}), "here")


@pytest.mark.parametrize(
    "setting", [{"in_flight": 0}, {"in_flight": 257}, {"tries": 0}, {"timeout_seconds": 0}]
)
def test_settings_have_ranges(setting: dict[str, Any]) -> None:
    with pytest.raises(LabelAssembleError):
        check_recipe(recipe_of(object_stores=setting), "here")


def test_what_is_read_and_what_is_written_lie_apart_and_mean_the_same() -> None:
    read, written = find_place("s3://chest/a.csv", IN), find_place("s3://chest/a.csv", OUT)
    assert read != written
    assert find_location(read) == find_location(written) == "s3://chest/a.csv"
    assert is_outgoing(written)
    assert not is_outgoing(read)
    assert find_location(objects_root()) is None
    assert tell_text(f"{read}, {written}") == "s3://chest/a.csv, s3://chest/a.csv"


def test_a_table_means_the_same_on_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELASSEMBLE_OBJECTS", "/first$1/o.b")
    frame = pl.DataFrame({"path": [str(find_place("s3://chest/a.zip")) + "#b.png", "/data/c.png"]})
    written = tell_locations(frame)
    assert written["path"].to_list() == ["s3://chest/a.zip#b.png", "/data/c.png"]
    assert find_places(written).equals(frame)
    monkeypatch.setenv("LABELASSEMBLE_OBJECTS", "/second")
    assert find_places(written)["path"][0] == "/second/in/s3/chest/a.zip#b.png"
    assert os.fspath(find_place("s3://chest/a.zip")) in find_places(written)["path"][0]
