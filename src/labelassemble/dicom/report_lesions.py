"""Lesions in, a measurement report that refers to where they lie out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from jaxtyping import Bool, Float

from labelassemble.dicom.answer_content import AnsweredLesion, AnsweredLesions
from labelassemble.dicom.class_codes import LESIONS_FOUND, private_concept
from labelassemble.dicom.model_identity import ModelIdentity
from labelassemble.dicom.report_parts import group_parts, measure, write_report_object
from labelassemble.inference.format_probability import format_probability

if TYPE_CHECKING:
    from pydicom import Dataset


def report_lesions(
    answer: AnsweredLesions,
    sources: Sequence["Dataset"],
    segmentation: "Dataset | None",
    uid: str,
    model: ModelIdentity,
) -> "Dataset":
    """Report how many lesions of each class there are, then each lesion with its place.

    In one image a lesion's place is its outline, in a volume its segment.

    Args:
        answer: what was found.
        sources: headers of the image, or of all slices of the volume.
        segmentation: that shows the lesions, in their order; None: there is none.
        uid: of the report.
        model: that says it.

    Source: DICOM PS3.16, TID 1410, 1411, 1501.
    """
    from highdicom import sr

    image = sr.SourceImageForMeasurementGroup.from_source_image(sources[0])
    groups: list[Any] = [
        sr.MeasurementsAndQualitativeEvaluations(
            **group_parts(one, uid, place, model),
            source_images=[image],
            measurements=[
                measure(private_concept(LESIONS_FOUND), float(answer.found.get(one.name, 0)))
            ],
        )
        for place, one in enumerate(answer.classes, start=1)
    ]
    evidence = [*sources, *([] if segmentation is None else [segmentation])]
    for number, lesion in enumerate(answer.lesions, start=1):
        parts = group_parts(lesion.named, uid, len(groups) + 1, model)
        if len(sources) == 1:
            groups.append(_outlined(lesion, sources[0], parts))
        elif segmentation is not None:
            groups.append(_segmented(lesion, segmentation, number, parts))
    hidden = sum(answer.found.values()) - len(answer.lesions)
    told = [f"{hidden} less probable lesions are counted, and not shown."] if hidden > 0 else []
    return write_report_object(evidence, groups, told, uid, model)


def _outlined(lesion: AnsweredLesion, source: "Dataset", parts: dict[str, Any]) -> Any:
    from highdicom import sr

    region = sr.ImageRegion(
        graphic_type=sr.GraphicTypeValues.POLYLINE,
        graphic_data=outline_lesion(lesion.mask[0]),
        source_image=sr.SourceImageForRegion.from_source_image(source),
    )
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        **parts, referenced_region=region, measurements=_score(lesion)
    )


def _segmented(
    lesion: AnsweredLesion, segmentation: "Dataset", number: int, parts: dict[str, Any]
) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    volume = measure(codes.SCT.Volume, round(lesion.size, 3), codes.UCUM.CubicMillimeter)
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        **parts,
        referenced_segment=sr.ReferencedSegment.from_segmentation(segmentation, number),
        measurements=[*_score(lesion), volume],
    )


def _score(lesion: AnsweredLesion) -> list[Any]:
    from pydicom.sr.codedict import codes

    return [measure(codes.DCM.Probability, float(format_probability(lesion.score)))]


def outline_lesion(mask: Bool[np.ndarray, "height width"]) -> Float[np.ndarray, "points 2"]:
    """Draw the closed line around a lesion, through the centres of its outermost pixels.

    Args:
        mask: of one lesion.

    Returns:
        Column and row from the upper left corner of the image, in pixels; the first point again at
        the end. A lesion of a line or a point has the corners of its box.

    >>> outline_lesion(np.eye(1, dtype=bool)).tolist()
    [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    """
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    points = max(found, key=len)[:, 0, :].astype(np.float64) + 0.5
    if len(points) < 3:
        rows, columns = np.nonzero(mask)
        left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        points = np.array(corners, dtype=np.float64)
    return np.concatenate([points, points[:1]])
