"""Label files beside images: real boxes in each form give the same boxes; faults are named."""

import json
import shutil
import zipfile

import numpy as np
import polars as pl
import pytest
from PIL import Image

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest, parse_manifest
from labelassemble.sources.problems import Problems
from labelassemble.sources.read import collect_source, read_source

NIH = 1024
CORNERS = ["x_min", "y_min", "x_max", "y_max"]


def manifest(terms, form="yolo", more=""):
    if form == "coco":
        text = 'name = "mine"\nlabels = { encoding = "coco_json", file = "all.json" }\n'
        text += f'images.folder = "images"\nscope.terms = {json.dumps(terms)}'
        return parse_manifest(text, "mine")
    places = {"yolo": "labels/**/*.txt", "voc": "Annotations/*.xml", "labelme": "images/*.json"}
    names = 'names_file = "data.yaml"\n' if form == "yolo" else ""
    text = f'name = "mine"\n[labels]\nencoding = "box_files"\nform = "{form}"\n'
    text += f'file = "{places[form]}"\n{names}{more}\n'
    text += f"[images]\nfolder = 'images'\n[scope]\nterms = {json.dumps(terms)}\n"
    return parse_manifest(text, "mine")


def read(folder, said, images=None, **more):
    source = SourceSettings(name="mine", manifest="mine", folder=folder, images=images, **more)
    return read_source(source, said)


def tell(folder, said, **more):
    problems = Problems()
    source = SourceSettings(name="mine", manifest="mine", folder=folder, **more)
    table = collect_source(source, said, problems)
    return table, problems.noted


def fractions(table):
    """Image stem, term and corners as fractions of the frame."""
    frame = pl.col("frame_width"), pl.col("frame_height")
    scaled = [pl.col(name) / frame[at % 2] for at, name in enumerate(CORNERS)]
    stem = pl.col("image").str.extract(r"(\d{8}_\d{3})")
    found = table.boxes.select(stem, "term", *scaled)
    return found.sort(found.columns)


@pytest.fixture(scope="module")
def nih(real_data):
    """NIH's table of boxes, as its built-in manifest reads it."""
    source = SourceSettings(
        name="nih",
        manifest="nih_chestxray14",
        folder=real_data / "tables",
        images=real_data / "nih" / "images",
        missing_images="exclude",
    )
    table = read_source(source, load_manifest("nih_chestxray14"))
    assert table.boxes.height == 984
    return table


@pytest.fixture
def images(nih, real_data, tmp_path):
    """The images that have boxes, without copying them."""
    (tmp_path / "images").mkdir()
    for name in sorted(set(fractions(nih)["image"])):
        (tmp_path / "images" / f"{name}.jpg").symlink_to(
            real_data / "nih" / "images" / f"{name}.jpg"
        )
    return tmp_path


def by_record(nih):
    found = fractions(nih)
    return {name: those.rows() for (name,), those in found.group_by("image", maintain_order=True)}


def write_yolo(folder, nih, terms, polygons=False):
    (folder / "labels").mkdir()
    (folder / "data.yaml").write_text(json.dumps({"nc": len(terms), "names": terms}))
    for name, rows in by_record(nih).items():
        lines = []
        for _, term, left, top, right, bottom in rows:
            numbers = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
            if polygons:
                numbers = [left, (top + bottom) / 2, (left + right) / 2, top, right,
                           (top + bottom) / 2, (left + right) / 2, bottom]  # fmt: skip
            lines.append(f"{terms.index(term)} " + " ".join(f"{one:.9f}" for one in numbers))
        (folder / "labels" / f"{name}.txt").write_text("\n".join(lines))


def write_voc(folder, nih):
    (folder / "Annotations").mkdir()
    for name, rows in by_record(nih).items():
        size = f"<size><width>{NIH}</width><height>{NIH}</height><depth>1</depth></size>"
        objects = "".join(
            f"<object><name>{term}</name><bndbox>"
            + "".join(
                f"<{side}>{one * NIH:.6f}</{side}>"
                for side, one in zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
            )
            + "</bndbox></object>"
            for _, term, *box in rows
        )
        text = f"<annotation><filename>{name}.png</filename>{size}{objects}</annotation>"
        (folder / "Annotations" / f"{name}.xml").write_text(text)


def write_labelme(folder, nih):
    for name, rows in by_record(nih).items():
        shapes = [
            {"label": term, "shape_type": "rectangle",
             "points": [[box[2] * NIH, box[1] * NIH], [box[0] * NIH, box[3] * NIH]]}
            for _, term, *box in rows
        ]  # fmt: skip
        content = {"shapes": shapes, "imagePath": f"..\\{name}.png", "imageData": None,
                   "imageWidth": NIH, "imageHeight": NIH, "flags": {}}  # fmt: skip
        (folder / "images" / f"{name}.json").write_text(json.dumps(content))


def write_coco(folder, nih, terms):
    images = by_record(nih)
    numbers = {name: number for number, name in enumerate(images)}
    content = {
        "images": [
            {"id": number, "file_name": f"{name}.png", "width": NIH, "height": NIH}
            for name, number in numbers.items()
        ],
        "categories": [{"id": at, "name": name} for at, name in enumerate(terms)],
        "annotations": [
            {"id": 0, "image_id": numbers[name], "category_id": terms.index(term),
             "bbox": [box[0] * NIH, box[1] * NIH, (box[2] - box[0]) * NIH, (box[3] - box[1]) * NIH]}
            for name, rows in images.items() for _, term, *box in rows
        ],
    }  # fmt: skip
    (folder / "all.json").write_text(json.dumps(content))


def write(form, folder, nih, terms):
    if form == "coco":
        write_coco(folder, nih, terms)
    elif form == "voc":
        write_voc(folder, nih)
    elif form == "labelme":
        write_labelme(folder, nih)
    else:
        write_yolo(folder, nih, terms, form == "polygons")


@pytest.mark.parametrize("form", ["yolo", "polygons", "voc", "labelme", "coco"])
def test_real_boxes_are_the_same_in_every_form(nih, images, form):
    terms = sorted(set(nih.boxes["term"]))
    write(form, images, nih, terms)
    table = read(images, manifest(terms, "yolo" if form == "polygons" else form))
    expected, found = fractions(nih), fractions(table)
    assert found.select("image", "term").rows() == expected.select("image", "term").rows()
    assert np.abs(found.select(CORNERS).to_numpy() - expected.select(CORNERS).to_numpy()).max() < (
        1e-6
    )
    assert table.images.height == 880
    assert table.images["path"].null_count() == 0
    assert table.not_taken.filter(pl.col("file").str.contains(r"\.(txt|xml|json)$")).is_empty()
    read_rows = sum(one.rows for one in table.inputs)
    assert read_rows == table.images.height + table.joined_rows + table.excluded["rows"].sum()


def test_the_same_in_an_archive(nih, images, tmp_path_factory):
    terms = sorted(set(nih.boxes["term"]))
    write_yolo(images, nih, terms)
    loose = read(images, manifest(terms))
    packed = tmp_path_factory.mktemp("packed")
    archive = shutil.make_archive(str(packed / "labels"), "gztar", images, "labels")
    assert archive.endswith(".tar.gz")
    with zipfile.ZipFile(packed / "images.zip", "w") as file:
        for one in sorted((images / "images").iterdir()):
            file.write(one, f"images/{one.name}")
    shutil.copy(images / "data.yaml", packed)
    found = read(packed, manifest(terms))
    assert fractions(found).equals(fractions(loose))
    assert (
        found.list_assessments()
        .drop("source", strict=False)
        .equals(loose.list_assessments().drop("source", strict=False))
    )
    assert found.images["path"].str.contains("images.zip#", literal=True).all()


@pytest.fixture
def folder(tmp_path, draw_image):
    """Images of 48 x 40 pixels in two folders, of equal names."""
    for part in ("train", "val"):
        for name in ("a", "b"):
            path = tmp_path / "images" / part / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw_image(len(name), 40, 48)).save(path)
    (tmp_path / "data.yaml").write_text("names: {0: Mass, 1: Edema}\n")
    return tmp_path


def put(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def put_yolo(folder, files):
    for name, text in files.items():
        path = folder / "labels" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def assessments(table):
    return set(table.list_assessments().select("image", "term", "assessment").rows())


BOXED = "0 0.5 0.5 0.5 0.5\n"


def test_an_empty_file_is_negative_and_no_file_unknown(folder):
    put_yolo(folder, {"train/a": BOXED, "val/a": "\n"})
    table, noted = tell(folder, manifest(["Mass", "Edema"]))
    assert assessments(table) == {
        ("train/a.png", "Mass", "positive"),
        ("train/a.png", "Edema", "negative"),
        ("val/a.png", "Mass", "negative"),
        ("val/a.png", "Edema", "negative"),
    }
    assert table.images.height == 4
    assert [one.what for one in noted] == [
        "2 images of 4 without a label file: what is on them is unknown"
    ]
    box = table.boxes.row(0, named=True)
    assert [box[name] for name in CORNERS] == [12.0, 10.0, 36.0, 30.0]
    looked = manifest(["Mass", "Edema"], more='missing = "no_finding"')
    table, noted = tell(folder, looked)
    assert not noted
    assert ("val/b.png", "Mass", "negative") in assessments(table)


def test_a_file_belongs_to_the_image_in_the_folder_beside_it(folder):
    put_yolo(folder, {"train/a": BOXED, "val/a": "1 0.5 0.5 0.5 0.5"})
    table = read(folder, manifest(["Mass", "Edema"]))
    assert {(image, term) for image, term, said in assessments(table) if said == "positive"} == {
        ("train/a.png", "Mass"),
        ("val/a.png", "Edema"),
    }


def test_a_file_of_one_folder_is_never_of_a_image_of_another(folder):
    (folder / "images" / "val" / "a.png").unlink()
    put_yolo(folder, {"val/a": BOXED, "train/b": ""})
    table, noted = tell(folder, manifest(["Mass"]))
    assert table.images.filter(image="train/a.png")["path"].null_count() == 0
    assert ("train/a.png", "Mass", "positive") not in assessments(table)
    (lost,) = [one for one in noted if one.kind == "problem"]
    assert "1 of the 4 images has no file below images/" in lost.what
    assert lost.example.startswith("labels/val/a")


def test_two_files_of_one_image(folder):
    shutil.rmtree(folder / "images" / "val")
    put_yolo(folder, {"one/a": BOXED, "two/a": BOXED, "one/b": "", "two/b": BOXED})
    table, noted = tell(folder, manifest(["Mass"]))
    told = [one for one in noted if one.kind == "problem"]
    assert len(told) == 1
    assert told[0].expected == "one label file for each image"
    assert told[0].example == "train/b.png: labels/one/b.txt, labels/two/b.txt"
    assert assessments(table) == {("train/a.png", "Mass", "positive")}
    assert table.boxes.height == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 0.5 0.5 0.1 0.1", "class numbers from 0 to 1: Mass, Edema"),
        ("-1 0.5 0.5 0.1 0.1", "a class number and four numbers"),
        ("0.5 0.5 0.5 0.1 0.1", "a class number and four numbers"),
        ("Mass 0.5 0.5 0.1 0.1", "a class number and four numbers"),
        ("0 0.5 0.5 0.1 nan", "a class number and four numbers"),
        ("0 0.5 0.5 0.1", "a class number and four numbers"),
        ("0 0.5 0.5 0.1 0.1 0.9", "a class number and four numbers"),
        ("0 0.5 0.5 0.1 0.1 0.9 0.3 0.2", "a class number and four numbers"),
        ("0 0.5 0.5 0 0.1", "boxes with an area, read as centre_size"),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3\n0 0.1 0.1 0.2 0.1 0.3 0.1", "polygons with an area"),
        ("0 0.9 0.5 0.4 0.5", "boxes inside their images"),
        ("0 24 20 10 10", "boxes inside their images"),
        ("\0", "label files as text"),
    ],
)
def test_a_line_that_is_wrong_is_named(folder, text, expected):
    put_yolo(folder, {"train/a": text, "train/b": "", "val/a": "", "val/b": ""})
    with pytest.raises(SourceError) as caught:
        read(folder, manifest(["Mass", "Edema"]))
    assert expected in caught.value.expected
    assert "train/a" in caught.value.got


def test_pixels_in_yolo_files_are_named(folder):
    put_yolo(folder, {"train/a": "0 24 20 10 10", "train/b": "", "val/a": "", "val/b": ""})
    with pytest.raises(SourceError, match='units = "pixels"'):
        read(folder, manifest(["Mass"]))
    table = read(folder, manifest(["Mass"], more='units = "pixels"'))
    assert table.boxes.select(CORNERS).rows() == [(19.0, 15.0, 29.0, 25.0)]


def test_key_points_behind_boxes_are_passed_over(folder):
    (folder / "data.yaml").write_text("names: [Mass]\nkpt_shape: [1, 3]\n")
    put_yolo(folder, {"train/a": BOXED.strip() + " 0.1 0.1 2", "train/b": ""})
    table = read(folder, manifest(["Mass"]))
    assert table.boxes.select(CORNERS).rows() == [(12.0, 10.0, 36.0, 30.0)]


def voc(name="Mass", box=(12, 10, 36, 30), size=(48, 40), more="", filename="a.png"):
    sides = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    inner = "".join(f"<{side}>{one}</{side}>" for side, one in sides)
    said = f"<object><name>{name}</name>{more}<bndbox>{inner}</bndbox></object>" if name else ""
    width, height = size
    return (
        f"<annotation><filename>{filename}</filename><size><width>{width}</width>"
        f"<height>{height}</height></size>{said}</annotation>"
    )


@pytest.fixture
def flat(folder):
    """One folder of images."""
    shutil.rmtree(folder / "images" / "val")
    for one in (folder / "images" / "train").iterdir():
        one.rename(folder / "images" / one.name)
    return folder


def put_voc(folder, a, b=None):
    (folder / "Annotations").mkdir()
    (folder / "Annotations" / "a.xml").write_text(a)
    (folder / "Annotations" / "b.xml").write_text(b or voc("", filename="b.png"))


def test_voc_difficult_objects_are_uncertain(flat):
    hard = voc("Edema", more="<difficult>1</difficult>")
    put_voc(flat, hard)
    table, noted = tell(flat, manifest(["Mass", "Edema"], "voc"))
    assert assessments(table) == {
        ("a.png", "Mass", "negative"),
        ("a.png", "Edema", "uncertain"),
        ("b.png", "Mass", "negative"),
        ("b.png", "Edema", "negative"),
    }
    assert table.boxes.is_empty()
    assert noted[0].what.startswith("1 object marked as difficult")
    table, noted = tell(flat, manifest(["Mass", "Edema"], "voc", 'difficult = "positive"'))
    assert ("a.png", "Edema", "positive") in assessments(table)
    assert table.boxes.height == 1
    assert not noted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "an annotation of Pascal VOC"),
        ("<annotation>", "an annotation of Pascal VOC"),
        ("<report/>", "an annotation of Pascal VOC"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>", "an annotation of Pascal VOC"),
        (voc(" "), "an annotation of Pascal VOC"),
        (voc(box=(12, 10, "x", 30)), "an annotation of Pascal VOC"),
        (voc(box=(12, 10, 12, 30)), "boxes with an area"),
        (voc(box=(12, 10, 70, 30)), "boxes inside their images"),
        (voc(size=(40, 48)), "frames of boxes that stand as their images do"),
        (voc("Hernia"), "words that the manifest's scope knows"),
    ],
)
def test_an_annotation_that_is_wrong_is_named(flat, text, expected):
    put_voc(flat, text)
    with pytest.raises(SourceError) as caught:
        read(flat, manifest(["Mass"], "voc"))
    assert expected in caught.value.expected


def test_voc_numbers_are_of_the_size_that_it_names(flat):
    put_voc(flat, voc(box=(24, 20, 72, 60), size=(96, 80)), voc(size=(0, 0), filename="b.png"))
    table = read(flat, manifest(["Mass"], "voc"))
    assert table.boxes.select("image", *CORNERS, "frame_width", "frame_height").rows() == [
        ("a.png", 24.0, 20.0, 72.0, 60.0, 96, 80),
        ("b.png", 12.0, 10.0, 36.0, 30.0, None, None),
    ]


def test_a_renamed_annotation_finds_the_image_that_it_names(flat):
    (flat / "Annotations").mkdir()
    (flat / "Annotations" / "0001.xml").write_text(voc(filename="C:\\data\\a.JPG"))
    table, _ = tell(flat, manifest(["Mass"], "voc"))
    assert assessments(table) == {("a.png", "Mass", "positive")}


def test_an_annotation_that_names_another_image_is_told(flat):
    put_voc(flat, voc(filename="b.png"))
    table, noted = tell(flat, manifest(["Mass"], "voc"))
    assert ("a.png", "Mass", "positive") in assessments(table)
    assert noted[0].what.startswith("1 label file names another image")
    assert noted[0].example == "Annotations/a.xml, which names b.png"


def test_voc_turned_boxes_polygons_and_objects_without_place(flat):
    turned = "<robndbox><cx>24</cx><cy>20</cy><w>20</w><h>10</h><angle>1.5707963267948966</angle>"
    outline = "<polygon><x1>1</x1><y1>2</y1><x2>9</x2><y2>3</y2><x3>4</x3><y3>8</y3></polygon>"
    text = "<annotation>"
    for more in (f"{turned}</robndbox>", outline, ""):
        text += f"<object><name>Mass</name>{more}</object>"
    put_voc(flat, f"{text}</annotation>")
    table, noted = tell(flat, manifest(["Mass"], "voc"))
    boxes = table.boxes.select(CORNERS).to_numpy()
    assert np.allclose(boxes, [[19, 10, 29, 30], [1, 2, 9, 8]])
    assert noted[0].what == "1 object without a box: its finding counts alone"


def labelme(*shapes, size=(48, 40), **more):
    return json.dumps(
        {"shapes": shapes, "imagePath": "a.png", "imageWidth": size[0], "imageHeight": size[1],
         **more}
    )  # fmt: skip


def shape(points, kind="polygon", label="Mass"):
    return {"label": label, "points": points, "shape_type": kind}


def test_labelme_shapes(flat):
    text = labelme(
        shape([[12, 10], [36, 30], [20, 35]]),
        shape([[30, 30], [10, 8]], "rectangle"),
        shape([[20, 20], [23, 24]], "circle"),
        shape([[5, 5]], "point", "Edema"),
        flags={"Hernia": True, "Cyst": False},
    )
    (flat / "images" / "a.json").write_text(text)
    table, noted = tell(flat, manifest(["Mass", "Edema", "Hernia", "Cyst"], "labelme"))
    assert table.boxes.select(CORNERS).rows() == [
        (12.0, 10.0, 36.0, 35.0),
        (10.0, 8.0, 30.0, 30.0),
        (15.0, 15.0, 25.0, 25.0),
    ]
    assert assessments(table) == {
        ("a.png", "Mass", "positive"),
        ("a.png", "Edema", "positive"),
        ("a.png", "Hernia", "positive"),
        ("a.png", "Cyst", "negative"),
    }
    assert {one.count for one in noted if "without a box" in one.what} == {2}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"shapes": 3}',
        '{"shapes": [3]}',
        labelme({"points": [[1, 2]]}),
        labelme(shape([])),
        labelme(shape([[1]])),
        labelme(shape([["x", 2]])),
        labelme(shape(7)),
        labelme(shape([[1, 2], [2, 3], [4, 4]], "circle")),
    ],
)
def test_a_labelme_file_that_is_wrong_is_named(flat, text):
    (flat / "images" / "a.json").write_text(text)
    (flat / "images" / "b.json").write_text(labelme())
    with pytest.raises(SourceError, match="a LabelMe file"):
        read(flat, manifest(["Mass"], "labelme"))


@pytest.mark.parametrize(
    ("keys", "got"),
    [
        ({"form": "yolo"}, "give names or names_file"),
        ({"form": "yolo", "names": ["a"], "names_file": "b"}, "give names or names_file"),
        ({"form": "voc", "names": ["a"]}, "leave names and names_file out"),
        ({"form": "voc", "pattern": "(?P<term>a)"}, "the group 'term' is none of"),
    ],
)
def test_keys_that_do_not_fit_are_refused(keys, got):
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
    text = f'name = "a"\n[labels]\nencoding = "box_files"\nfile = "*"\n{lines}\n'
    with pytest.raises(SourceError, match=got):
        parse_manifest(text + '[scope]\nterms = ["Mass"]', "mine")
