"""A trained network and images in; candidates, image answers and, on request, files out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.detection.answer_image import answer_image
from labelassemble.detection.candidates import candidate_columns, candidate_rows
from labelassemble.detection.ground import Ground
from labelassemble.detection.validation_scores import image_answer
from labelassemble.detection.volume_ground import VolumeGround
from labelassemble.errors import SettingsError
from labelassemble.files.volume_file import strip_volume
from labelassemble.inference.prediction_file import PREDICTION_COLUMNS
from labelassemble.metrics.lesions.find_lesions import find_lesions
from labelassemble.metrics.lesions.lesions import Lesions
from labelassemble.model.network import Network
from labelassemble.settings import DetectionSettings
from labelassemble.volumes.volume import Volume
from labelassemble.volumes.write_answer import write_answer
from labelassemble.volumes.write_lesions import FoundLesion, write_lesions

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


class Detections(NamedTuple):
    """What a network says of images.

    Attributes:
        candidates: ``candidate_columns``, images in the order given, by class, the best first.
        predictions: ``PREDICTION_COLUMNS``: each image's largest answer a class.
    """

    candidates: pl.DataFrame
    predictions: pl.DataFrame


def predict_detections(
    network: Network,
    grounds: Mapping[str, Ground],
    settings: DetectionSettings,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Detections:
    """Answer whole images and cut the answers into candidates.

    Args:
        network: a trained network; it computes where it is.
        grounds: images by name; what is drawn on them is not looked at.
        settings: those of the network's training.
        folder: where to write, a volume each, answers (``NAME.nii.gz``, a class a channel, on the
            grid of the source's file) and candidates (``NAME.json``); None: nowhere.
        progress: called with (images done, images in all).

    Raises:
        SettingsError: a folder for pictures; see ``answer_image``.
        ModelError: a network that does not answer densely.
        ImageError: a folder that cannot be written.
    """
    rows, highest = [], []
    for done, (name, ground) in enumerate(grounds.items(), start=1):
        answer = answer_image(network, ground.image(), settings)
        found = find_lesions(answer, ground.spacing, settings.candidates, ground.affine)
        rows.append(candidate_rows(found, name, network.classes))
        highest.append(image_answer(answer))
        if folder is not None:
            _write_files(ground, name, answer, found, network.classes, folder)
        if progress:
            progress(done, len(grounds))
    nothing = pl.DataFrame(schema=candidate_columns(settings.dimensions))
    names = pl.Series(list(grounds), dtype=pl.String)
    predictions = pl.DataFrame(
        {
            "picture": names.gather(np.repeat(np.arange(len(names)), len(network.classes))),
            "class": pl.Series(list(network.classes) * len(names), dtype=pl.String),
            "answer": np.concatenate([np.empty(0), *highest]),
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
            answer=float(lesions.score[row]),
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
    answer: Float[np.ndarray, "classes right anterior superior"],
    lesions: Lesions,
    classes: Sequence[str],
    path: Path,
) -> None:
    """Write answers to ``path``.nii.gz and candidates to ``path``.json, over the source's file.

    Raises:
        ImageError: a folder that cannot be written.
    """
    write_answer(like, answer, path.with_name(f"{path.name}.nii.gz"))
    write_lesions(found_lesions(lesions, classes), like, path.with_name(f"{path.name}.json"))


def _write_files(
    ground: Ground,
    name: str,
    answer: Float[np.ndarray, "classes *space"],
    lesions: Lesions,
    classes: Sequence[str],
    folder: Path,
) -> None:
    if not isinstance(ground, VolumeGround):
        raise SettingsError(
            "volumes, whose answers NIfTI files hold",
            f"a picture: {name}",
            "Leave the folder out: candidates of pictures stand in candidates.parquet",
        )
    # A source and a path in it name a picture; a source's folders become folders.
    stem = folder / strip_volume(name)
    write_volume_files(ground.volume.like(), answer, lesions, classes, stem)
