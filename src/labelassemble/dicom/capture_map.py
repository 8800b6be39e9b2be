"""A class's map in, a Secondary Capture with the map in colours over the image out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import matplotlib
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from labelassemble.dicom.class_codes import plain_text
from labelassemble.dicom.derive_uid import derive_uid
from labelassemble.dicom.finish_object import SERIES_NUMBER, finish_object, silently
from labelassemble.dicom.model_identity import CAUTION, MADE_BY, ModelIdentity
from labelassemble.inference.format_probability import format_probability
from labelassemble.report.explanation.class_map import scale_map
from labelassemble.report.explanation.content import ExplainedClass
from labelassemble.report.heat_map_plot import overlay_probability

if TYPE_CHECKING:
    from pydicom import Dataset

MAX_SIDE = 1_024
"""Pixels of the longer side of the image that is shown."""

_FONT = "fonts/ttf/DejaVuSans.ttf"
_INK = (255, 255, 255)


def capture_map(
    grey: Float[np.ndarray, "height width"],
    probability: Float[np.ndarray, "height width"],
    one: ExplainedClass,
    source: "Dataset",
    *,
    place: int,
    uid: str,
    model: ModelIdentity,
) -> "Dataset":
    """Lay a map over its image, with the numbers beneath, for viewers that show images alone.

    The middle of the colours is the class's threshold, one half where there is none. Pixels are
    JPEG: it is to be looked at, and measured nowhere.

    Args:
        grey: the image in [0, 1].
        probability: of the class at every place.
        one: the class and its numbers.
        source: header of the image.
        place: of the capture in its series, from 1.
        uid: of the answer; the capture's follows from it.
        model: that answers.
    """
    import highdicom
    from pydicom.uid import JPEGBaseline8Bit

    pixels = draw_capture(grey, probability, one, model)
    with silently():
        made: Any = highdicom.sc.SCImage.from_ref_dataset(
            source,
            pixel_array=pixels,
            photometric_interpretation="YBR_FULL_422",
            bits_allocated=8,
            coordinate_system="PATIENT",
            series_instance_uid=derive_uid(uid, "captures"),
            series_number=SERIES_NUMBER + 1,
            sop_instance_uid=derive_uid(uid, "capture", one.name),
            instance_number=place,
            manufacturer=MADE_BY,
            patient_orientation=("L", "F"),
            transfer_syntax_uid=JPEGBaseline8Bit,
        )
        del made.PatientOrientation  # The source's, or empty.
        made.ConversionType = "WSD"
        made.BurnedInAnnotation = "NO"
        made.LossyImageCompression = "01"
        made.LossyImageCompressionMethod = "ISO_10918_1"
        made.LossyImageCompressionRatio = round(pixels.nbytes / len(made.PixelData), 2)
        made.DerivationDescription = plain_text(
            f"Map of {one.title} over the image. {CAUTION}", 1024
        )
        made.SourceImageSequence = [_refer(source)]
        return finish_object(made, source, model, f"{model.run}: maps, for research only")


def draw_capture(
    grey: Float[np.ndarray, "height width"],
    probability: Float[np.ndarray, "height width"],
    one: ExplainedClass,
    model: ModelIdentity,
) -> UInt8[np.ndarray, "out_height out_width 3"]:
    """Draw what the capture shows; both sides are even, as its colours need it.

    Args and result: as ``capture_map``.
    """
    shown = (255 * np.clip(grey, 0, 1)).round().astype(np.uint8)
    side = min(MAX_SIDE, max(grey.shape))
    side = max(side, 256)  # Below, nobody could read the text.
    threshold = 0.5 if one.threshold is None else one.threshold
    level = scale_map(probability.astype(np.float64), threshold)
    if side < max(grey.shape):
        size = tuple(max(1, round(n * side / max(grey.shape))) for n in grey.shape[::-1])
        shown, level = (cv2.resize(a, size, interpolation=cv2.INTER_AREA) for a in (shown, level))
    drawn = overlay_probability(shown, level, 1.0, side=side)
    lines = _lines(one, model)
    height = max(11, round(side / 48))
    strip = np.zeros((round(height * 1.5) * len(lines) + height, drawn.shape[1], 3), np.uint8)
    told = Image.fromarray(np.concatenate([drawn, strip]))
    font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / _FONT), height)
    pen = ImageDraw.Draw(told)
    for number, line in enumerate(lines):
        top = drawn.shape[0] + height // 2 + round(number * height * 1.5)
        pen.text((height // 2, top), line, fill=_INK, font=font)
    pixels = np.asarray(told)
    odd = [(0, length % 2) for length in pixels.shape[:2]]
    return np.pad(pixels, [*odd, (0, 0)])


def _lines(one: ExplainedClass, model: ModelIdentity) -> list[str]:
    numbers = [f"probability {format_probability(one.probability)}"]
    if one.calibrated is not None:
        numbers.append(f"calibrated {format_probability(one.calibrated)}")
    if one.threshold is not None:
        numbers.append(f"threshold {format_probability(one.threshold)}")
    return [
        f"{one.title}: {one.call or 'not called'}",
        ", ".join(numbers),
        f"{MADE_BY} {model.version}, {model.run}, {model.weights[:12]}",
        *CAUTION.replace(". ", ".\n").split("\n"),
    ]


def _refer(source: "Dataset") -> "Dataset":
    from pydicom import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = source.SOPClassUID
    item.ReferencedSOPInstanceUID = source.SOPInstanceUID
    return item
