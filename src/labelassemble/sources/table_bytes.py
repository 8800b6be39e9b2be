"""The text of a table file, whatever it is packed in and however it is encoded."""

import gzip
import io
import zipfile
import zlib

from labelassemble.errors import SourceError, some

TEXT_BYTES = bytes([*range(9, 14), 27, *range(32, 256)])
"""Bytes that a text may hold, in one encoding or another."""

_TABLE_SUFFIXES = (".csv", ".tsv", ".txt")


def decode_table(content: bytes, place: str) -> str:
    """Unpack gzip or zip, then decode: UTF-8, UTF-16 with its mark, or else Latin-1's superset.

    What a file holds decides, not what it is called. Line ends stay as they are.

    Args:
        content: the file's bytes.
        place: names the file in errors.

    Raises:
        SourceError: a broken archive, an archive with several tables or none, a spreadsheet, a web
            page, something that is not text.

    >>> decode_table("name\\nMüller\\n".encode("latin-1"), "a.csv")
    'name\\nMüller\\n'
    """
    content = _unpack(content, place)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _no_table(place, f"broken UTF-16 text at byte {error.start}") from error
    # Control characters that no text has: 0-8, 14-26, 28-31.
    head = content[:65536]
    strange = head.translate(None, TEXT_BYTES)
    if strange or b"\x00" in content:
        raise _no_table(place, f"binary data ({head[:4]!r} ...)")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:15].lower().startswith((b"<!doctype html", b"<html")):
        raise _no_table(place, "a web page (was a log-in needed for the download?)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Windows' code page has names for most bytes that Latin-1 leaves as control characters.
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return content.decode("latin-1")


def _unpack(content: bytes, place: str) -> bytes:
    if content.startswith(b"\x1f\x8b"):
        try:
            return gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(
                f"a whole gzip file at {place}", str(error), "Download the file again"
            ) from error
    if not content.startswith(b"PK\x03\x04"):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if any(name.startswith("xl/") for name in names):
                raise _no_table(place, "an Excel workbook")
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
            return archive.read(tables[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
        raise SourceError(
            f"a whole zip file at {place}", str(error), "Download the file again, or unpack it"
        ) from error


def _no_table(place: str, got: str) -> SourceError:
    return SourceError(f"a table as text (CSV or TSV) at {place}", got, "Save it as CSV")
