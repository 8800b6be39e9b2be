"""Files and folders in, a trained run's predictions out as CSV, file by file."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from labelassemble.errors import ImageError, SettingsError, SourceError, plural
from labelassemble.files.array_file import list_array_images
from labelassemble.files.inside_path import ARRAYS
from labelassemble.files.parquet_images import is_table_of_images, list_embedded_images
from labelassemble.inference.format_probability import format_probability
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.hide_sources import hide_files
from labelassemble.sources.archives.archive_tree import is_folder_or_archive
from labelassemble.sources.image_files import VOLUME_SUFFIXES, find_image_files

_Say = Callable[[str], None]
_Progress = Callable[[int, int], None]
Refuse = Callable[[Path, ImageError], None]


def predict_images(
    run_folder: Path,
    images: Sequence[Path],
    *,
    masks: Path | None,
    say: _Say,
    complain: _Say,
    progress: _Progress | None = None,
    ids_key: Path | None = None,
) -> int:
    """Predict for every file that can be read; each of the others is reported and passed over.

    Lines come as files are done, so that what was predicted before an interruption is there.

    Args:
        run_folder: of a run that is trained.
        images: files, and folders or zip and tar archives whose image files are taken at any
            depth, those of archives and Parquet files in a folder too; of a run on volumes, folders
            with NIfTI files, or with a DICOM series, which is one volume.
        masks: of a run on volumes, a folder for what it finds; None: nowhere.
        say: called with a line of CSV, the header first.
        complain: called with what is wrong with a file.
        progress: of a run that finds lesions: called with (files done, files in all).
        ids_key: a key whose hashes stand in place of the files' names, as in a table that was
            assembled with it; None: their names.

    Returns:
        How many files, or folders without any, were passed over.

    Raises:
        SettingsError: no image is named, ``masks`` with a run that predicts whole images, a key
            that cannot be read.
        RunError: not a run folder.
    """
    if not images:
        raise SettingsError("at least one image file", "none", "Name the files to predict for")
    predictor = Predictor(run_folder)
    detection = predictor.description.detection
    if detection is None and masks is not None:
        raise SettingsError(
            "a run that finds lesions, for --masks",
            "one that predicts whole images",
            "Leave --masks out, or name a run with detection.task = 'detection'",
        )
    refused: list[str] = []

    def refuse(path: Path, error: ImageError) -> None:
        refused.append(str(path))
        complain(f"Passed over {path}:\n{error}")

    volumes = detection is not None and detection.dimensions == 3
    files = list(_list_files(images, volumes, refuse))
    names = {path: str(path) for path in files}
    if ids_key is not None:
        names = hide_files(files, [one for one in images if one not in files], ids_key, masks)
    if detection is None:
        _write_probabilities(predictor, names, say, refuse)
    else:
        _write_lesions(
            predictor,
            names,
            hidden=ids_key is not None,
            masks=masks,
            say=say,
            refuse=refuse,
            progress=progress,
        )
    if refused:
        complain(f"{plural(len(refused), 'file')} passed over, of {plural(len(files), 'file')}")
    return len(refused)


def _list_files(images: Iterable[Path], volumes: bool, refuse: Refuse) -> Iterator[Path]:
    for path in images:
        try:
            inside = _list_inside(path)
        except ImageError as error:
            refuse(path, error)
            continue
        if inside:
            yield from map(Path, inside)
            continue
        if not path.is_dir() and (volumes or not is_folder_or_archive(path)):
            yield path
            continue
        try:
            found = find_image_files(path, "**/*" if volumes else None, archives=not volumes)
        except SourceError as error:
            refuse(path, ImageError(error.expected, error.got, error.do))
            continue
        names = [
            name for name in found.names if not volumes or name.lower().endswith(VOLUME_SUFFIXES)
        ]
        if names:
            yield from (Path(found.inside.get(name, path / name)) for name in names)
        elif volumes:
            yield path
        else:
            refuse(
                path,
                ImageError("image files in that folder", "none", "Name another, or the files"),
            )


def _list_inside(path: Path) -> list[str]:
    """Images inside one Parquet file, or in arrays; none of any other path."""
    if is_table_of_images(path.name) and path.is_file():
        return [inside for _, inside in list_embedded_images(path)]
    is_array = path.suffix.lower() in ARRAYS and path.is_file()
    return list_array_images(path) if is_array else []


def _write_probabilities(
    predictor: Predictor,
    files: Mapping[Path, str],
    say: _Say,
    refuse: Refuse,
) -> None:
    say(_line(["file", *predictor.classes]))
    for path, name in files.items():
        try:
            probability = predictor.predict_file(path)["probability"]
        except ImageError as error:
            refuse(path, error)
        else:
            say(_line([name, *map(format_probability, probability)]))


def _write_lesions(
    predictor: Predictor,
    files: Mapping[Path, str],
    *,
    hidden: bool,
    masks: Path | None,
    say: _Say,
    refuse: Refuse,
    progress: _Progress | None,
) -> None:
    # Here, because predictions for whole images need none of it.
    from labelassemble.detection.predict_files import predict_each

    columns: list[str] = []
    stems = list(files.values()) if hidden else None
    for found in predict_each(predictor, list(files), masks, refuse, progress, stems):
        # Places are of the grid that the network saw, which nobody else knows.
        told = [name for name in found.columns if not name.endswith("_place")]
        rows = found.select(told).rename({"record": "file"})
        if hidden:
            rows = rows.with_columns(pl.col("file").replace({str(p): n for p, n in files.items()}))
        if not columns:
            columns = rows.columns
            say(_line(columns))
        for row in rows.iter_rows(named=True):
            say(_line(_format(name, value) for name, value in row.items()))


def _format(name: str, value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return format_probability(value) if name == "score" else f"{value:.6g}"


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()
