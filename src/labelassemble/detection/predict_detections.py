"""A trained network and images in; candidates, image predictions and, on request, files out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.detection.annotated import Annotated
from labelassemble.detection.annotated_volume import AnnotatedVolume
from labelassemble.detection.candidates import candidate_columns, candidate_rows
from labelassemble.detection.predict_image import predict_image
from labelassemble.detection.validation_scores import image_probability
from labelassemble.errors import SettingsError
from labelassemble.files.volume_file import strip_volume
from labelassemble.inference.prediction_file import PREDICTION_COLUMNS
from labelassemble.metrics.lesions.find_lesions import find_lesions
from labelassemble.metrics.lesions.lesions import Lesions
from labelassemble.model.network import Network
from labelassemble.settings import DetectionSettings
from labelassemble.sources.read_progress import ReadProgress
from labelassemble.volumes.volume import Volume
from labelassemble.volumes.write_lesions import FoundLesion, write_lesions
from labelassemble.volumes.write_prediction import write_prediction


class Detections(NamedTuple):
    """What a network says of images.

    Attributes:
        candidates: ``candidate_columns``, images in the order given, by class, the best first.
        predictions: ``PREDICTION_COLUMNS``: each image's largest prediction a class.
    """

    candidates: pl.DataFrame
    predictions: pl.DataFrame


def predict_detections(
    network: Network,
    annotated: Mapping[str, Annotated],
    settings: DetectionSettings,
    folder: Path | None = None,
    progress: ReadProgress | None = None,
) -> Detections:
    """Predict whole images and cut the predictions into candidates.

    Args:
        network: a trained network; it computes where it is.
        grounds: images by name; what is drawn on them is not looked at.
        settings: those of the network's training.
        folder: where to write, a volume each, predictions (``NAME.nii.gz``, a class a channel, on
            the grid of the source's file) and candidates (``NAME.json``); None: nowhere.
        progress: called with (images done, images in all).

    Raises:
        SettingsError: a folder for images; see ``predict_image``.
        ModelError: a network that does not predict densely.
        ImageError: a folder that cannot be written.
    """
    rows, highest = [], []
    for done, (name, one) in enumerate(annotated.items(), start=1):
        probability = predict_image(network, one.image(), settings)
        found = find_lesions(probability, one.spacing, settings.candidates, one.affine)
        rows.append(candidate_rows(found, name, network.classes))
        highest.append(image_probability(probability))
        if folder is not None:
            _write_files(one, name, probability, found, network.classes, folder)
        if progress:
            progress(done, len(annotated))
    nothing = pl.DataFrame(schema=candidate_columns(settings.dimensions))
    names = pl.Series(list(annotated), dtype=pl.String)
    predictions = pl.DataFrame(
        {
            "record": names.gather(np.repeat(np.arange(len(names)), len(network.classes))),
            "class": pl.Series(list(network.classes) * len(names), dtype=pl.String),
            "probability": np.concatenate([np.empty(0), *highest]),
        },
        schema=PREDICTION_COLUMNS,
    )
    return Detections(pl.concat([nothing, *rows]), predictions)


def found_lesions(lesions: Lesions, classes: Sequence[str]) -> list[FoundLesion]:
    """Give candidates as ``write_lesions`` takes them."""
    first, after = lesions.box[:, 0].astype(int), lesions.box[:, 1].astype(int)
    return [
        FoundLesion(
            name=classes[lesions.class_place[row]],
            probability=float(lesions.score[row]),
            centre=(
                float(lesions.centre[row, 0]),
                float(lesions.centre[row, 1]),
                float(lesions.centre[row, 2]),
            ),
            first=(int(first[row, 0]), int(first[row, 1]), int(first[row, 2])),
            last=(int(after[row, 0]) - 1, int(after[row, 1]) - 1, int(after[row, 2]) - 1),
            voxels=int(lesions.voxel_start[row + 1] - lesions.voxel_start[row]),
        )
        for row in range(lesions.score.size)
    ]


def write_volume_files(
    like: Volume,
    probability: Float[np.ndarray, "classes right anterior superior"],
    lesions: Lesions,
    classes: Sequence[str],
    path: Path,
) -> None:
    """Write predictions to ``path``.nii.gz and candidates to ``path``.json, over the source's file.

    Raises:
        ImageError: a folder that cannot be written.
    """
    write_prediction(like, probability, path.with_name(f"{path.name}.nii.gz"))
    write_lesions(found_lesions(lesions, classes), like, path.with_name(f"{path.name}.json"))


def _write_files(
    annotated: Annotated,
    name: str,
    probability: Float[np.ndarray, "classes *space"],
    lesions: Lesions,
    classes: Sequence[str],
    folder: Path,
) -> None:
    if not isinstance(annotated, AnnotatedVolume):
        raise SettingsError(
            "volumes, whose predictions NIfTI files hold",
            f"an image: {name}",
            "Leave the folder out: candidates of images stand in candidates.parquet",
        )
    # A source and a path in it name an image; a source's folders become folders.
    stem = folder / strip_volume(name)
    write_volume_files(annotated.volume.like(), probability, lesions, classes, stem)
