"""Images through a predictor, and what each of their rows says."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from labelassemble.errors import ImageError
from labelassemble.files.printable import printable
from labelassemble.inference.operating_file import CALLS
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.asked_images import AskedImage
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.pipeline.prediction_output import PROBABILITY, Columns, RowCells
from labelassemble.pipeline.ranked_findings import rank_findings

ERROR_COLUMN = "error"
"""The column that says why an image cannot be read; empty where it can."""

UNLIKE_COLUMN = "unlike"
"""The last column: whether an image is unlike the training images (``predictor.Prediction``)."""

FINDINGS_COLUMN = "findings"
"""The column of the most probable classes."""


class RowBatch(NamedTuple):
    """The rows of the next images, how many images those are, and the first that is wrong."""

    rows: list[RowCells]
    images: int
    refused: int
    wrong: ImageError | None


def list_columns(predictor: Predictor, options: PredictOptions) -> Columns:
    """Give the columns of a run's rows: a row an image, or a row a lesion."""
    if (detection := predictor.description.detection) is not None:
        # Here, because predictions for whole images need none of it.
        from labelassemble.detection.candidates import candidate_columns

        numbers = list(_shown(candidate_columns(detection.dimensions)))[3:]
        told = dict.fromkeys(numbers, "number")
        return {"file": "text", "class": "text", "score": PROBABILITY, **told, ERROR_COLUMN: "text"}
    columns = {"file": "text", **dict.fromkeys(predictor.classes, PROBABILITY)}
    if predictor.operations:
        columns |= {f"{name}_calibrated": PROBABILITY for name in predictor.classes}
    if len(predictor.members) > 1:
        columns |= {f"{name}_spread": PROBABILITY for name in predictor.classes}
    if predictor.operations:
        columns |= {f"{name}_call": "text" for name in predictor.classes}
    if options.ranked:
        columns[FINDINGS_COLUMN] = "text"
    return {**columns, ERROR_COLUMN: "text", UNLIKE_COLUMN: "text"}


def _shown(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of candidates, without places of a grid that only the network knows."""
    return {name: value for name, value in columns.items() if not name.endswith("_place")}


def predict_classes(
    predictor: Predictor,
    asked: Sequence[AskedImage],
    names: Sequence[str],
    options: PredictOptions,
) -> Iterator[RowBatch]:
    """Predict whole images, a row each, batch by batch."""
    done = 0
    known = {place: one.wrong for place, one in enumerate(asked) if one.wrong is not None}
    paths = [one.path for one in asked]
    for batch in predictor.predict_batches(paths, options.batch_size, options.workers):
        rows, wrong = list[RowCells](), list[ImageError]()
        read = [found.each for found in batch if not isinstance(found, ImageError)]
        told = iter(_describe(predictor, np.stack(read, axis=1), options) if read else ())
        for place, found in enumerate(batch, start=done):
            said = {} if isinstance(found, ImageError) else next(told)
            error = known.get(place) or (found if isinstance(found, ImageError) else None)
            if error is None and not isinstance(found, ImageError):
                said[UNLIKE_COLUMN] = found.unlike or None
                rows.append({"file": names[place], **said})
            elif error is not None:
                wrong.append(error)
                rows.append(_refuse(names[place], asked[place].path, error, options))
        done += len(batch)
        yield RowBatch(rows, len(batch), len(wrong), next(iter(wrong), None))


def _describe(
    predictor: Predictor, each: np.ndarray, options: PredictOptions
) -> Iterator[dict[str, Any]]:
    """What is said of each image of a batch, of networks x images x classes."""
    classes, probability = predictor.classes, each.mean(axis=0)
    columns = {name: probability[:, place] for place, name in enumerate(classes)}
    calls: dict[str, np.ndarray] = {}
    if len(each) > 1:
        spread = predictor.spread(each, options.source)
        columns |= {f"{name}_spread": spread[:, place] for place, name in enumerate(classes)}
    if predictor.operations:
        calibrated = predictor.calibrate(each, options.source)
        called = predictor.call(each, options.source)
        for place, name in enumerate(classes):
            columns[f"{name}_calibrated"] = calibrated[:, place]
            calls[f"{name}_call"] = called[:, place]
    for row in range(len(probability)):
        numbers = {name: float(values[row]) for name, values in columns.items()}
        said: dict[str, Any] = {
            name: None if value != value else value for name, value in numbers.items()
        }
        said |= {name: CALLS.get(float(values[row])) for name, values in calls.items()}
        if options.ranked:
            said[FINDINGS_COLUMN] = rank_findings(
                {name: numbers[name] for name in classes}, options.ranked
            )
        yield said


def predict_lesions(
    predictor: Predictor,
    asked: Sequence[AskedImage],
    names: Sequence[str],
    options: PredictOptions,
) -> Iterator[RowBatch]:
    """Find lesions, a row each, image by image."""
    from labelassemble.detection.predict_files import predict_each

    stems = list(names) if options.ids_key is not None else None
    paths = [one.path for one in asked]
    for name, one, found in zip(
        names, asked, predict_each(predictor, paths, options.masks, stems), strict=True
    ):
        error = one.wrong or (found if isinstance(found, ImageError) else None)
        if error is not None:
            yield RowBatch([_refuse(name, one.path, error, options)], 1, 1, error)
        elif not isinstance(found, ImageError):
            rows: list[RowCells] = [
                {"file": name, **_shown(row)} for row in found.iter_rows(named=True)
            ]
            yield RowBatch(rows, 1, 0, None)


def _refuse(name: str, path: Path, error: ImageError, options: PredictOptions) -> RowCells:
    """The row of an image that cannot be read; where names are hidden, without its name."""
    reason = f"{error.got}. {error.do}"
    if options.ids_key is not None:
        reason = reason.replace(str(path), name).replace(path.name, name)
    return {"file": name, ERROR_COLUMN: printable(reason)}
