"""What a DICOM header says against predicting for an image, before its pixels are looked at."""

import io
from collections.abc import Iterable
from pathlib import Path

from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.is_dicom import starts_as_dicom
from labelassemble.setting_types import Settings
from labelassemble.sources.modality_codes import modality_codes

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
"""How the UIDs of Secondary Captures begin: screenshots, scanned films, pages of dose reports."""

ELEMENTS = ("SOPClassUID", "Modality", "BodyPartExamined", "ViewPosition", "BurnedInAnnotation")

REGIONS = {
    "chest": ("CHEST", "THORAX", "LUNG", "HEART", "RIB", "STERNUM", "CLAVICLE", "TSPINE"),
    "abdomen": ("ABDOMEN", "PELVIS", "LIVER", "PANCREAS", "KIDNEY", "SPLEEN", "COLON", "PROSTATE"),
    "breast": ("BREAST",),
    "eye": ("EYE", "RETINA", "ORBIT"),
}
"""What manifests call a region, and words that DICOM's body parts of it hold."""

_ANYWHERE = ("", "WHOLEBODY", "OTHER", "UNKNOWN", "NONE")


class TrainedHeaders(Settings):
    """What DICOM headers of training images say, and what the manifests of their sources say."""

    modalities: tuple[str, ...] = ()
    """Of DICOM; none: nobody says."""
    body_parts: tuple[str, ...] = ()
    """Words that body parts hold; none: nobody says."""
    secondary_captures: bool = False
    """Whether some of them are Secondary Captures."""


def describe_headers(
    facts: Iterable[tuple[str, str, str]], sources: Iterable[tuple[str, str]]
) -> TrainedHeaders:
    """Put together what is known of training images.

    Where a source says neither modality nor region, it may hold any: then none is known.

    Args:
        facts: SOPClassUID, Modality and BodyPartExamined of each DICOM file; blank where absent.
        sources: modality and region of each manifest.

    >>> describe_headers([("1.2.840.10008.5.1.4.1.1.1", "CR", "CHEST")], [("MRI", "")])
    TrainedHeaders(modalities=('CR', 'MR'), body_parts=(), secondary_captures=False)
    """
    files, manifests = list(facts), list(sources)
    known = [word for word, _ in manifests]
    regions = [word for _, word in manifests]
    modalities = {modality for _, modality, _ in files if modality}
    codes = [modality_codes(word) for word in known]
    modalities = modalities.union(*codes) if all(codes) else set()
    parts = {_plain(part) for _, _, part in files} - set(_ANYWHERE)
    if all(word in REGIONS for word in regions):
        parts |= {one for word in regions for one in REGIONS[word]}
    else:
        parts = set()
    return TrainedHeaders(
        modalities=tuple(sorted(modalities)),
        body_parts=tuple(sorted(parts)),
        secondary_captures=any(uid.startswith(SECONDARY_CAPTURE) for uid, _, _ in files),
    )


def check_header(data: bytes, path: Path, trained: TrainedHeaders) -> str | None:
    """Say what of a DICOM header training images did not have; None: nothing, or no DICOM file.

    Args:
        data: the file's bytes.
        path: of the file, for errors.
        trained: what training images had.

    Raises:
        ImageError: a Secondary Capture whose header does not show that it is a radiograph and the
            like: neither its modality nor its view or body part is one that was learned.
    """
    if not starts_as_dicom(data[:140]):
        return None
    # Here: whoever predicts for other images pays for no reader of DICOM.
    from labelassemble.files.dicom_codes import text_of
    from labelassemble.files.open_dicom import open_dicom

    try:
        header = open_dicom(io.BytesIO(data), tags=list(ELEMENTS))
        said = {name: text_of(header, name) for name in ELEMENTS}
    except Exception as error:  # Damaged: reading its pixels says how.
        raise_machine_fault(error)
        return None
    modality, part = said["Modality"].upper(), _plain(said["BodyPartExamined"])
    other_modality = bool(modality and trained.modalities) and modality not in trained.modalities
    other_part = (
        part not in _ANYWHERE
        and bool(trained.body_parts)
        and not any(word in part for word in trained.body_parts)
    )
    if said["SOPClassUID"].startswith(SECONDARY_CAPTURE) and not trained.secondary_captures:
        shown = modality and (part or said["ViewPosition"])
        if other_modality or other_part or not shown:
            raise ImageError(
                f"an image as a device made it, at {path}",
                "a DICOM Secondary Capture, which may be a screenshot or a page of a report"
                + (f" (Modality {modality})" if modality else ""),
                "Name the original image; if this is one, export it as PNG",
            )
    if other_modality:
        return f"Modality {modality}"
    return f"BodyPartExamined {part}" if other_part else None


def _plain(part: str) -> str:
    return "".join(letter for letter in part.upper() if letter.isalnum())
