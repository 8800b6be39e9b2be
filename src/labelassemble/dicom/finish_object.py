"""A new object in; the same object as it leaves us, the same bytes each time, out."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelassemble.dicom.class_codes import PRIVATE_SCHEME, plain_text
from labelassemble.dicom.derive_uid import derive_uid
from labelassemble.dicom.model_identity import MADE_BY, ModelIdentity
from labelassemble.files.dicom_codes import text_of
from labelassemble.storage.write_aside import write_aside

if TYPE_CHECKING:
    from pydicom import Dataset

NO_DATE, NO_TIME = "19000101", "000000"
"""Where an image has neither."""

_DATES = ("AcquisitionDate", "ContentDate", "SeriesDate", "StudyDate")
_TIMES = ("AcquisitionTime", "ContentTime", "SeriesTime", "StudyTime")
_NOW = ("InstanceCreationDate", "InstanceCreationTime", "ContributionDateTime")
"""What says when an object was written: another time each time."""

_SIDES = {"SEG": ("PatientOrientation",), "OT": ("PatientOrientation", "Laterality")}
"""What an image must say or leave empty, by its modality; its source knows best."""

SERIES_NUMBER = 9_500
"""The first number of our series: above those of devices."""


@contextmanager
def silently() -> Iterator[None]:
    """Leave out what libraries remark about somebody else's values, such as one-word names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def describe_equipment(model: ModelIdentity) -> dict[str, Any]:
    """What every object says of the equipment that made it."""
    return {
        "manufacturer": MADE_BY,
        "manufacturer_model_name": plain_text(model.run, 64),
        "software_versions": model.version,
        "device_serial_number": model.weights[:16],
    }


def finish_object(
    made: "Dataset", source: "Dataset", model: ModelIdentity, description: str
) -> "Dataset":
    """Take out what would be another value next time, and say what every object says.

    Dates are those of the image: when an answer was made is no part of it.

    Args:
        made: as highdicom made it; it is changed.
        source: header of the image that it answers.
        model: that answers.
        description: of its series.
    """
    import highdicom

    date, time = _first(source, _DATES) or NO_DATE, _first(source, _TIMES) or NO_TIME
    made.ContentDate, made.ContentTime = date, time
    if "DateOfSecondaryCapture" in made:
        made.DateOfSecondaryCapture, made.TimeOfSecondaryCapture = date, time
    for keyword, value in _equipment_elements(model).items():
        setattr(made, keyword, value)
    made.SeriesDescription = plain_text(description, 64)
    made.SpecificCharacterSet = "ISO_IR 192"
    for keyword in _SIDES.get(str(made.Modality), ()):
        if keyword not in made:
            setattr(made, keyword, source.get(keyword) or "")
    known = {str(value) for value in _uids(source)}
    root = f"{highdicom.UID()}".rsplit(".", 1)[0] + "."
    place = 0
    for item in (made, *_items(made)):
        for keyword in _NOW:
            if keyword in item:
                delattr(item, keyword)
        for element in item:
            drawn = element.VR == "UI" and str(element.value).startswith(root)
            if drawn and str(element.value) not in known:
                place += 1
                element.value = derive_uid(str(made.SOPInstanceUID), str(place))
    return made


def say_scheme(made: "Dataset") -> None:
    """Say what our private codes are, where an object has some."""
    from pydicom import Dataset

    scheme = Dataset()
    scheme.CodingSchemeDesignator = PRIVATE_SCHEME
    scheme.CodingSchemeName = "Classes and measurements of labelassemble"
    scheme.CodingSchemeResponsibleOrganization = MADE_BY
    made.CodingSchemeIdentificationSequence = [scheme]


def write_object(made: "Dataset", folder: Path) -> Path:
    """Write an object aside, then rename it: ``SR.<UID>.dcm`` and so on, by its modality.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / f"{made.Modality}.{made.SOPInstanceUID}.dcm"
    with write_aside(path) as aside, silently():
        made.save_as(aside, enforce_file_format=True)
    return path


def _equipment_elements(model: ModelIdentity) -> dict[str, Any]:
    told = describe_equipment(model)
    return {
        "Manufacturer": told["manufacturer"],
        "ManufacturerModelName": told["manufacturer_model_name"],
        "SoftwareVersions": told["software_versions"],
        "DeviceSerialNumber": told["device_serial_number"],
    }


def _first(source: "Dataset", keywords: tuple[str, ...]) -> str:
    return next((said for keyword in keywords if (said := text_of(source, keyword))), "")


def _items(dataset: Any) -> Iterator[Any]:
    """Every item of every sequence, at any depth."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield item
                yield from _items(item)


def _uids(dataset: Any) -> Iterator[Any]:
    for item in (dataset, *_items(dataset)):
        for element in item:
            if element.VR == "UI":
                yield element.value
