"""Maps and lesions in, DICOM Segmentations over the images that they were found on out."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Shaped

from labelassemble.dicom.answer_content import AnsweredClasses, AnsweredLesion, NamedClass
from labelassemble.dicom.class_codes import plain_text
from labelassemble.dicom.derive_uid import derive_uid
from labelassemble.dicom.finish_object import (
    SERIES_NUMBER,
    describe_equipment,
    finish_object,
    silently,
)
from labelassemble.dicom.model_identity import CAUTION, MADE_BY, ModelIdentity

if TYPE_CHECKING:
    from pydicom import Dataset

LEVELS = 255
"""What a probability of 1 is stored as."""


def segment_maps(
    answer: AnsweredClasses, source: "Dataset", uid: str, model: ModelIdentity
) -> "Dataset":
    """Write the maps of the first classes as one fractional Segmentation, a segment a class.

    Args:
        answer: with a map or more.
        source: header of the image.
        uid: of the answer; the segmentation's follows from it.
        model: that answers.

    Source: DICOM PS3.3, A.51; fractions are probabilities.
    """
    named = [answer.named[one.name] for one in answer.classes[: len(answer.maps)]]
    pixels = np.clip(np.stack(answer.maps, axis=-1)[None], 0, 1).astype(np.float32)
    described = [(one, f"map {one.name}") for one in named]
    told = f"{model.run}: maps, for research only"
    return _segment([source], pixels, described, "FRACTIONAL", uid, model, description=told)


def segment_lesions(
    lesions: Sequence[AnsweredLesion], sources: Sequence["Dataset"], uid: str, model: ModelIdentity
) -> "Dataset":
    """Write lesions as one binary Segmentation, a segment a lesion.

    Args:
        lesions: one or more; their masks have a frame a source.
        sources: headers of the images, in the order of the frames.
        uid: of the answer; the segmentation's follows from it.
        model: that answers.

    Source: DICOM PS3.3, A.51.
    """
    pixels = np.stack([one.mask for one in lesions], axis=-1).astype(np.uint8)
    described = [(one.named, f"{n} {one.named.name}") for n, one in enumerate(lesions, start=1)]
    told = f"{model.run}: lesions, for research only"
    return _segment(sources, pixels, described, "BINARY", uid, model, description=told)


def _segment(
    sources: Sequence["Dataset"],
    pixels: Shaped[np.ndarray, "frames height width segments"],
    described: Sequence[tuple[NamedClass, str]],
    kind: str,
    uid: str,
    model: ModelIdentity,
    *,
    description: str,
) -> "Dataset":
    import highdicom
    from pydicom.sr.codedict import codes
    from pydicom.uid import ExplicitVRLittleEndian, RLELossless

    own = derive_uid(uid, "segmentation", kind)
    algorithm = highdicom.AlgorithmIdentificationSequence(
        name=plain_text(f"{MADE_BY} {model.run}", 64),
        family=codes.DCM.ArtificialIntelligence,
        version=model.version,
        source=MADE_BY,
        parameters={name: plain_text(value, 1024) for name, value in model.parameters.items()},
    )
    segments = [
        highdicom.seg.SegmentDescription(
            segment_number=place,
            segment_label=plain_text(one.title, 64),
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=one.concept,
            algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=algorithm,
            tracking_uid=derive_uid(own, "segment", str(place)),
            tracking_id=tracking,
        )
        for place, (one, tracking) in enumerate(described, start=1)
    ]
    with silently():
        made: Any = highdicom.seg.Segmentation(
            source_images=list(sources),
            pixel_array=pixels,
            segmentation_type=kind,
            segment_descriptions=segments,
            series_instance_uid=derive_uid(own, "series"),
            series_number=SERIES_NUMBER + 2,
            sop_instance_uid=own,
            instance_number=1,
            max_fractional_value=LEVELS,
            content_label="MAPS" if kind == "FRACTIONAL" else "LESIONS",
            content_description=plain_text(CAUTION, 64),
            # Bits of several pixels share a byte, which run lengths cannot pack.
            transfer_syntax_uid=RLELossless if kind == "FRACTIONAL" else ExplicitVRLittleEndian,
            **describe_equipment(model),
        )
        return finish_object(made, sources[0], model, description)
