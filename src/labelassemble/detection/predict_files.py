"""Files in that belong to no table, candidate lesions and, on request, files over them out."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from jaxtyping import Float

from labelassemble.detection.candidates import candidate_rows
from labelassemble.detection.fit_square import frame_affine, frame_spacing
from labelassemble.detection.predict_detections import write_volume_files
from labelassemble.detection.predict_image import predict_image, predict_volume, prepare_volume
from labelassemble.errors import ImageError, ModelError, SettingsError, some
from labelassemble.files.read_image import read_image
from labelassemble.files.volume_file import strip_volume
from labelassemble.images.radiograph import prepare_radiograph, unit_grey
from labelassemble.inference.predictor import Predictor
from labelassemble.metrics.lesions.find_lesions import find_lesions
from labelassemble.metrics.lesions.lesions import Lesions
from labelassemble.settings import DetectionSettings
from labelassemble.volumes.read_volume import read_volume
from labelassemble.volumes.volume import Volume


class FoundInVolume(NamedTuple):
    """Lesions of a volume, and what they were cut out of.

    Attributes:
        volume: as the network was shown it.
        probability: of every class, on its grid.
        lesions: on its grid.
    """

    volume: Volume
    probability: Float[np.ndarray, "classes right anterior superior"]
    lesions: Lesions


def predict_each(
    predictor: Predictor,
    paths: Sequence[Path],
    folder: Path | None = None,
    names: Sequence[str] | None = None,
) -> Iterator[pl.DataFrame | ImageError]:
    """Find lesions in files, one after the other, and give those of each as soon as it is done.

    Args:
        predictor: of a run that finds lesions.
        paths: volumes (files as ``VOLUME_SUFFIXES`` names them, folders with a DICOM series) or
            images, as the run was trained on.
        folder: where to write, a volume each, predictions (``NAME.nii.gz``, a class a channel, on
            the file's own grid) and candidates (``NAME.json``); None: nowhere.
        names: what to call each file that is written; None: as the file itself.

    Yields:
        For each file its candidates (``candidate_columns``; ``record`` is the path as it was
        given), or why it cannot be read.

    Raises:
        ModelError: a run that finds no lesions.
        SettingsError: a folder for images, or two volumes whose files would have one name.
    """
    settings = predictor.description.detection
    if settings is None:
        raise ModelError(
            "a run that finds lesions (detection.task = 'detection')",
            "one that predicts whole images",
            "Take Predictor.predict, or name another run",
        )
    names = names or [_name(path) for path in paths]
    if folder is not None:
        _refuse_folder(settings, names)
    for path, name in zip(paths, names, strict=True):
        try:
            if settings.dimensions == 3:
                volume, probability, found = find_in_volume(predictor, path, settings)
                if folder is not None:
                    write_volume_files(volume, probability, found, predictor.classes, folder / name)
            else:
                found = find_in_image(predictor, path, settings)
        except ImageError as error:
            yield error
        else:
            yield candidate_rows(found, str(path), predictor.classes)


def find_in_volume(
    predictor: Predictor, path: Path, settings: DetectionSettings, series: str | None = None
) -> FoundInVolume:
    """Find lesions in one volume.

    Args:
        predictor: of a run that finds lesions in volumes.
        path: a file as ``VOLUME_SUFFIXES`` names them, or a folder with a DICOM series.
        settings: of the run.
        series: SeriesInstanceUID, where a folder holds several.

    Raises:
        ImageError: a file that cannot be read.
    """
    volume = prepare_volume(read_volume(path, settings.volumes, series), settings)
    probability = predict_volume(predictor.network, volume, settings)
    spacing = np.array(volume.spacing_mm)
    found = find_lesions(probability, spacing, settings.candidates, volume.affine)
    return FoundInVolume(volume, probability, found)


@torch.inference_mode()
def find_in_image(predictor: Predictor, path: Path, settings: DetectionSettings) -> Lesions:
    """Find lesions in one image; they lie in the square that the network sees.

    Args:
        predictor: of a run that finds lesions in images.
        path: the file.
        settings: of the run.

    Raises:
        ImageError: a file that cannot be read.
    """
    images = predictor.description.images
    record = read_image(path)
    height, width = record.shape
    grey = unit_grey(prepare_radiograph(record, images.size, images.fit))
    probability = predict_image(predictor.network, grey, settings)
    frame = ((height, width), images.size, images.fit)
    return find_lesions(
        probability, frame_spacing(*frame), settings.candidates, frame_affine(*frame)
    )


def _name(path: Path) -> str:
    return strip_volume(path.name)


def _refuse_folder(settings: DetectionSettings, names: Sequence[str]) -> None:
    if settings.dimensions == 2:
        raise SettingsError(
            "volumes, whose predictions NIfTI files hold",
            "a run on images",
            "Leave the folder out: the table has the candidates",
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SettingsError(
            "files of different names, after which the predictions are called",
            f"several called {some(twice, 3)}",
            "Ask for them one by one, each with a folder of its own",
        )
