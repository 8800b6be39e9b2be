"""Whatever lies in a table's file: it is read in full, or one clear error says what is wrong."""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import parse_manifest
from labelassemble.sources.read import read_source

MANIFESTS = {
    "list": """
name = "list"
[table]
file = "labels.csv"
image = "image"
patient = "who"
age = "age"
[labels]
encoding = "delimited_list"
column = "found"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["No Finding"]
ignore = [""]
""",
    "columns": """
name = "columns"
[table]
file = "labels.csv"
image = "image"
[labels]
encoding = "finding_columns"
columns = ["found", "who"]
values = { "1" = "positive", "0" = "negative", "Mass" = "positive", "nan" = "unknown" }
""",
    "rows": """
name = "rows"
[table]
file = "labels.csv"
image = "image"
reader = "who"
[labels]
encoding = "finding_rows"
column = "found"
[scope]
terms = ["Mass", "Edema"]
no_finding = ["No Finding"]
ignore = ["", "nan"]
""",
    "boxes": """
name = "boxes"
[table]
file = "labels.csv"
image = "image"
[labels]
encoding = "box_rows"
term = "Mass"
box = ["found", "who", "age", "size[w,h]"]
""",
}
HEADERS = (
    "image,who,found,age,size[w,h]",
    "image,who,found,age,size[w,h],,,",
    " image ,who , found,age,size[w,h]",
    '"image","who","found","age","size[w","h]"',
    "found,image,who,image,age",
    "image;who;found;age",
    "image\twho\tfound\tage",
    "imagefound",
    "",
    '{"images": []}',
    "<html><body>log in</body></html>",
)
CELL = st.sampled_from(
    [
        "a.png", "b.png", "c.png", "", " ", "Mass", "Mass|Edema", "Edema ", "No Finding", "NaN",
        "nan", "1", "0", "1.0", "-1", "12", "058Y", "x,y", 'say "a"', "two\nlines", "Müller", "é",
        "2024-01-01", "True", "[1, 2]", "\u200b",
    ]
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252", "utf-16-le")


@st.composite
def draw_file(draw):
    """Bytes of a table, more or less."""
    header = draw(st.sampled_from(HEADERS[:2] * 4 + HEADERS))
    quoted = draw(st.booleans())
    rows = draw(st.lists(st.lists(CELL, min_size=0, max_size=8), max_size=6))
    rows = [row if draw(st.booleans()) else (row + [""] * 6)[:6] for row in rows]
    # Rows that are the same again, or nearly.
    rows += draw(st.lists(st.sampled_from(rows), max_size=2)) if rows else []
    memory = io.StringIO()
    writer = csv.writer(memory, lineterminator="\n")
    for row in rows:
        if quoted:
            writer.writerow(row)
        else:
            memory.write(",".join(row) + "\n")
    text = f"{header}\n{memory.getvalue()}"
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    text += draw(st.sampled_from(["", "", "", '"', "\x00", ",", "\n\n", "\x1a"]))
    content = text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace")
    pack = draw(st.sampled_from(["", "", "", "gzip", "zip", "cut"]))
    if pack == "gzip":
        return gzip.compress(content, mtime=0)[: draw(st.sampled_from([None, 15]))]
    if pack == "zip":
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            for name in draw(st.sampled_from([("a.csv",), ("../a.csv",), ("/a.csv", "b.csv")])):
                archive.writestr(name, content)
        return memory.getvalue()
    return content[: len(content) // 2] if pack == "cut" else content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inside") / "source"


@settings(
    max_examples=400,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(kind=st.sampled_from(sorted(MANIFESTS)), content=draw_file())
def test_rows_in_are_rows_out_and_rows_told_or_one_error_says_why(folder, kind, content):
    folder.mkdir(exist_ok=True)
    (folder / "labels.csv").write_bytes(content)
    manifest = parse_manifest(MANIFESTS[kind], kind)
    source = SourceSettings(name="s", manifest=kind, folder=folder, missing_images="keep")
    told = None
    try:
        table = read_source(source, manifest)
    except SourceError as error:
        told = error
    if told is not None:
        assert told.expected
        assert told.got
        assert told.do
        assert len(str(told)) < 2_000
    else:
        read = table.inputs[0].rows
        assert table.images.height + table.joined_rows + table.excluded["rows"].sum() == read
        assert read == count_rows(content)
        assert table.images["image"].is_unique().all()
        assert table.images["image"].is_sorted()
        assert table.assessments.image.max(initial=0) < table.images.height
    # Nothing was written, inside or outside.
    assert [path.name for path in folder.iterdir()] == ["labels.csv"]
    assert [path.name for path in folder.parent.iterdir()] == ["source"]


def count_rows(content):
    """Rows of data that are not blank, by the csv module alone."""
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read(archive.namelist()[0])
    encodings = ["utf-8-sig", "cp1252", "latin-1"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    first = next(place for place, row in enumerate(rows) if any(cell.strip() for cell in row))
    return len(rows) - first - 1


def test_a_cell_of_ten_megabytes_is_read_and_a_strange_one_is_told_in_short(tmp_path):
    long = "x" * 10_000_000
    (tmp_path / "labels.csv").write_text(f"image,who,found,age\na.png,{long},Mass,3\n")
    source = SourceSettings(name="s", manifest="list", folder=tmp_path, missing_images="keep")
    table = read_source(source, parse_manifest(MANIFESTS["list"], "list"))
    assert table.images["patient"].to_list() == [long]
    for cell in (f"a.png,p,{long},3", f"a.png,p,Mass,{long}", f"{long},p,Massive,3"):
        (tmp_path / "labels.csv").write_text(f"image,who,found,age\n{cell}\n")
        with pytest.raises(SourceError) as caught:
            read_source(source, parse_manifest(MANIFESTS["list"], "list"))
        assert len(str(caught.value)) < 2_000
