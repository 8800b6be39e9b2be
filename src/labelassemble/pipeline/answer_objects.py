"""A run, opened once, and DICOM images in; what it says of them as DICOM objects out."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import highdicom as _highdicom  # noqa: F401 - that it is not there is told before any work
import numpy as np
from jaxtyping import Bool

from labelassemble import __version__
from labelassemble.dicom.answer_content import (
    AnsweredClasses,
    AnsweredLesion,
    AnsweredLesions,
)
from labelassemble.dicom.answer_settings import AnswerSettings
from labelassemble.dicom.capture_map import capture_map
from labelassemble.dicom.derive_uid import derive_uid
from labelassemble.dicom.model_identity import ModelIdentity
from labelassemble.dicom.report_classes import report_classes
from labelassemble.dicom.report_lesions import report_lesions
from labelassemble.dicom.segment_objects import segment_lesions, segment_maps
from labelassemble.dicom.source_object import (
    AskedObjects,
    complete_header,
    list_identity,
    read_source_header,
    refuse_frames,
)
from labelassemble.errors import ImageError
from labelassemble.files.printable import printable
from labelassemble.inference.operating_file import EVERY_SOURCE, OPERATING, hash_weights
from labelassemble.inference.predictor import Predictor
from labelassemble.metrics.lesions.lesions import Lesions
from labelassemble.pipeline.coded_classes import coded_classes
from labelassemble.pipeline.fitting_operations import read_fitting_operations
from labelassemble.pipeline.rank_classes import rank_classes
from labelassemble.volumes.square_to_file import square_to_file

if TYPE_CHECKING:
    from pydicom import Dataset

RADIOGRAPHS = ("CR", "DX")
"""Modalities that are answered where neither the user nor the run says which."""


class Answerer:
    """A run that answers DICOM images.

    Args:
        run: a folder that ``train`` made, or a file that ``pack`` wrote.
        settings: what is asked for.

    Raises:
        RunError: neither of them, a damaged one, or calibration of another run.
        SettingsError: no such source.
    """

    def __init__(self, run: Path, settings: AnswerSettings) -> None:
        self.settings = settings
        self.predictor = Predictor(run)
        if settings.operating is not None:
            self.predictor.operations = read_fitting_operations(
                (settings.operating,), self.predictor
            )
        self.detection = self.predictor.description.detection
        if settings.source != EVERY_SOURCE:
            # A source that nobody knows, and a run without calibration, are told before any work.
            self.predictor.calibrate(np.zeros((1, len(self.predictor.classes))), settings.source)
        self.model = _identify(run, self.predictor, settings)
        self.named = coded_classes(self.predictor)
        self.titles = {name: one.title for name, one in self.named.items()}
        self.asked = AskedObjects(
            modality=settings.modality or self._learned_modalities(),
            view=settings.view,
            body_part=settings.body_part,
        )

    @property
    def takes_volumes(self) -> bool:
        """Whether whole series are answered, and not single images."""
        return self.detection is not None and self.detection.dimensions == 3

    def read_asked(self, path: Path) -> "Dataset":
        """Read the header of an object, and refuse it where it cannot be answered.

        Raises:
            ImageError, NotAskedError: as ``read_source_header`` and ``AskedObjects.refuse_other``.
        """
        header, place = read_source_header(path), printable(str(path))
        self.asked.refuse_other(header, place)
        refuse_frames(header, place)
        return header

    def answer_radiograph(self, path: Path) -> list["Dataset"]:
        """Answer one image: a report first, then maps or lesions.

        Raises:
            ImageError, NotAskedError: it cannot be answered.
        """
        header = complete_header(self.read_asked(path))
        answer = self._answer_classes if self.detection is None else self._answer_flat_lesions
        return _guard(lambda: answer(path, header), path)

    def answer_series(self, folder: Path, series: str) -> list["Dataset"]:
        """Answer one series of slices: a report first, then lesions.

        Args:
            folder: that holds all of its slices, and perhaps other objects.
            series: its SeriesInstanceUID.

        Raises:
            ImageError: it is no whole series, or cannot be answered.
        """
        # Only here: those who look at images alone need none of it.
        from labelassemble.pipeline.answer_volume import answer_volume

        return _guard(lambda: answer_volume(self, folder, series), folder)

    def make_uid(self, headers: Sequence["Dataset"], content: bytes) -> str:
        """Derive the UID of an answer from all that it depends on."""
        told = [part for header in headers for part in list_identity(header)]
        own = (*self.model, str(self.settings.maps), str(self.settings.lesions))
        return derive_uid("answer", *own, *told, hashlib.sha256(content).hexdigest())

    def _learned_modalities(self) -> tuple[str, ...]:
        if self.takes_volumes:
            return ("CT",)
        told = [one.modalities for one in self.predictor.headers]
        return tuple(sorted({code for each in told for code in each})) or RADIOGRAPHS

    def _answer_classes(self, path: Path, header: "Dataset") -> list["Dataset"]:
        # Only here: runs that find lesions need none of it.
        from labelassemble.inference.explain_image import explain_image

        found = explain_image(self.predictor, path)
        ranked = rank_classes(self.predictor, found, self.settings.source, self.titles)
        images = self.predictor.description.images
        maps = tuple(
            square_to_file(
                one.probability_map.astype(np.float32), found.grey.shape, images.size, images.fit
            )
            for one in ranked[: self.settings.maps]
        )
        answer = AnsweredClasses(self.named, ranked, found.unlike, found.grey, maps)
        uid, model = self.make_uid([header], found.image.tobytes()), self.model
        made = [report_classes(answer, header, uid, model)]
        if maps:
            made.append(segment_maps(answer, header, uid, model))
        for place, (one, values) in enumerate(zip(ranked, maps, strict=False), start=1):
            made.append(
                capture_map(found.grey, values, one, header, place=place, uid=uid, model=model)
            )
        return made

    def _answer_flat_lesions(self, path: Path, header: "Dataset") -> list["Dataset"]:
        # Only here: those who predict for whole images need none of it.
        from labelassemble.detection.predict_files import find_in_image

        assert self.detection is not None
        found = find_in_image(self.predictor, path, self.detection)
        images = self.predictor.description.images
        shape = (int(header.Rows), int(header.Columns))

        def draw(row: int) -> Bool[np.ndarray, "frames height width"]:
            square = lesion_mask(found, row).astype(np.uint8)
            mask = square_to_file(square, shape, images.size, images.fit, nearest=True) > 0
            if not mask.any():
                # Smaller than a pixel, or in the bars beside the image: the nearest pixel.
                across, down = found.centre_mm[row].astype(int)
                mask[np.clip(down, 0, shape[0] - 1), np.clip(across, 0, shape[1] - 1)] = True
            return mask[None]

        answer = self.describe_lesions(found, draw)
        told = [found.score, found.voxel.astype(np.int64)]
        uid = self.make_uid([header], b"".join(one.tobytes() for one in told))
        return self.write_lesions([header], [header], answer, uid)

    def describe_lesions(
        self, found: Lesions, draw: Callable[[int], Bool[np.ndarray, "frames height width"]]
    ) -> AnsweredLesions:
        """Choose the most probable lesions and draw them.

        Args:
            found: what the run found.
            draw: gives the mask of a row of ``found``.
        """
        names = self.predictor.classes
        chosen = np.argsort(-found.score, kind="stable")[: self.settings.lesions]
        count = np.bincount(found.class_place, minlength=len(names))
        return AnsweredLesions(
            tuple(self.named.values()),
            tuple(
                AnsweredLesion(
                    self.named[names[found.class_place[row]]],
                    float(found.score[row]),
                    float(found.size[row]),
                    draw(int(row)),
                )
                for row in chosen
            ),
            {name: int(number) for name, number in zip(names, count, strict=True)},
        )

    def write_lesions(
        self,
        sources: Sequence["Dataset"],
        shown: Sequence["Dataset"],
        answer: AnsweredLesions,
        uid: str,
    ) -> list["Dataset"]:
        """Write the report, and where there are lesions their segmentation.

        Args:
            sources: headers of all images that were looked at.
            shown: of those that masks have a frame for.
            answer: what was found.
            uid: of the answer.
        """
        if not answer.lesions:
            return [report_lesions(answer, sources, None, uid, self.model)]
        drawn = segment_lesions(answer.lesions, shown, uid, self.model)
        return [report_lesions(answer, sources, drawn, uid, self.model), drawn]


def lesion_mask(found: Lesions, row: int) -> Bool[np.ndarray, "*space"]:
    """Give the places of one lesion."""
    mask = np.zeros(int(np.prod(found.shape)), dtype=bool)
    mask[found.voxel[found.voxel_start[row] : found.voxel_start[row + 1]]] = True
    return mask.reshape(found.shape)


def _guard(answer: Callable[[], list["Dataset"]], path: Path) -> list["Dataset"]:
    """Say in our words what else of a header an answer cannot be made with."""
    try:
        return answer()
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise ImageError(
            f"a DICOM header that an answer can refer to, in {printable(str(path))}",
            f"one that cannot be used ({type(error).__name__}: {str(error)[:200]})",
            "Fix the header where it was made, or leave it out",
        ) from error


def _identify(run: Path, predictor: Predictor, settings: AnswerSettings) -> ModelIdentity:
    operation, own = predictor.operation, settings.operating or run / OPERATING
    digest = ""
    if operation is not None:
        told = own.read_bytes() if own.is_file() else operation.model_dump_json().encode()
        digest = hashlib.sha256(told).hexdigest()
    return ModelIdentity(
        run=run.resolve().name,
        version=__version__,
        weights=hash_weights(run),
        operation=digest,
        rule="" if operation is None else operation.rule,
        chosen_on="" if operation is None else operation.chosen_on,
        source="" if settings.source == EVERY_SOURCE else settings.source,
    )
