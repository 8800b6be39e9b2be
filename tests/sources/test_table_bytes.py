import contextlib
import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelassemble.errors import SourceError
from labelassemble.sources.table_bytes import decode_table

TEXT = "name,found\r\nMüller,Mass\n"
PACKED = gzip.compress(b"abc" * 99, mtime=0)


def pack(files):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # a fixed date
    return memory.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8"),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("latin-1"),
        TEXT.encode("cp1252"),
        gzip.compress(TEXT.encode("utf-8"), mtime=0),
        pack({"a.csv": TEXT, "__MACOSX/a.csv": "x", "read.me": "y"}),
        pack({"a.tsv": TEXT.encode("latin-1")}),
    ],
)
def test_one_text_in_any_dress(content):
    assert decode_table(content, "a.csv") == TEXT


def test_windows_quotes_and_bytes_that_windows_lacks():
    assert decode_table(b"a\x93b\x94", "a.csv") == "a“b”"
    assert decode_table(b"a\x81b\xff", "a.csv") == "a\x81bÿ"


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary data"),
        (b"a,b\n1,\x00\n", "binary data"),
        (b"%PDF\x01", "binary data"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"\xef\xbb\xbf<HTML>", "a web page"),
        (b"\xff\xfea", "broken UTF-16"),
        (pack({"xl/workbook.xml": "x"}), ""),
        (pack({"a.csv": "x", "b.csv": "y"}), "2: a.csv, b.csv"),
        (pack({"a.png": "x"}), "0: a.png"),
        (PACKED[:-9], "ended before"),
        (PACKED[:10] + b"\xff" * 20, "invalid"),
        (pack({"a.csv": "x" * 99})[:60], "not a zip file"),
    ],
)
def test_what_is_no_table_is_refused(content, got):
    with pytest.raises(SourceError) as caught:
        decode_table(content, "a.csv")
    assert got in caught.value.got
    assert "a.csv" in caught.value.expected


@given(st.binary(max_size=60))
def test_any_bytes_give_text_or_our_error(content):
    with contextlib.suppress(SourceError):
        assert isinstance(decode_table(content, "a.csv"), str)


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_two_encodings_in_one_text_are_told(start: str) -> None:
    head = f"{start}patient,findings\nMüller,Ödem\n".encode()
    with pytest.raises(SourceError, match=r"1 byte of another, the first in line 3"):
        decode_table(head + "Méric,Mass\n".encode("latin-1"), "a.csv")


def test_letters_of_one_byte_that_look_like_utf8_once_stay_as_they_are() -> None:
    text = "name\nÜ» é à ö\n"
    assert decode_table(text.encode("cp1252"), "a.csv") == text
