import json

import pytest

from labelassemble.errors import SourceError

MANIFEST = """
name = "mine"
[labels]
encoding = "coco_json"
file = ["train.json", "val*.json"]
patient_pattern = '^(?P<patient>p\\d+)/'
[scope]
terms = ["Mass", "Edema"]
[split.files]
"train.json" = "train"
"val*.json" = "validate"
"""


def make(images, annotations=(), categories=("Mass", "Edema")):
    return {
        "images": [{"id": i, "file_name": name} for i, name in enumerate(images)],
        "categories": [{"id": i + 1, "name": name} for i, name in enumerate(categories)],
        "annotations": [
            {"id": i, "image_id": image, "category_id": category, "bbox": box}
            for i, (image, category, box) in enumerate(annotations)
        ],
    }


@pytest.fixture
def read(read_handmade, tmp_path):
    def read(train, val=None, manifest=MANIFEST):
        for name, content in (("train.json", train), ("val.json", val or make(["p9/z.png"]))):
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return read_handmade(None, manifest)

    return read


def assessments(table):
    return {
        (image, term): assessment
        for image, term, assessment in table.list_assessments()
        .select("image", "term", "assessment")
        .rows()
    }


def test_annotations_images_without_and_files(read):
    train = make(
        ["p1/a.png", "p1/b.png"],
        [(0, 1, [1, 2, 3, 4]), (0, 1, [5, 5, 1, 1]), (0, 1, [5, 5, 1, 1]), (0, 2, [])],
    )
    table = read(train, make(["p2/c.png"], [(0, 2, [0, 0, 2.5, 1])]))
    assert assessments(table) == {
        ("p1/a.png", "Mass"): "positive",
        ("p1/a.png", "Edema"): "positive",
        ("p1/b.png", "Mass"): "negative",
        ("p1/b.png", "Edema"): "negative",
        ("p2/c.png", "Mass"): "negative",
        ("p2/c.png", "Edema"): "positive",
    }
    assert table.images.select("image", "patient", "official_split").rows() == [
        ("p1/a.png", "p1", "train"),
        ("p1/b.png", "p1", "train"),
        ("p2/c.png", "p2", "validate"),
    ]
    boxes = table.boxes.sort("image", "x_min").select("term", "x_min", "y_min", "x_max", "y_max")
    assert boxes.rows() == [
        ("Mass", 1.0, 2.0, 4.0, 6.0),
        ("Mass", 5.0, 5.0, 6.0, 6.0),
        ("Edema", 0.0, 0.0, 2.5, 1.0),
    ]
    read_rows = sum(one.rows for one in table.inputs)
    assert read_rows == table.images.height + table.joined_rows + table.excluded["rows"].sum()


def test_a_subset_that_nobody_annotated_is_unknown(read):
    manifest = MANIFEST + '[[subsets]]\nwhere = { image = "p1/*" }\nterms = []\n'
    table = read(make(["p1/a.png", "p3/a.png"]), manifest=manifest)
    assert {image for image, _ in assessments(table)} == {"p3/a.png", "p9/z.png"}
    assert table.images.height == 3


def bad_box(box):
    return make(["p1/a.png"], [(0, 1, box)])


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        ("{", "JSON at"),
        ("", "JSON at"),
        ("[]", "a COCO file with images, annotations, categories"),
        ("{}", "a COCO file with images, annotations, categories"),
        (json.dumps({"images": 1, "annotations": [], "categories": []}), "a COCO file"),
        (make(["p1/a.png"], [(5, 1, [])]), "annotations of images that"),
        (make(["p1/a.png"], [(0, 5, [])]), "annotations of categories that"),
        (make(["p1/a.png"], [([0], 1, [])]), "ids and names"),
        ({"images": [3], "annotations": [], "categories": []}, "ids and names"),
        ({"images": [{"id": 1}], "annotations": [], "categories": []}, "ids and names"),
        ({"images": [], "annotations": [{}], "categories": []}, "ids and names"),
        (bad_box([1, 2, 0, 4]), "boxes with an area"),
        (bad_box([1, 2, "x", 4]), "numbers in x, y, width, height"),
        (make(["q1/a.png"]), "a patient in every name"),
    ],
)
def test_a_mistake_is_named(read, train, expected):
    with pytest.raises(SourceError) as caught:
        read(train)
    assert expected in caught.value.expected


def test_one_id_of_two_images_is_refused(read):
    train = make(["p1/a.png", "p1/b.png"])
    train["images"][1]["id"] = 0
    with pytest.raises(SourceError, match="a different id for every file_name"):
        read(train)


def test_a_strange_category_is_refused_and_the_scope_must_be_said(read):
    with pytest.raises(SourceError, match="'Cyst' in annotations has no meaning: 1 image"):
        read(make(["p1/a.png"], [(0, 3, [])], ("Mass", "Edema", "Cyst")))
    with pytest.raises(SourceError, match=r"scope\.terms is missing"):
        read(make([]), manifest=MANIFEST.replace('terms = ["Mass", "Edema"]', ""))


def test_boxes_are_in_the_size_that_the_file_says(read):
    train = make(["p1/a.png", "p1/b.png"], [(0, 1, [10, 20, 300, 400]), (1, 1, [1, 2, 3, 4])])
    train["images"][0] |= {"width": 1000, "height": 1200}
    table = read(train)
    assert table.boxes.select("image", "frame_width", "frame_height").sort("image").rows() == [
        ("p1/a.png", 1000, 1200),
        ("p1/b.png", None, None),
    ]


def test_polygons_without_a_box_have_the_box_around_them(read):
    train = make(["p1/a.png"], [(0, 1, None)])
    train["annotations"][0]["segmentation"] = [[5, 6, 20, 8, 9, 30.5], [7, 7, 8, 7, 8, 40]]
    (box,) = read(train).boxes.select("x_min", "y_min", "x_max", "y_max").rows()
    assert box == (5.0, 6.0, 20.0, 40.0)
