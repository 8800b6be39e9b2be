"""The text of a table file, whatever it is packed in and however it is encoded."""

import csv
import io
import re
import unicodedata
import zipfile
import zlib

import polars as pl

from labelassemble.bounds import allow_more, read_bounds
from labelassemble.errors import SourceError, plural, some
from labelassemble.sources.sample_tar import SIGN_AT, TAR_SIGN, write_sample_text
from labelassemble.sources.typed_table import (
    PARQUET_START,
    WORKBOOK_START,
    is_workbook,
    list_sheets,
    write_json_text,
    write_parquet_text,
    write_workbook_text,
)

TEXT_BYTES = bytes([*range(9, 14), 27, *range(32, 256)])
"""Bytes that a text may hold, in one encoding or another."""

UNPACKED_BYTES = 1 << 28
"""So many bytes, or ``unpacked_ratio`` of the bounds times the packed ones, may come out."""

_LETTERS = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
"""Letters of several bytes in UTF-8; text of one byte a letter hardly ever has such pairs."""

_TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".jsonl", ".ndjson")


def decode_table(content: bytes, place: str, sheet: str | None = None) -> str:
    """Unpack gzip or zip, then decode: UTF-8, UTF-16 or UTF-32, or else Latin-1's superset.

    What a file holds decides, not what it is called. Parquet, workbooks and JSON lines come out as
    the text of a CSV file with commas. Line ends stay as they are; letters with accents are
    composed (NFC), so that names are the same wherever they were written.

    Args:
        content: the file's bytes.
        place: names the file in errors.
        sheet: of a workbook; none: the first that is not empty.

    Raises:
        SourceError: a broken archive, an archive with several tables or none or of more bytes than
            a table has, a web page, something that is no table.

    >>> decode_table("name\\nMüller\\n".encode("latin-1"), "a.csv")
    'name\\nMüller\\n'
    """
    text, _ = _open(content, place, sheet)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def list_table_sheets(content: bytes, place: str) -> list[str]:
    """Give the names of the sheets of a workbook, packed or not; none of any other table.

    Raises:
        SourceError: not a whole file.
    """
    content, workbook = _unpack(content, place)
    return list_sheets(content, place) if workbook or content.startswith(WORKBOOK_START) else []


def decode_text(content: bytes, place: str) -> str:
    """Give the text of a file that is no table, such as JSON, as `decode_table` does.

    Raises:
        SourceError: a broken archive, or something that is not text.
    """
    content, _ = _unpack(content, place)
    return unicodedata.normalize("NFC", _decode(content, place))


def decode_names(content: bytes, place: str) -> pl.Series:
    """Give the names of a list, one a line or a row, without spaces around them and blank ones.

    Args:
        content: the file's bytes: text, or a table of one column. Parquet and JSON lines have a
            header, which is no name; a workbook has none.
        place: names the file in errors.

    Raises:
        SourceError: as `decode_table`, or a table of several columns.

    >>> decode_names(b"a.png\\r\\n\\n b.png", "test.txt").to_list()
    ['a.png', 'b.png']
    """
    text, kind = _open(content, place, None)
    text = unicodedata.normalize("NFC", text)
    if kind == "text":
        names = pl.Series("name", [text.replace("\r", "\n")]).str.split("\n").explode()
    else:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
        if any(any(row[1:]) for row in rows):
            raise SourceError(
                f"one column of names in {place}",
                f"{max(map(len, rows))} columns",
                "Save the column of the names alone, or as text with one name a line",
            )
        first = 1 if kind == "header" else 0
        names = pl.Series("name", [row[0] for row in rows[first:]], dtype=pl.String)
    names = names.str.strip_chars()
    return names.filter(names != "")


def _open(content: bytes, place: str, sheet: str | None) -> tuple[str, str]:
    """Give the text, and whether it is ``text``, of a ``sheet``, or made with a ``header``."""
    content, workbook = _unpack(content, place)
    if workbook or content.startswith(WORKBOOK_START):
        return write_workbook_text(content, place, sheet), "sheet"
    if content.startswith(PARQUET_START):
        return write_parquet_text(content, place), "header"
    if content[SIGN_AT : SIGN_AT + len(TAR_SIGN)] == TAR_SIGN:
        return write_sample_text(content, place), "header"
    text = _decode(content, place)
    if text[:1024].lstrip(" \t\r\n")[:1] in ("{", "["):
        table = write_json_text(text, place)
        if table is not None:
            return table, "header"
    return text, "text"


def _decode(content: bytes, place: str) -> str:
    if encoding := _find_wide(content):
        try:
            return content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            name = encoding[:6].upper()
            raise _no_table(place, f"broken {name} text at byte {error.start}") from error
    # Control characters that no text has: 0-8, 14-26, 28-31.
    head = content[:65536]
    strange = head.translate(None, TEXT_BYTES)
    if strange or b"\x00" in content:
        raise _no_table(place, f"binary data ({head[:4]!r} ...)")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise _no_table(place, "a web page (was a log-in needed for the download?)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Few bytes of another encoding among many letters of UTF-8: two files were put together.
        broken = content.decode("utf-8", "replace").count("\ufffd")
        mark = content.startswith(b"\xef\xbb\xbf")
        if mark or len(_LETTERS.findall(content)) > broken:
            line = content.count(b"\n", 0, error.start + 3 * mark) + 1  # counted behind the mark
            raise SourceError(
                f"text of one encoding in {place}",
                f"UTF-8 with {plural(broken, 'byte')} of another, the first in line {line:,}",
                "Fix those cells, or save the whole table as UTF-8",
            ) from error
        # Windows' code page has names for most bytes that Latin-1 leaves as control characters.
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return content.decode("latin-1")


def _find_wide(content: bytes) -> str | None:
    """Name the encoding of text of two or four bytes a letter, with its mark or without."""
    if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = content[:4096]
    if len(head) < 8 or b"\x00" not in head:
        return None
    # Without the mark: of two bytes the same one is nearly always zero, and the other is text.
    for encoding, letters, zeros in (
        ("utf-16-le", head[::2], head[1::2]),
        ("utf-16-be", head[1::2], head[::2]),
    ):
        if zeros.count(0) > 0.9 * len(zeros) and not letters.translate(None, TEXT_BYTES):
            return encoding
    return None


def _unpack(content: bytes, place: str) -> tuple[bytes, bool]:
    """Give the table's own bytes, and whether they are a workbook's."""
    most = max(UNPACKED_BYTES, int(read_bounds().unpacked_ratio * len(content)))
    if content.startswith(b"\x1f\x8b"):
        try:
            content = _gunzip(content, most + 1)
        except (EOFError, zlib.error) as error:
            raise SourceError(
                f"a whole gzip file at {place}", str(error), "Download the file again"
            ) from error
        _refuse_huge(len(content), most, place)
    if not content.startswith(b"PK\x03\x04"):
        return content, False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if is_workbook(archive):
                _refuse_huge(sum(one.file_size for one in archive.infolist()), most, place)
                return content, True
            names = archive.namelist()
            tables = [
                name
                for name in names
                if name.lower().endswith(_TABLE_SUFFIXES) and not name.startswith("__MACOSX/")
            ]
            if len(tables) != 1:
                raise SourceError(
                    f"one table in the archive {place}",
                    f"{len(tables)}: {some(tables or names)}",
                    "Unpack it and name the table in the manifest",
                )
            with archive.open(tables[0]) as packed_table:
                content = packed_table.read(most + 1)
            _refuse_huge(len(content), most, place)
            return content, tables[0].lower().endswith(".xlsx")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
        raise SourceError(
            f"a whole zip file at {place}", str(error), "Download the file again, or unpack it"
        ) from error


def _gunzip(content: bytes, most: int) -> bytes:
    """Unpack the members of a gzip file, so many bytes at most; ``GzipFile`` takes longer."""
    parts, left = list[bytes](), most
    while content and left > 0:
        member = zlib.decompressobj(wbits=31)
        parts.append(member.decompress(content, left))
        left -= len(parts[-1])
        if left > 0 and not member.eof:
            raise EOFError("it ended before its end mark")
        content = member.unused_data.lstrip(b"\0")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _refuse_huge(size: int, most: int, place: str) -> None:
    if size > most:
        raise SourceError(
            f"a table in {place}",
            f"more than {most >> 20:,} MiB come out of it: far more than a table of its size holds",
            f"Is it the right file? {allow_more('unpacked_ratio')}",
        )


def _no_table(place: str, got: str) -> SourceError:
    return SourceError(
        f"a table as text (CSV, TSV or JSON lines), Parquet or a workbook at {place}",
        got,
        "Save it as CSV",
    )
