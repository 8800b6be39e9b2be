import csv
import datetime
import gzip
import io
import json
import zipfile
from xml.sax.saxutils import escape

import polars as pl
import pytest

from labelassemble.errors import SourceError
from labelassemble.sources.open_table import open_tables
from labelassemble.sources.parse_tables import parse_tables
from labelassemble.sources.problems import Problems
from labelassemble.sources.table_bytes import decode_names, decode_table
from labelassemble.sources.typed_table import write_json_text

DAY = datetime.date(2024, 1, 2)
MOMENT = datetime.datetime(2024, 1, 2, 3, 4, 5)
MIDNIGHT = datetime.datetime(2024, 1, 2)


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DAY = 'applyNumberFormat="1"'


def make_workbook(**sheets):
    """Name of a sheet to its rows: texts, numbers, booleans, dates, None."""
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
        'relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{at}" r:id="s{at}"/>'
            for at, name in zip(numbers, sheets, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="s{at}" Type="{_OFFICE}/worksheet" Target="worksheets/s{at}.xml"/>'
            for at in numbers
        )
        + f'<Relationship Id="st" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        f'<xf numFmtId="14" {_DAY}/></cellXfs></styleSheet>',
    }
    for at, rows in zip(numbers, sheets.values(), strict=True):
        body = "".join(
            f'<row r="{r}">' + "".join(_cell(v, f"{chr(65 + c)}{r}") for c, v in enumerate(row))
            + "</row>"
            for r, row in enumerate(rows, start=1)
        )  # fmt: skip
        parts[f"xl/worksheets/s{at}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'
        )
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, _HEAD + text)
    return memory.getvalue()


def _cell(value, place):
    match value:
        case None:
            return ""
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case bool():
            return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
        case datetime.date():
            days = (value - datetime.date(1899, 12, 30)).days
            return f'<c r="{place}" s="1"><v>{days}</v></c>'
        case _:
            return f'<c r="{place}"><v>{value!r}</v></c>'


def parquet(**columns):
    memory = io.BytesIO()
    pl.DataFrame(columns).write_parquet(memory)
    return memory.getvalue()


def rows(text):
    return [tuple(row) for row in csv.reader(io.StringIO(text))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a.png", "b, c", "", None], ["a.png", "b, c", "", ""]),
        ([7, None, -3], ["7", "", "-3"]),
        ([7.0, 7.5, None, float("nan"), 1e20, -0.0], ["7", "7.5", "", "", "1e+20", "0"]),
        ([True, False, None], ["true", "false", ""]),
        ([DAY, None], ["2024-01-02", ""]),
        ([MIDNIGHT, None], ["2024-01-02", ""]),
        ([MOMENT, MIDNIGHT], ["2024-01-02 03:04:05", "2024-01-02"]),
        ([["Mass", "Édema"], [], None], ['["Mass", "Édema"]', "[]", ""]),
        ([{"a": 1, "b": None}, None], ['{"a": 1, "b": null}', ""]),
        ([b"\x89PNG", None], ["(binary)", "(binary)"]),
        ([{"bytes": b"\x89PNG", "path": "b.png"}], ["a/b.png"]),
        (pl.Series(["x", "y"], dtype=pl.Categorical), ["x", "y"]),
        (pl.Series([0.1, 7.0], dtype=pl.Float32), ["0.1", "7"]),
        (pl.Series(["7.00", "7.50"]).cast(pl.Decimal(10, 2)), ["7", "7.5"]),
        (pl.Series([MIDNIGHT]).dt.replace_time_zone("UTC"), ["2024-01-02"]),
        ([None, None], ["", ""]),
    ],
)
def test_parquet_cells_are_written_as_a_csv_file_has_them(values, expected):
    count = len(expected)
    text = decode_table(parquet(key=["k"] * count, found=values), "a.parquet")
    assert rows(text) == [("key", "found"), *(("k", one) for one in expected)]


def test_workbook_cells_are_written_one_by_one():
    content = make_workbook(
        empty=[],
        labels=[
            ["image", "found", "found"],
            ["a.png", 7.0, True],
            ["b.png", "P8", DAY],
            [None, None, None],
            [1.5, 12345678901, "b, c"],
        ],
        other=[["x"], ["y"]],
    )
    assert rows(decode_table(content, "a.xlsx")) == [
        ("image", "found", "found"),
        ("a.png", "7", "true"),
        ("b.png", "P8", "2024-01-02"),
        ("", "", ""),
        ("1.5", "12345678901", "b, c"),
    ]
    assert rows(decode_table(content, "a.xlsx", "other")) == [("x",), ("y",)]
    with pytest.raises(SourceError, match=r"'empty', 'labels', 'other'"):
        decode_table(content, "a.xlsx", "none")


@pytest.mark.parametrize("pack", [lambda c: c, gzip.compress])
def test_json_objects_one_a_line_or_in_a_list(pack):
    objects = [
        {"image": "a.png", "n": 7.0, "found": ["Mass"]},
        {"n": True, "image": "b.png", "age": None},
    ]
    expected = [
        ("image", "n", "found", "age"), ("a.png", "7", '["Mass"]', ""), ("b.png", "true", "", "")
    ]  # fmt: skip
    lines = "\ufeff" + "\n\n".join(json.dumps(one) for one in objects) + "\r\n"
    for text in (lines, json.dumps(objects), json.dumps(objects, indent=2)):
        assert rows(decode_table(pack(text.encode()), "a.jsonl")) == expected


def test_one_document_is_no_table():
    document = {"images": [{"id": 1}], "annotations": []}
    for text in (
        json.dumps(document),
        json.dumps(document, indent=1),
        "[1, 2]",
        "[broken",
        "{x",
        "{}",
    ):
        assert write_json_text(text, "a.json") is None
        assert decode_table(text.encode(), "a.json") == text


@pytest.mark.parametrize("line", ["[1]", "7", '{"image": '])
def test_a_line_that_is_no_object_is_named(line):
    with pytest.raises(SourceError, match="in line 2 of those"):
        decode_table(f'{{"image": "a"}}\n{line}\n'.encode(), "a.jsonl")


def test_broken_files_are_refused_in_one_sentence():
    whole = parquet(image=["a"] * 100)
    book = make_workbook(a=[["image"]])
    for content in (
        whole[:-9],
        whole[:60],
        b"PAR1",
        book[:-30],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ):
        with pytest.raises(SourceError, match=r"at a\.x"):
            decode_table(content, "a.x")


@pytest.mark.parametrize("size", [1 << 28, 1 << 29])
def test_an_archive_that_holds_far_more_than_a_table_is_refused(size, monkeypatch):
    monkeypatch.setattr("labelassemble.sources.table_bytes.UNPACKED_BYTES", 1 << 16)
    text = b"0" * (size >> 8)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text)
    for content in (gzip.compress(text), memory.getvalue()):
        with pytest.raises(SourceError, match="MiB come out of it"):
            decode_table(content, "a.csv.gz")
    assert decode_table(gzip.compress(b"a,b\n" * 100), "a.csv.gz").count("a") == 100


def test_lists_of_names_in_any_kind_of_file():
    names = ["a.png", "b.png"]
    assert list(decode_names(b"\n a.png\r\nb.png \r", "test.txt")) == names
    assert list(decode_names(parquet(image=["a.png", None, "b.png"]), "test.parquet")) == names
    assert list(decode_names(make_workbook(a=[["a.png"], ["b.png"]]), "test.xlsx")) == names
    assert list(decode_names(b'{"image": "a.png"}\n{"image": "b.png"}', "test.jsonl")) == names
    with pytest.raises(SourceError, match="2 columns"):
        decode_names(parquet(image=["a"], part=["test"]), "test.parquet")


def test_letters_with_accents_are_composed():
    assert decode_table("cafe\u0301,b\n".encode(), "a.csv") == "caf\u00e9,b\n"
    assert list(decode_names("cafe\u0301\n".encode(), "a.txt")) == ["caf\u00e9"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "utf-16"])
def test_wide_letters_are_read_with_their_mark_or_without(encoding):
    text = "image,found\nMüller.png,Mass\n"
    assert decode_table(text.encode(encoding), "a.csv") == text


def test_numbers_of_two_bytes_are_no_text():
    with pytest.raises(SourceError, match="binary data"):
        decode_table(bytes([1, 0] * 300), "a.raw")


def test_a_sheet_is_named_or_the_first_is_read_and_several_are_told(tmp_path):
    book = make_workbook(notes=[["image"], ["a"]], labels=[["image"], ["b"]])
    (tmp_path / "a.xlsx").write_bytes(book)
    for sheet, image, told in ((None, "a", 1), ("labels", "b", 0), ("notes", "a", 0)):
        problems = Problems()
        tables = open_tables(
            tmp_path,
            ["a.xlsx"],
            ["image"],
            separator=";",
            header=(),
            problems=problems,
            sheet=sheet,
        )
        assert parse_tables(tables, ["image"]).table["image"].to_list() == [image]
        assert ["2 sheets" in one.what for one in problems.noted] == [True] * told
    problems = Problems()
    open_tables(
        tmp_path, ["a.xlsx"], ["image"], separator=None, header=(), problems=problems, sheet="none"
    )
    assert "'notes', 'labels'" in problems.noted[0].what


def test_a_table_whose_cells_are_all_the_same_is_refused_where_it_grows_too_far(monkeypatch):
    monkeypatch.setattr("labelassemble.sources.typed_table.MAX_CELLS", 1 << 16)
    content = parquet(image=["a.png"] * 300_000)
    with pytest.raises(SourceError, match="300,000 cells") as caught:
        decode_table(content, "a.parquet")
    assert "LABELASSEMBLE_UNPACKED_RATIO" in caught.value.do
    monkeypatch.setenv("LABELASSEMBLE_UNPACKED_RATIO", "10000")
    assert decode_table(content, "a.parquet").count("a.png") == 300_000
