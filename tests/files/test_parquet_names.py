import io
import json

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelassemble.files.open_file import read_file
from labelassemble.files.parquet_cells import list_embedded_images
from labelassemble.files.parquet_names import name_classes, name_embedded_images, read_class_names

CELL = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def write(file, features, **columns):
    """Write a table as `datasets` does: images as structures, classes named in the metadata."""
    kinds = {name: CELL for name, feature in features.items() if feature.get("_type") == "Image"}
    table = pa.table({k: pa.array(v, type=kinds.get(k)) for k, v in columns.items()})
    info = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(info), file, row_group_size=2)
    return file


def image(data, path=None):
    return {"bytes": data, "path": path}


IMAGE = {"_type": "Image"}
PNG = b"\x89PNG\r\n\x1a\n"


def test_images_keep_their_names(tmp_path):
    cells = [image(PNG + b"1", "x/a.png"), image(PNG + b"2", ".\\b.png")]
    file = write(tmp_path / "train.parquet", {"image": IMAGE}, image=cells, n=[1, 2])
    found = list_embedded_images(file)
    assert [name for name, _ in found] == ["train/x/a.png", "train/b.png"]
    assert [read_file(file.parent / path) for _, path in found] == [PNG + b"1", PNG + b"2"]


@pytest.mark.parametrize("paths", [(None, "b.png", "c.png"), ("a.png",) * 3, ("", "b", "c")])
def test_images_without_names_of_their_own_are_called_by_row(tmp_path, paths):
    cells = [image(PNG, path) for path in paths]
    file = write(tmp_path / "t-00000-of-00001.parquet", {"image": IMAGE}, image=cells)
    stem = "t-00000-of-00001"
    assert [name for name, _ in list_embedded_images(file)] == [
        f"{stem}/{n:06d}.png" for n in range(3)
    ]


def test_a_blank_cell_is_no_image_and_moves_no_row(tmp_path):
    cells = [image(PNG + b"1"), image(None), None, image(PNG + b"4")]
    file = write(tmp_path / "t.parquet", {"image": IMAGE}, image=cells)
    found = list_embedded_images(file)
    assert [name for name, _ in found] == ["t/000000.png", "t/000003.png"]
    assert read_file(tmp_path / found[1][1]) == PNG + b"4"
    named = name_embedded_images(io.BytesIO(file.read_bytes()), "t")
    assert named is not None
    assert named.names.to_list() == ["t/000000.png", None, None, "t/000003.png"]


def test_the_image_comes_before_the_mask(tmp_path):
    features = {"label": IMAGE, "image": IMAGE}
    file = write(
        tmp_path / "t.parquet",
        features,
        label=[image(b"mask")],
        image=[image(b"\xff\xd8\xffimage")],
    )
    ((name, path),) = list_embedded_images(file)
    assert name == "t/000000.jpg"
    assert read_file(tmp_path / path) == b"\xff\xd8\xffimage"


def test_other_tables_have_no_images(tmp_path):
    pl.DataFrame({"image": ["a.png"]}).write_parquet(tmp_path / "plain.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    assert list_embedded_images(tmp_path / "plain.parquet") == []
    assert list_embedded_images(tmp_path / "broken.parquet") == []
    assert list_embedded_images(tmp_path / "none.parquet") == []
    assert read_class_names(io.BytesIO((tmp_path / "plain.parquet").read_bytes())) == {}


def test_words_of_classes_and_of_lists_of_them(tmp_path):
    words = {"names": ["well", "ill"], "_type": "ClassLabel"}
    features = {
        "one": words,
        "several": {"feature": words, "_type": "Sequence"},
        "list": {"feature": words, "_type": "List"},
        "old": [words],
        "number": {"dtype": "int64", "_type": "Value"},
    }
    lists = [[0, 1], []]
    file = tmp_path / "t.parquet"
    table = pa.table(
        {"one": [1, -1], "several": lists, "list": lists, "old": lists, "number": [7, 8]}
    )
    info = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(info), file)
    found = read_class_names(io.BytesIO(file.read_bytes()))
    assert set(found) == {"one", "several", "list", "old"}
    frame = pl.read_parquet(file)
    assert name_classes(frame["one"], found["one"]).to_list() == ["ill", None]
    assert name_classes(frame["old"], found["old"]).to_list() == [["well", "ill"], []]


def test_a_class_without_a_word_is_refused():
    with pytest.raises(ValueError, match="the class 2 in the column 'label', which has 2 words"):
        name_classes(pl.Series("label", [0, 2]), ("well", "ill"))
    with pytest.raises(ValueError, match="the class -2"):
        name_classes(pl.Series("label", [[0, -2]]), ("well", "ill"))
