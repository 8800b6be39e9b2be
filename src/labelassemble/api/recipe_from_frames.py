"""Data frames and arrays in memory in, a recipe of the files that hold them out."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import tifffile

from labelassemble.api.as_polars import as_polars
from labelassemble.errors import SettingsError, some
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES
from labelassemble.files.read_image import show_array
from labelassemble.recipe import check_recipe, resolve_paths
from labelassemble.settings import Recipe
from labelassemble.sources.write_toml import Line, write_toml
from labelassemble.vocabulary.vocabulary import DEFAULT_VOCABULARY, load_vocabulary

_FACTS = ("patient", "view", "age", "sex", "reader")
"""Columns that are facts of an image, beside ``image`` and ``split``; the others are findings."""

_SPLITS = ("train", "validate", "test")

_VALUES = {"1": "positive", "0": "negative", "-1": "uncertain"}

Images = Mapping[Any, np.ndarray] | Path | str


def recipe_from_frames(
    frames: Mapping[str, Any],
    output: Path | str,
    *,
    image_data: Mapping[str, Images] | None = None,
    terms: Mapping[str, str] | None = None,
    **settings: Any,
) -> Recipe:
    """Make a recipe of sources that are data frames in memory.

    Frames and arrays are written below ``output/sources``, from where the recipe reads them as any
    other: what follows can be broken off, repeated and handed on.

    Args:
        frames: name of the source to a data frame of pandas or polars, a row per image: a column
            ``image`` (its name), perhaps ``patient``, ``view``, ``age`` in years, ``sex``,
            ``reader`` and ``split`` (train, validate, test), and a column per finding: 1 or true
            (present), 0 or false (absent), -1 (uncertain), NaN or null (unknown: nobody looked).
        output: folder for everything that is made.
        image_data: name of the source to the folder of its images, or to name of the image to an
            array: ``height width`` of grey values, or ``height width 3`` of colours. A source that
            is not named has labels alone.
        terms: column to the class of the vocabulary that it means, where the vocabulary does not
            know it; to ``""``: set aside.
        settings: settings of the recipe, such as ``classes``, ``seeds``,
            ``images={"size": 224}``, ``training={"epochs": 3}``.

    Raises:
        SettingsError: a frame without images, a column that means no class, a cell that is no
            label, an array without a row,
            images of a source that is not there, a setting that is none.
        ImageError: an array that is no image.

    Examples:
        >>> import tempfile
        >>> frame = pl.DataFrame({"image": ["a", "b"], "edema": [1, 0], "mass": [None, 1]})
        >>> with tempfile.TemporaryDirectory() as output:
        ...     recipe = recipe_from_frames({"here": frame}, output)
        ...     recipe.sources[0].name
        'here'
    """
    folder = Path(output).absolute()
    image_data = image_data or {}
    if strange := [name for name in image_data if name not in frames]:
        raise SettingsError(
            f"images of the frames: {some(frames)}", f"of {some(strange)}", "Use the same names"
        )
    # All are looked at before anything is written.
    tables = {name: _read_frame(name, frame) for name, frame in frames.items()}
    for name, table in tables.items():
        _refuse_unknown(name, table, terms or {}, settings.get("vocabulary") or DEFAULT_VOCABULARY)
        _check_arrays(name, table, image_data.get(name))
    sources = []
    for name, table in tables.items():
        place = folder / "sources" / name
        place.mkdir(parents=True, exist_ok=True)
        table.write_parquet(place / "labels.parquet")
        (place / "manifest.toml").write_text(_write_manifest(name, table, terms or {}), "utf-8")
        source = {"name": name, "manifest": str(place / "manifest.toml"), "folder": str(place)}
        if "split" in table.columns:
            source["split"] = "official"
        given = image_data.get(name)
        if given is None:
            source["missing_images"] = "keep"
        elif isinstance(given, Mapping):
            _write_arrays(given, place / "images")
        else:
            source["images"] = str(Path(given).absolute())
        sources.append(source)
    content = {"name": "Sources in memory", **settings, "output": str(folder), "sources": sources}
    return resolve_paths(check_recipe(content, "recipe_from_frames"), folder)


def _read_frame(name: str, given: Any) -> pl.DataFrame:
    """The frame with labels as numbers."""
    if not re.fullmatch(r"[a-z0-9_-]+", name):
        raise SettingsError(
            "names of sources in lower case letters, digits, _ and -", repr(name), "Rename it"
        )
    frame = as_polars(given)
    if "image" not in frame.columns or frame["image"].null_count():
        raise SettingsError(
            f"a column image in the frame {name!r}, with a name in every row",
            f"columns {some(frame.columns)}" if "image" not in frame.columns else "rows without",
            "Add the name of each image",
        )
    frame = frame.with_columns(pl.col("image").cast(pl.String))
    if "split" in frame.columns:
        _refuse_others(name, "split", frame["split"], _SPLITS, "train, validate, test or nothing")
    findings = list_findings(frame)
    if not findings:
        raise SettingsError(
            f"a column per finding in the frame {name!r}",
            f"columns {some(frame.columns)}",
            "Add one: 1 present, 0 absent, -1 uncertain, NaN unknown",
        )
    return frame.with_columns(_read_labels(name, frame[finding]) for finding in findings)


def _refuse_unknown(
    name: str, table: pl.DataFrame, terms: Mapping[str, str], vocabulary: str
) -> None:
    """Every column must mean a class, so that none is passed over in silence."""
    known = load_vocabulary(vocabulary)
    unknown = [one for one in list_findings(table) if one not in terms and not known.find(one)]
    if unknown:
        raise SettingsError(
            f"columns of the frame {name!r} that the vocabulary {known.name} knows",
            f"not known: {some(unknown)}",
            f'Say in terms what they mean: {{"{unknown[0]}": "CLASS"}}, or "" to set them aside; '
            "or drop them (labelassemble vocabulary lists the classes)",
        )


def list_findings(frame: pl.DataFrame) -> list[str]:
    """Give the columns that are findings."""
    return [name for name in frame.columns if name not in ("image", "split", *_FACTS)]


def _read_labels(name: str, column: pl.Series) -> pl.Series:
    if column.dtype == pl.Boolean or column.dtype == pl.Null:
        return column.cast(pl.Int8)
    if not column.dtype.is_numeric():
        raise _no_label(name, column.name, f"the words {some(map(str, column.unique()[:5]), 5)}")
    numbers = column.cast(pl.Float64).fill_nan(None)
    _refuse_others(name, column.name, numbers, (-1.0, 0.0, 1.0), "1, 0, -1 or NaN")
    return numbers.cast(pl.Int8)


def _refuse_others(
    name: str, column: str, cells: pl.Series, allowed: Iterable[Any], said: str
) -> None:
    other = cells.drop_nulls().unique().sort()
    other = other.filter(~other.is_in(list(allowed)))
    if other.len():
        raise _no_label(name, column, f"{some(map(str, other), 5)}", said)


def _no_label(name: str, column: str, got: str, said: str = "1, 0, -1 or NaN") -> SettingsError:
    return SettingsError(
        f"{said} in the column {column!r} of the frame {name!r}",
        got,
        f"Change those cells, or drop the column; facts of an image are called {some(_FACTS)}",
    )


def _check_arrays(name: str, table: pl.DataFrame, given: Images | None) -> None:
    if not isinstance(given, Mapping):
        return
    rows = set(table["image"])
    if strange := [str(image) for image in given if str(image) not in rows]:
        raise SettingsError(
            f"a row of the frame {name!r} for each array",
            f"no row for {some(strange, 5)}",
            "Add the rows, or leave those arrays out",
        )
    names = [_file_name(str(image)) for image in given]
    if len(set(names)) < len(names):
        raise SettingsError(
            f"arrays of {name!r} whose names differ before their extension",
            f"{len(names) - len(set(names))} that do not",
            "Rename them",
        )
    for image, array in given.items():
        if Path(str(image)).is_absolute() or ".." in Path(str(image)).parts:
            raise SettingsError(
                "names of images that are no ways out of their folder", repr(image), "Rename it"
            )
        show_array(array, f"{name}/{image}")


def _write_arrays(arrays: Mapping[Any, np.ndarray], folder: Path) -> None:
    for image, array in arrays.items():
        place = folder / _file_name(str(image))
        place.parent.mkdir(parents=True, exist_ok=True)
        colours = array.ndim == 3 and array.shape[-1] == 3
        tifffile.imwrite(
            place,
            array[..., 0] if array.ndim == 3 and not colours else array,
            photometric="rgb" if colours else "minisblack",
        )


def _file_name(image: str) -> str:
    """Name of an array's file: an image is found by its stem, whatever the extension."""
    path = Path(image)
    known = path.suffix.lower() in IMAGE_SUFFIXES
    return str(path.with_suffix(".tif")) if known else f"{image}.tif"


def _write_manifest(name: str, table: pl.DataFrame, terms: Mapping[str, str]) -> str:
    findings = list_findings(table)
    facts = {fact: Line(fact) for fact in _FACTS if fact in table.columns}
    tables: dict[str, dict[str, Line]] = {
        "": {"name": Line(name)},
        "table": {"file": Line("labels.parquet"), "image": Line("image"), **facts},
        "labels": {
            "encoding": Line("finding_columns"),
            "columns": Line(findings),
            "values": Line(_VALUES),
        },
    }
    if used := {term: of for term, of in terms.items() if term in findings}:
        tables["terms"] = {term: Line(of) for term, of in used.items()}
    if "split" in table.columns:
        tables["split"] = {"column": Line("split"), "values": Line({one: one for one in _SPLITS})}
    return write_toml(tables) + "\n"
