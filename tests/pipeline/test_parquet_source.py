"""A folder of Parquet files with images, as Hugging Face `datasets` writes it, is a source."""

import json

import cv2
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelassemble.pipeline.assemble_sources import assemble_sources
from labelassemble.pipeline.check_source import check_source
from labelassemble.pipeline.draft_manifest import draft_manifest
from labelassemble.recipe import read_recipe

CELL = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
WORDS = ["NORMAL", "PNEUMONIA"]
PARTS = {
    "train-00000-of-00002": range(12),
    "train-00001-of-00002": range(12, 24),
    "test-00000-of-00001": range(24, 30),
}


@pytest.fixture
def folder(tmp_path, draw_image):
    data = tmp_path / "set" / "data"
    data.mkdir(parents=True)
    features = {"image": {"_type": "Image"}, "label": {"names": WORDS, "_type": "ClassLabel"}}
    for name, numbers in PARTS.items():
        cells = [
            {"bytes": cv2.imencode(".png", draw_image(n))[1].tobytes(), "path": None}
            for n in numbers
        ]
        labels = pa.array([n % 2 for n in numbers])
        table = pa.table({"image": pa.array(cells, type=CELL), "label": labels})
        info = {"huggingface": json.dumps({"info": {"features": features}})}
        pq.write_table(table.replace_schema_metadata(info), data / f"{name}.parquet")
    return tmp_path / "set"


def test_it_is_drafted_checked_and_assembled_in_place(folder, tmp_path):
    output = tmp_path / "manifest.toml"
    draft_manifest(folder, output)
    check = check_source(str(output), folder)
    assert not check.problems
    assert check.table is not None
    images = check.table.images
    assert images["path"].null_count() == 0
    assert images["official_split"].value_counts().sort("count").rows() == [
        ("test", 6),
        ("train", 24),
    ]
    (tmp_path / "recipe.toml").write_text(
        'name = "it"\noutput = "out"\n[[sources]]\nname = "one"\nfolder = "set"\n'
        f'manifest = "{output}"\n'
    )
    table = assemble_sources(read_recipe(tmp_path / "recipe.toml"))
    assert table.records.height == 30
    cells = table.cells.filter(table.cells["class"] == "pneumonia")
    place = {
        f"one/{name}/{row:06d}.png": n % 2
        for name, numbers in PARTS.items()
        for row, n in enumerate(numbers)
    }
    assert dict(cells.select("record", "label").rows()) == place


def test_a_number_without_a_word_is_told(folder):
    file = folder / "data" / "test-00000-of-00001.parquet"
    table = pq.read_table(file)
    table = table.set_column(1, "label", pa.array([0, 1, 2, 0, 1, 0]))
    pq.write_table(table, file)
    output = folder.parent / "manifest.toml"
    output.write_text(
        'name = "one"\ntable = { file = "**/*.parquet", image = "image" }\n'
        'labels = { encoding = "class_column", column = "label" }\n'
        'scope = { terms = ["PNEUMONIA"], no_finding = ["NORMAL"] }\nimages.folder = "data"\n'
    )
    (problem, *_) = check_source(str(output), folder).problems
    assert "the class 2 in the column 'label'" in str(problem)
