"""Tables whose cells have types (Parquet, workbooks, JSON lines), as the text of a CSV file."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import PurePath
from typing import Any, Final

import polars as pl

from labelassemble.bounds import BoundError, read_bounds
from labelassemble.errors import SourceError, raise_machine_fault, some
from labelassemble.files.parquet_names import name_classes, name_embedded_images, read_class_names

PARQUET_START: Final = b"PAR1"
WORKBOOK_START: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How workbooks of Excel before 2007 begin; later ones are zip files."""

MAX_CELLS: Final = 1 << 27
"""So many cells, or ``unpacked_ratio`` of the bounds times its bytes, may a Parquet file have."""

NO_TEXT: Final = "(binary)"
"""What stands for a cell of bytes: no label, name or number."""


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether a zip file is a workbook of Excel or of OpenDocument."""
    names = archive.namelist()
    return any(name.startswith("xl/") for name in names) or (
        "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype")[:100]
    )


def write_parquet_text(content: bytes, place: str) -> str:
    """Give a Parquet file as the text of a CSV file with a header.

    Whole numbers have no point, dates are ISO (without a time at midnight), what is true or false
    is ``true`` or ``false``, null is blank, lists and structures are JSON. Images become
    their names, and numbers of classes words, where ``datasets`` of Hugging Face wrote the file.

    Args:
        content: the file's bytes.
        place: names the file in errors.

    Raises:
        SourceError: not a whole Parquet file.
    """
    try:
        schema = pl.read_parquet_schema(io.BytesIO(content))
        kept = [name for name, kind in schema.items() if not _is_binary(kind)]
        _refuse_cells(content, len(schema))
        frame = pl.read_parquet(io.BytesIO(content), columns=kept)
        images = name_embedded_images(io.BytesIO(content), PurePath(place).stem)
        words = read_class_names(io.BytesIO(content))
        frame = frame.with_columns(
            name_classes(frame[one], names)
            for one, names in words.items()
            if one in kept and (frame[one].dtype.is_integer() or frame[one].dtype.is_nested())
        )
    except Exception as error:
        raise_machine_fault(error)
        do = getattr(error, "advice", "Download the file again")
        raise SourceError(f"a whole Parquet file at {place}", _first_line(error), do) from error
    columns = [
        _write_cells(frame[name])
        if name in kept
        else images.names
        if images is not None and name == images.column
        else pl.repeat(NO_TEXT, frame.height, eager=True)
        for name in schema
    ]
    return _write_csv([*schema], columns)


def _refuse_cells(content: bytes, columns: int) -> None:
    """Refuse a Parquet file whose cells, each the same, take no bytes there and many here."""
    rows = pl.scan_parquet(io.BytesIO(content)).select(pl.len()).collect().item()
    most = max(MAX_CELLS, int(read_bounds().unpacked_ratio * len(content)))
    if rows * columns > most:
        raise BoundError(f"{rows * columns:,} cells in {len(content):,} bytes", "unpacked_ratio")


def write_workbook_text(content: bytes, place: str, sheet: str | None = None) -> str:
    """Give a sheet of a workbook as the text of a CSV file; its first row is the header.

    Cells are read one by one, so that ``7`` stays ``7`` in a column with ``P8`` in it.

    Args:
        content: the file's bytes.
        place: names the file in errors.
        sheet: its name; none: the first that is not empty.

    Raises:
        SourceError: not a whole workbook, or no such sheet.
    """
    frame = pl.DataFrame()
    for name in [sheet] if sheet else list_sheets(content, place):
        frame = _open_workbook(content, place, partial(_load, name))
        if frame.height:
            break
    midnight = pl.all().str.replace(r" 00:00:00$", "")
    return _write_csv(None, frame.select(midnight).get_columns())


def list_sheets(content: bytes, place: str) -> list[str]:
    """Give the names of a workbook's sheets.

    Raises:
        SourceError: not a whole workbook.
    """
    names: list[str] = _open_workbook(content, place, lambda book: book.sheet_names)
    return names


def write_json_text(text: str, place: str) -> str | None:
    """Give objects, one a line or in one list, as the text of a CSV file.

    Args:
        text: of the file.
        place: names the file in errors.

    Returns:
        None: it is not of that kind.

    Raises:
        SourceError: it begins so, and a later line is no object.

    >>> print(write_json_text('{"image": "a.png", "n": 7.0}\\n{"m": true}\\n', "a.jsonl"), end="")
    image,n,m
    a.png,7,
    ,,true
    """
    objects = _read_objects(text.lstrip("\ufeff \t\r\n"), place)
    if objects is None:
        return None
    names = list(dict.fromkeys(name for one in objects for name in one))
    columns = [
        pl.Series([_write_value(one.get(name)) for one in objects], dtype=pl.String)
        for name in names
    ]
    return _write_csv(names, columns)


def _read_objects(text: str, place: str) -> list[dict[str, Any]] | None:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return None
        table = bool(found) and all(isinstance(one, dict) for one in found)
        return found if table else None
    if not text.startswith("{"):
        return None
    lines = [line for line in text.split("\n") if line.strip()]
    objects: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        try:
            one = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == 1:  # an object over several lines, or no JSON at all
                return None
            raise _no_object(place, number, str(error)) from error
        if not isinstance(one, dict):
            raise _no_object(place, number, f"a {type(one).__name__}")
        objects.append(one)
    # One object that holds lists of objects is a document, such as COCO's, and no row.
    if not any(objects):
        return None
    if len(objects) == 1 and any(
        isinstance(value, list) and any(isinstance(part, dict) for part in value)
        for value in objects[0].values()
    ):
        return None
    return objects


def _no_object(place: str, line: int, got: str) -> SourceError:
    return SourceError(
        f"a JSON object in every line of {place}",
        f"{got}, in line {line} of those that are not blank",
        "Is the file whole? Fix that line",
    )


def _write_value(value: object) -> str | None:
    """Give a value of JSON as a cell of a CSV file would hold it."""
    match value:
        case None | "":
            return None
        case str():
            return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
        case bool():
            return str(value).lower()
        case float():
            whole = value.is_integer() and abs(value) < 2**53
            return str(int(value)) if whole else None if value != value else repr(value)
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _write_cells(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind.is_nested():
        return pl.Series([_write_value(_plain(one)) for one in column.to_list()], dtype=pl.String)
    text = column.cast(pl.String)
    if kind.is_float():
        # Above that, whole numbers are no longer told from their neighbours.
        whole = (column == column.round()) & (column.abs() < 2**53)
        number = column.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
        text = text.set(column.is_nan().fill_null(False), None)
        return pl.select(pl.coalesce(number, text)).to_series()
    if kind.is_decimal():
        return text.str.replace(r"\.0*$", "").str.replace(r"(\.\d*[1-9])0+$", "$1")
    if isinstance(kind, pl.Datetime):
        return text.str.replace(r"\.0+(\+|$)", "$1").str.replace(r" 00:00:00(\+00:00)?$", "")
    return text


def _plain(value: object) -> object:
    return value.to_list() if isinstance(value, pl.Series) else value


def _is_binary(kind: Any) -> bool:
    if isinstance(kind, pl.Struct):
        return any(_is_binary(field.dtype) for field in kind.fields)
    if isinstance(kind, (pl.List, pl.Array)):
        return _is_binary(kind.inner)
    return kind in (pl.Binary, pl.Object)


def _write_csv(names: list[str] | None, columns: Iterable[pl.Series]) -> str:
    numbered = [
        column.replace("", None).alias(str(number)) for number, column in enumerate(columns)
    ]
    body = pl.DataFrame(numbered).write_csv(include_header=False)
    if names is None:
        return body
    header = pl.DataFrame([pl.Series(str(at), [name]) for at, name in enumerate(names)])
    return header.write_csv(include_header=False) + body


def _open_workbook(content: bytes, place: str, read: Callable[[Any], Any]) -> Any:
    import fastexcel  # only where a table is a workbook

    try:
        return read(fastexcel.read_excel(content))
    except SourceError:
        raise
    except Exception as error:
        raise_machine_fault(error)
        raise SourceError(
            f"a workbook that can be read at {place}",
            _first_line(error),
            "Is it whole, and without a password? Open it, and save it as CSV",
        ) from error


def _load(sheet: str, book: Any) -> pl.DataFrame:
    if sheet not in book.sheet_names:
        raise SourceError(
            f"a sheet named {sheet!r}",
            f"the sheets {some(map(repr, book.sheet_names))}",
            "Name one of these",
        )
    loaded: pl.DataFrame = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    return loaded


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
