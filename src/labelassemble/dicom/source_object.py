"""A DICOM file in; what an answer to it takes over, or why it has none, out."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import UseAppendAction

from labelassemble.dicom.derive_uid import is_uid
from labelassemble.dicom.model_identity import MADE_BY
from labelassemble.errors import ImageError, raise_machine_fault
from labelassemble.files.dicom_codes import text_of
from labelassemble.files.is_dicom import is_dicom
from labelassemble.files.printable import printable
from labelassemble.setting_types import Settings

if TYPE_CHECKING:
    from pydicom import Dataset

UIDS = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")
"""Without these nothing can refer to an object."""

TAKEN_OVER = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber"),
    *("StudyDate", "StudyTime", "StudyID", "ReferringPhysicianName"),
)
"""Elements of patient and study that every answer repeats; empty where the object lacks them."""
_ALWAYS = ("PatientID", "PatientName", *UIDS)
_REPEATED_GROUPS = (0x0008, 0x0010)
"""Of study and patient."""


class NotAskedError(ImageError):
    """An object that is in order, and is none of those that are answered."""


class AskedObjects(Settings):
    """What is answered, by what DICOM headers say; an empty list takes any."""

    modality: Annotated[tuple[str, ...], UseAppendAction] = ()
    """Modality, such as DX, once each; none: those that the run learned, else CR and DX, or CT."""
    view: Annotated[tuple[str, ...], UseAppendAction] = ()
    """ViewPosition, such as PA, once each; none: any."""
    body_part: Annotated[tuple[str, ...], UseAppendAction] = ()
    """BodyPartExamined, such as CHEST, once each; none: any."""

    def refuse_other(self, header: "Dataset", place: str) -> None:
        """Refuse an object that is not asked for.

        Args:
            header: of the object.
            place: what it is called.

        Raises:
            NotAskedError: says which element is another one.
        """
        for keyword, asked in (
            ("Modality", self.modality),
            ("ViewPosition", self.view),
            ("BodyPartExamined", self.body_part),
        ):
            said = text_of(header, keyword).upper()
            if asked and said not in {one.upper() for one in asked}:
                option = {"Modality": "modality", "ViewPosition": "view"}.get(keyword, "body-part")
                raise NotAskedError(
                    f"{keyword} {' or '.join(asked)} in {place}",
                    f"{keyword} {show_value(said)}",
                    f"Leave it out, or ask for it: --{option} {show_value(said)}",
                )


def read_source_header(path: Path) -> "Dataset":
    """Read the header of an object that may be answered, without its pixels.

    Raises:
        ImageError: no DICOM file, a damaged one, or one without UIDs.
        NotAskedError: one without an image, or an answer itself.
    """
    from labelassemble.files.open_dicom import open_dicom

    place = printable(str(path))
    if not path.is_file() or not is_dicom(path):
        got = "another file" if path.is_file() else "no such file"
        raise ImageError(f"a DICOM file at {place}", got, "Name DICOM files, or folders of them")
    try:
        with warnings.catch_warnings():
            # What pydicom finds odd in it is no news.
            warnings.simplefilter("ignore")
            header = open_dicom(path)
            header.decode()
    except Exception as error:  # Damaged headers raise nearly anything.
        raise_machine_fault(error)
        raise ImageError(
            f"a DICOM file at {place}",
            f"a header that cannot be read ({type(error).__name__})",
            "Fetch the file again",
        ) from error
    refuse_source(header, place)
    return header


def refuse_source(header: "Dataset", place: str) -> None:
    """Refuse an object that cannot be answered, whatever is asked for.

    Args:
        header: of the object.
        place: what it is called.

    Raises:
        ImageError, NotAskedError: as ``read_source_header``.
    """
    said = {name: text_of(header, name) for name in UIDS}
    if wrong := [name for name, value in said.items() if not is_uid(value)]:
        lacks = [name for name in wrong if not said[name]]
        raise ImageError(
            f"the UIDs of object, series and study in {place}",
            f"no {' and no '.join(lacks)}" if lacks else f"{wrong[0]} {show_value(said[wrong[0]])}",
            "Export it again with its UIDs: an answer could not be filed beside it",
        )
    if text_of(header, "Manufacturer") == MADE_BY:
        raise NotAskedError(
            f"an image as a device made it, at {place}",
            f"an answer of {MADE_BY}",
            "Leave answers out; each is made once",
        )
    if "Rows" not in header or "EncapsulatedDocument" in header:
        kind = getattr(header.SOPClassUID, "name", "") or said["SOPClassUID"]
        raise NotAskedError(f"an image at {place}", f"{kind}", "Leave it out")


def refuse_frames(header: "Dataset", place: str) -> None:
    """Refuse an object of several frames.

    Raises:
        ImageError: it has several, or says nonsense of them.
    """
    # Only here: whoever asks for help pays for no reader of DICOM.
    from labelassemble.files.dicom_header import read_whole

    try:
        frames = read_whole(header, "NumberOfFrames") or 1
    except ValueError as error:
        raise ImageError(
            f"one frame in {place}", f"{error}", "Export it again as single images"
        ) from error
    if frames != 1:
        raise ImageError(f"one frame in {place}", f"{frames}", "Export the frames as single images")


def complete_header(header: "Dataset") -> "Dataset":
    """Give the header as what writes answers needs it: elements of patient and study are there.

    Texts are in UTF-8, whatever they were in, so that an answer can hold them beside its own.
    Values that DICOM forbids, such as an age of "62", are not repeated; names and IDs of patients
    always are.
    """
    from pydicom.config import RAISE
    from pydicom.valuerep import validate_value

    header.SpecificCharacterSet = "ISO_IR 192"
    for element in [one for one in header if one.tag.group in _REPEATED_GROUPS]:
        if element.keyword in _ALWAYS or element.VR == "SQ":
            continue
        try:
            validate_value(element.VR, str(element.value or ""), RAISE)
        except ValueError:
            del header[element.tag]
    for name in TAKEN_OVER:
        if name not in header or header[name].value is None:
            setattr(header, name, "")
    return header


def list_identity(header: "Dataset") -> list[str]:
    """List what makes an answer another answer: UIDs, patient and study."""
    return [text_of(header, name) for name in (*UIDS, *TAKEN_OVER)]


def show_value(value: Any) -> str:
    """Show a value of a header on one line, cut: it is somebody else's text.

    >>> show_value("<b>bold</b>"), show_value(40 * "x"), show_value("")
    ("'<b>bold</b>'", "'xxxxxxxxxxxxxxxxxxxxx...'", 'none')
    """
    text = str(value)
    return ascii(text if len(text) <= 24 else f"{text[:21]}...") if text else "none"
