"""The form of ``datasets``, read by ``datasets``."""

import os
from pathlib import Path

import numpy as np
import pytest

from labelassemble.assembly.table_folder import write_table
from labelassemble.errors import AssemblyError
from labelassemble.export.hub_parquet import make_hub_folder
from labelassemble.pipeline.export_table import export_table


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["HF_HOME"] = str(tmp_path_factory.mktemp("hub"))
    return pytest.importorskip("datasets")


def test_datasets_loads_labels_features_and_images(boxed, datasets, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    written, _ = export_table(tmp_path / "assembled", "hf", tmp_path / "mine")
    loaded = datasets.load_dataset(str(written), cache_dir=str(tmp_path / "cache"))
    counts = {name: len(part) for name, part in loaded.items()}
    assert counts == {"train": 3, "validation": 1, "test": 2}
    train = loaded["train"]
    assert train.features["objects"]["category"].feature.names == list(boxed.classes)
    labels = {row["record"]: row for row in boxed.labels().to_dicts()}
    for part in loaded.values():
        for row in part.remove_columns("image"):
            assert {name: row[name] for name in boxed.classes} == {
                name: labels[row["record"]][name] for name in boxed.classes
            }
    first = train[0]
    assert first["image"].size == (40, 30)
    assert sorted(first["objects"]["bbox"]) == [[2.0, 3.0, 5.0, 3.0], [4.0, 6.0, 10.0, 6.0]]
    assert first["objects"]["category"] == [0, 0]
    told = (written / "README.md").read_text()
    assert "nih: NIH; licence: CC0" in told


def test_relative_paths_carry_no_image(boxed, datasets, tmp_path):
    write_table(boxed, tmp_path / "assembled")
    base = Path(boxed.records["path"][0]).parent
    written, _ = export_table(tmp_path / "assembled", "hf", tmp_path / "mine", base=base)
    loaded = datasets.load_dataset(str(written), split="train", cache_dir=str(tmp_path / "cache"))
    assert "image" not in loaded.column_names
    opened = loaded.map(lambda row: {"image": str(base / row["path"])}).cast_column(
        "image", datasets.Image()
    )
    assert np.asarray(opened[1]["image"])[0, 0] == 20


def test_a_class_called_as_a_column_is_refused(make_table):
    with pytest.raises(AssemblyError, match="a class 'image'"):
        make_hub_folder(make_table(("image",), {"a/1": "+"}), {})
