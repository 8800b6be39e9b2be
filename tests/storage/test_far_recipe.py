"""A recipe whose source lies in an object store, from `check` to an exported table."""

import gzip
import tomllib
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import polars as pl
import pytest
from tests.pipeline.radiographs import make_radiograph
from tests.storage.object_server import Wire

from labelassemble.errors import RunError, SettingsError
from labelassemble.pipeline.asked_images import list_asked_images
from labelassemble.pipeline.assemble_sources import assemble_sources, open_assembled
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.export_table import export_table
from labelassemble.recipe import check_recipe, resolve_paths
from labelassemble.settings import Recipe
from labelassemble.storage.lay_out import forget_seen, lay_out_objects
from labelassemble.storage.object_place import OUT, find_place

COUNT = 12
MANIFEST = """
name = "far"
[table]
file = "labels.csv.gz"
image = "image"
patient = "patient"
[labels]
encoding = "finding_columns"
columns = ["Mass"]
values = { "1" = "positive", "0" = "negative" }
"""


@pytest.fixture
def tell(bucket: Any, draw_image: Callable[..., np.ndarray]) -> dict[str, bytes]:
    rows = "".join(f"{number:02}.png,p{number},{number % 2}\n" for number in range(COUNT))
    files = {"labels.csv.gz": gzip.compress(f"image,patient,Mass\n{rows}".encode(), mtime=0)}
    for number in range(COUNT):
        files[f"images/{number:02}.png"] = encode(draw_image(number, 32, 32))
    for name, data in files.items():
        bucket.put(f"far/{name}", data)
    return files


def encode(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def recipe_of(folder: str, place: Path, **more: Any) -> Recipe:
    place.mkdir(exist_ok=True)
    (place / "far.toml").write_text(MANIFEST)
    told = {
        "name": "far",
        "output": "out",
        "classes": ["mass"],
        "sources": [{"name": "far", "manifest": "far.toml", "folder": folder}],
        "images": {"size": 16},
        "assembly": {"allow_unscored_classes": True, **more},
    }
    return resolve_paths(check_recipe(told, "here"), place)


def read_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "assembled").iterdir()}


def test_check_needs_names_and_tables_not_images(
    tell: dict[str, bytes], bucket: Any, stores: Wire, tmp_path: Path
) -> None:
    recipe = recipe_of(f"s3://{bucket.name}/far", tmp_path)
    check = check_source(recipe.sources[0].manifest, recipe.sources[0].folder)
    assert not check.problems
    assert stores.gets(".gz") == 1
    assert stores.gets(".png") <= 1  # By whose content sources of the same form are told apart.


def test_a_table_is_that_of_files_on_this_machine_and_tells_what_changed(
    tell: dict[str, bytes], bucket: Any, stores: Wire, tmp_path: Path
) -> None:
    for name, data in tell.items():
        path = tmp_path / "near" / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    near = recipe_of("data", tmp_path / "near")
    far = recipe_of(f"s3://{bucket.name}/far", tmp_path / "far")
    assemble_sources(near)
    laid = lay_out_objects(find_place(f"s3://{bucket.name}/far"))
    for left in (
        ".labels.csv.gz.lock",
        "images/.00.png.1.fetched",
    ):  # Of a killed fetch.
        (laid / left).touch()
    assemble_sources(far)
    assert stores.gets(".png") == COUNT
    left, right = read_bytes(near.output), read_bytes(far.output)
    same = {name for name in left if left[name] == right[name]}
    assert same >= {"cells.parquet", "contents.parquet", "groups.parquet", "assembled.json"}
    assert str(tmp_path / "objects") not in str(right)
    paths = pl.read_parquet(far.output / "assembled" / "records.parquet")["path"]
    assert paths[0] == f"s3://{bucket.name}/far/images/00.png"

    stores.reset()
    forget_seen()
    table, store = open_assembled(far)
    assert len(store.row) == COUNT == table.records.height
    assert stores.gets(".png") == 0
    bucket.put("far/images/03.png", encode(np.eye(32, dtype=np.uint8) * 255))
    forget_seen()
    with pytest.raises(RunError, match=rf"s3://{bucket.name}/far/images/03.png"):
        open_assembled(far)
    stores.fault = lambda method, path, before: "drop"
    forget_seen()
    with pytest.raises(RunError, match="changed since"):
        open_assembled(far)  # As it was seen last.


def test_headers_say_of_objects_what_they_say_of_files(bucket: Any, tmp_path: Path) -> None:
    drawn = np.random.default_rng(0)
    data = tmp_path / "near" / "data"
    data.mkdir(parents=True)
    rows = "".join(f"{number:02}.dcm,p{number},{number % 2}\n" for number in range(COUNT))
    (data / "labels.csv.gz").write_bytes(gzip.compress(f"image,patient,Mass\n{rows}".encode()))
    for number in range(COUNT):
        made = make_radiograph(drawn.integers(0, 255, (32, 32)), number + 1)
        made.PatientSex, made.PatientAge = "FM"[number % 2], f"0{40 + number}Y"
        made.save_as(data / f"{number:02}.dcm", enforce_file_format=True)
    for path in data.iterdir():
        bucket.put(f"far/{path.name}", path.read_bytes())
    near = assemble_sources(recipe_of("data", tmp_path / "near")).records
    far = assemble_sources(recipe_of(f"s3://{bucket.name}/far", tmp_path / "far")).records
    assert near["sex"].null_count() == near["age"].null_count() == 0
    assert far.drop("path").equals(near.drop("path"))


def test_a_table_is_exported_to_a_store_and_names_locations(
    tell: dict[str, bytes], bucket: Any, tmp_path: Path
) -> None:
    far = recipe_of(f"s3://{bucket.name}/far", tmp_path)
    assemble_sources(far)
    export_table(far.output, "csv", find_place(f"s3://{bucket.name}/out/t.csv", OUT))
    text = bucket.store.cat(f"{bucket.name}/out/t.csv").decode()
    assert f"s3://{bucket.name}/far/images/00.png" in text
    written = tomllib.loads(bucket.store.cat(f"{bucket.name}/out/t.toml").decode())
    assert written["table"]["image"] == "record"
    base = find_place(f"s3://{bucket.name}/far")
    export_table(far.output, "csv", tmp_path / "t.csv", base=base)
    assert ",images/00.png," in (tmp_path / "t.csv").read_text()
    with pytest.raises(SettingsError, match="image files on this machine"):
        export_table(far.output, "nnunet", tmp_path / "Dataset001_far")
    with pytest.raises(SettingsError, match="a folder of this machine"):
        export_table(far.output, "hf", find_place(f"s3://{bucket.name}/hf", OUT))


def test_hidden_ids_need_files_on_this_machine(
    tell: dict[str, bytes], bucket: Any, tmp_path: Path
) -> None:
    far = recipe_of(f"s3://{bucket.name}/far", tmp_path, ids_key="key")
    with pytest.raises(SettingsError, match="ids_key"):
        assemble_sources(far)


def test_images_in_an_archive_are_read_where_it_is_kept(
    tell: dict[str, bytes], bucket: Any, stores: Wire, tmp_path: Path
) -> None:
    bucket.store.rm(f"{bucket.name}/far/images", recursive=True)
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in tell.items():
            if name.endswith(".png"):
                archive.writestr(name, data)
    bucket.put("far/images.zip", packed.getvalue())
    assert assemble_sources(recipe_of(f"s3://{bucket.name}/far", tmp_path)).records.height == COUNT
    assert stores.gets(".zip") == 1


def test_predict_takes_folders_patterns_and_lists_of_locations(
    tell: dict[str, bytes], bucket: Any, tmp_path: Path
) -> None:
    start = f"s3://{bucket.name}/far/images"
    listed = tmp_path / "list.csv"
    listed.write_text(f"file\n{start}/03.png\n{start}/01.png\n")

    def ask(path: Path) -> list[str]:
        forget_seen()
        return [one.path.name for one in list_asked_images([path])]

    every = [f"{number:02}.png" for number in range(COUNT)]
    assert ask(find_place(start)) == every
    assert ask(find_place(f"{start}/0[3-5].png")) == every[3:6]
    assert ask(find_place(f"{start}/04.png")) == ["04.png"]
    assert ask(listed) == ["03.png", "01.png"]
