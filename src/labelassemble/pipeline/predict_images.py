"""Images in, a trained run's predictions out: a row an image, or a row a lesion."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import takewhile
from pathlib import Path
from typing import Any

from labelassemble import __version__
from labelassemble.errors import SettingsError, plural
from labelassemble.files.printable import printable
from labelassemble.inference.member import hash_members
from labelassemble.inference.operating_file import (
    EVERY_SOURCE,
    OPERATING,
    read_operation,
)
from labelassemble.inference.pooled_operation import list_uncalled
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.asked_images import AskedImage, list_asked_images
from labelassemble.pipeline.fitting_operations import read_fitting_operations
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.pipeline.prediction_output import (
    FileOutput,
    PredictionOutput,
    StreamOutput,
)
from labelassemble.pipeline.prediction_rows import (
    ERROR_COLUMN,
    list_columns,
    predict_classes,
    predict_lesions,
)
from labelassemble.storage.hold_folder import hold_output
from labelassemble.storage.object_place import tell_place

_Say = Callable[[str], None]
_Progress = Callable[[int, int], None]


def predict_images(
    runs: Path | Sequence[Path],
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
        runs: folders of runs that are trained, or files that ``pack`` wrote; several predict
            together (``Ensemble``).
        images: as ``list_asked_images`` takes them.
        say: takes a line of CSV, the header first, where no file is named.
        complain: takes what a reader of the rows should know.
        options: None: the defaults.
        progress: called with (images done, images in all).

    Returns:
        How many images cannot be read.

    Raises:
        SettingsError: no image is named, a list without paths, ``masks`` or ``ranked`` with a run
            of another kind, another number of ``operating`` than of runs, an output of something
            else, a key that cannot be read.
        ImageError: strict, and an image cannot be read; those before it are written.
        RunError: not a run folder, or runs that cannot predict together.
    """
    options = options or PredictOptions()
    places = [runs] if isinstance(runs, Path) else list(runs)
    predictor = Predictor(places, views=options.views)
    if not images:
        raise SettingsError("at least one image file", "none", "Name the files to predict for")
    detection = predictor.description.detection
    _refuse_options(options, finds_lesions=detection is not None)
    if options.operating:
        predictor.operations = read_fitting_operations(options.operating, predictor)
    if not predictor.operations and options.source != EVERY_SOURCE:
        # There is none: the error says how to make it.
        predictor.operations = (read_operation(places[0] / OPERATING),)
    untold = _list_untold(predictor, options)
    volumes = detection is not None and detection.dimensions == 3
    asked = list_asked_images(images, volumes, options.column, complain)
    names = _name_images(asked, images, options)
    columns = list_columns(predictor, options)
    place = options.output
    with hold_output(place, work="prediction") if place is not None else nullcontext():
        output: PredictionOutput
        if options.output is None:
            output = StreamOutput(columns, say)
        else:
            output = FileOutput(options.output, columns, _tell_origin(places, names, options))
        for sentence in untold:
            complain(sentence)
        if progress:
            progress(output.done, len(asked))
        predict = predict_classes if detection is None else predict_lesions
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


def _list_untold(predictor: Predictor, options: PredictOptions) -> list[str]:
    """What the rows will not say of an image, and why."""
    uncalled = list_uncalled(predictor.operations, predictor.classes, options.source)
    told = [f"{name} is not called: {note}" for name, note in uncalled.items()]
    if predictor.description.detection is None and not predictor.tells_unlike:
        told.append(
            "This run does not tell images that look unlike those of training: too few validation "
            "images, or trained before runs did"
        )
    return told


def _refuse_options(options: PredictOptions, finds_lesions: bool) -> None:
    if options.masks is not None and not finds_lesions:
        raise SettingsError(
            "a run that finds lesions, for --masks",
            "one that predicts whole images",
            "Leave --masks out, or name a run with detection.task = 'detection'",
        )
    asked = {
        "--ranked": options.ranked > 0,
        "--operating": bool(options.operating),
        "--source": options.source != EVERY_SOURCE,
        "--views": options.views > 1,
    }
    if finds_lesions and any(asked.values()):
        told = next(name for name, given in asked.items() if given)
        raise SettingsError(
            f"a run that predicts whole images, for {told}",
            "one that finds lesions, whose rows have a score each",
            f"Leave {told} out",
        )


def _name_images(
    asked: Sequence[AskedImage], given: Sequence[Path], options: PredictOptions
) -> list[str]:
    """What each image is called in its row."""
    if options.ids_key is None:
        return [printable(tell_place(one.path)) for one in asked]
    # Here: it reads headers of DICOM files, which nobody else does.
    from labelassemble.pipeline.hide_sources import hide_files

    paths = list(dict.fromkeys(one.path for one in asked))
    folders = [one for one in given if one not in paths]
    hidden = hide_files(paths, folders, options.ids_key, options.masks)
    return [hidden[one.path] for one in asked]


def _tell_origin(
    runs: Sequence[Path], names: Sequence[str], options: PredictOptions
) -> dict[str, Any]:
    """What the rows depend on: an output with another origin is another output."""
    asked = "\n".join(names).encode("utf-8", "surrogateescape")
    own = [run if run.is_file() else run / OPERATING for run in runs]
    return {
        "version": __version__,
        "run": " + ".join(run.resolve().name for run in runs),
        "weights": hash_members(runs),
        "images": len(names),
        "list": hashlib.sha256(asked).hexdigest(),
        "operating": " ".join(_hash_file(path) for path in options.operating or own),
        "source": options.source,
        "views": options.views,
        "ranked": options.ranked,
        "batch_size": options.batch_size,
        "hashed_names": options.ids_key is not None,
    }


def _hash_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"
