"""Images in, a trained run's predictions out: a row an image, or a row a lesion."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from labelassemble import __version__
from labelassemble.errors import ImageError, SettingsError, plural
from labelassemble.inference.predictor import BATCH_SIZE, Predictor
from labelassemble.pipeline.asked_images import AskedImage, list_asked_images
from labelassemble.pipeline.prediction_output import (
    PROBABILITY,
    Columns,
    FileOutput,
    PredictionOutput,
    RowCells,
    StreamOutput,
)
from labelassemble.pipeline.ranked_findings import rank_findings
from labelassemble.sources.walk_folder import printable

_Say = Callable[[str], None]
_Progress = Callable[[int, int], None]

ERROR_COLUMN = "error"
"""The column that says why an image cannot be read; empty where it can."""

FINDINGS_COLUMN = "findings"
"""The column of the most probable classes."""


class PredictOptions(NamedTuple):
    """How to predict.

    Attributes:
        output: a CSV, JSON lines or Parquet file; None: CSV as it comes.
        column: of lists, that holds paths; None: ``asked_images.FILE_COLUMNS``.
        ranked: so many of the most probable classes stand in a column of their own.
        strict: stop at the first image that cannot be read.
        batch_size: images a forward pass.
        workers: threads that read files; 0: one a core.
        masks: of a run on volumes, a folder for what it finds; None: nowhere.
        ids_key: a key whose hashes stand in place of the files' names, as in a table that was
            assembled with it; None: their names.
    """

    output: Path | None = None
    column: str | None = None
    ranked: int = 0
    strict: bool = False
    batch_size: int = BATCH_SIZE
    workers: int = 0
    masks: Path | None = None
    ids_key: Path | None = None


class _Batch(NamedTuple):
    """The rows of the next images, how many images those are, and the first that is wrong."""

    rows: list[RowCells]
    images: int
    refused: int
    wrong: ImageError | None


def predict_images(
    run_folder: Path,
    images: Sequence[Path],
    say: _Say,
    complain: _Say,
    options: PredictOptions | None = None,
    progress: _Progress | None = None,
) -> int:
    """Predict for every image; one that cannot be read has a row that says why.

    Rows are written batch by batch. Where they go to a file, the same call goes on behind those
    that are there, and the file comes out the same to the byte.

    Args:
        run_folder: of a run that is trained.
        images: as ``list_asked_images`` takes them.
        say: takes a line of CSV, the header first, where no file is named.
        complain: takes what a reader of the rows should know.
        options: None: the defaults.
        progress: called with (images done, images in all).

    Returns:
        How many images cannot be read.

    Raises:
        SettingsError: no image is named, a list without paths, ``masks`` or ``ranked`` with a run
            of another kind, an output of something else, a key that cannot be read.
        ImageError: strict, and an image cannot be read; those before it are written.
        RunError: not a run folder.
    """
    options = options or PredictOptions()
    if not images:
        raise SettingsError("at least one image file", "none", "Name the files to predict for")
    predictor = Predictor(run_folder)
    detection = predictor.description.detection
    _refuse_options(options, finds_lesions=detection is not None)
    volumes = detection is not None and detection.dimensions == 3
    asked = list_asked_images(images, volumes, options.column)
    names = _name_images(asked, images, options)
    columns = _list_columns(predictor, options)
    output: PredictionOutput
    if options.output is None:
        output = StreamOutput(columns, say)
    else:
        output = FileOutput(options.output, columns, _tell_origin(run_folder, names, options))
    if progress:
        progress(output.done, len(asked))
    predict = _predict_classes if detection is None else _predict_lesions
    for batch in predict(predictor, asked[output.done :], names[output.done :], options):
        if options.strict and batch.wrong is not None:
            before = list(takewhile(lambda row: not row.get(ERROR_COLUMN), batch.rows))
            output.write(before, len(before), 0)
            raise batch.wrong
        output.write(batch.rows, batch.images, batch.refused)
        if progress:
            progress(output.done, len(asked))
    output.finish()
    if output.refused:
        complain(
            f"{output.refused:,} of {plural(len(asked), 'image')} cannot be read; "
            f"the column {ERROR_COLUMN} says why"
        )
    return output.refused


def _refuse_options(options: PredictOptions, finds_lesions: bool) -> None:
    if options.masks is not None and not finds_lesions:
        raise SettingsError(
            "a run that finds lesions, for --masks",
            "one that predicts whole images",
            "Leave --masks out, or name a run with detection.task = 'detection'",
        )
    if options.ranked and finds_lesions:
        raise SettingsError(
            "a run that predicts whole images, for --ranked",
            "one that finds lesions, whose rows have a score each",
            "Leave --ranked out",
        )


def _name_images(
    asked: Sequence[AskedImage], given: Sequence[Path], options: PredictOptions
) -> list[str]:
    """What each image is called in its row."""
    if options.ids_key is None:
        return [printable(str(one.path)) for one in asked]
    # Here: it reads headers of DICOM files, which nobody else does.
    from labelassemble.pipeline.hide_sources import hide_files

    paths = list(dict.fromkeys(one.path for one in asked))
    folders = [one for one in given if one not in paths]
    hidden = hide_files(paths, folders, options.ids_key, options.masks)
    return [hidden[one.path] for one in asked]


def _list_columns(predictor: Predictor, options: PredictOptions) -> Columns:
    if (detection := predictor.description.detection) is not None:
        # Here, because predictions for whole images need none of it.
        from labelassemble.detection.candidates import candidate_columns

        numbers = list(_shown(candidate_columns(detection.dimensions)))[3:]
        told = dict.fromkeys(numbers, "number")
        return {"file": "text", "class": "text", "score": PROBABILITY, **told, ERROR_COLUMN: "text"}
    columns = {"file": "text", **dict.fromkeys(predictor.classes, PROBABILITY)}
    if options.ranked:
        columns[FINDINGS_COLUMN] = "text"
    return {**columns, ERROR_COLUMN: "text"}


def _shown(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of candidates, without places of a grid that only the network knows."""
    return {name: value for name, value in columns.items() if not name.endswith("_place")}


def _tell_origin(run_folder: Path, names: Sequence[str], options: PredictOptions) -> dict[str, Any]:
    """What the rows depend on: an output with another origin is another output."""
    weights = (run_folder / "checkpoints" / "best.ckpt").read_bytes()
    asked = "\n".join(names).encode("utf-8", "surrogateescape")
    return {
        "version": __version__,
        "run": run_folder.resolve().name,
        "weights": hashlib.sha256(weights).hexdigest(),
        "images": len(names),
        "list": hashlib.sha256(asked).hexdigest(),
        "ranked": options.ranked,
        "batch_size": options.batch_size,
        "hashed_names": options.ids_key is not None,
    }


def _predict_classes(
    predictor: Predictor,
    asked: Sequence[AskedImage],
    names: Sequence[str],
    options: PredictOptions,
) -> Iterator[_Batch]:
    done = 0
    known = {place: one.wrong for place, one in enumerate(asked) if one.wrong is not None}
    paths = [one.path for one in asked]
    for batch in predictor.predict_batches(paths, options.batch_size, options.workers):
        rows, wrong = list[RowCells](), list[ImageError]()
        for place, found in enumerate(batch, start=done):
            error = known.get(place) or (found if isinstance(found, ImageError) else None)
            if error is not None:
                wrong.append(error)
                rows.append(_refuse(names[place], asked[place].path, error, options))
            elif isinstance(found, np.ndarray):
                rows.append(_describe(predictor.classes, names[place], found, options))
        done += len(batch)
        yield _Batch(rows, len(batch), len(wrong), next(iter(wrong), None))


def _describe(
    classes: Sequence[str], name: str, probability: np.ndarray, options: PredictOptions
) -> RowCells:
    by_class = dict(zip(classes, map(float, probability), strict=True))
    row: dict[str, Any] = {"file": name, **by_class}
    if options.ranked:
        row[FINDINGS_COLUMN] = rank_findings(by_class, options.ranked)
    return row


def _predict_lesions(
    predictor: Predictor,
    asked: Sequence[AskedImage],
    names: Sequence[str],
    options: PredictOptions,
) -> Iterator[_Batch]:
    from labelassemble.detection.predict_files import predict_each

    stems = list(names) if options.ids_key is not None else None
    paths = [one.path for one in asked]
    for name, one, found in zip(
        names, asked, predict_each(predictor, paths, options.masks, stems), strict=True
    ):
        error = one.wrong or (found if isinstance(found, ImageError) else None)
        if error is not None:
            yield _Batch([_refuse(name, one.path, error, options)], 1, 1, error)
        elif not isinstance(found, ImageError):
            rows: list[RowCells] = [
                {"file": name, **_shown(row)} for row in found.iter_rows(named=True)
            ]
            yield _Batch(rows, 1, 0, None)


def _refuse(name: str, path: Path, error: ImageError, options: PredictOptions) -> RowCells:
    """The row of an image that cannot be read; where names are hidden, without its name."""
    reason = f"{error.got}. {error.do}"
    if options.ids_key is not None:
        reason = reason.replace(str(path), name).replace(path.name, name)
    return {"file": name, ERROR_COLUMN: printable(reason)}
