"""Numbers out of a DICOM header, in which elements may be absent, empty or nonsense."""

import math

import pydicom
from pydicom.multival import MultiValue

FUNCTIONAL_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")

VALUE_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")
"""Groups of a frame that say what its numbers mean and how they are shown."""


def read_numbers(dataset: pydicom.Dataset, name: str) -> list[float]:
    """Give all values of an element; those that are empty are left out, all where it is absent.

    Args:
        dataset: the header.
        name: keyword of the element.

    Raises:
        ValueError: values that are no finite numbers.

    >>> header = pydicom.Dataset()
    >>> header.WindowCenter, header.RescaleSlope = [40, 500], None
    >>> read_numbers(header, "WindowCenter"), read_numbers(header, "RescaleSlope")
    ([40.0, 500.0], [])
    """
    try:
        value = dataset.get(name)
        several = list(value) if isinstance(value, MultiValue | list | tuple) else [value]
        numbers = [float(one) for one in several if one is not None and one != ""]
    except (TypeError, ValueError, ArithmeticError) as error:
        raise ValueError(f"a {name} that is no number") from error
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"a {name} that is no finite number")
    return numbers


def read_number(dataset: pydicom.Dataset, name: str) -> float | None:
    """Give the first value of an element; None where it is absent or empty."""
    return next(iter(read_numbers(dataset, name)), None)


def read_whole(dataset: pydicom.Dataset, name: str) -> int | None:
    """Give the first value of an element as a whole number; None where it is absent or empty.

    Raises:
        ValueError: a fraction, or no number.
    """
    number = read_number(dataset, name)
    if number is not None and not number.is_integer():
        raise ValueError(f"a {name} of {number:g}, no whole number")
    return None if number is None else int(number)


def header_of_frame(dataset: pydicom.Dataset, frame: int) -> pydicom.Dataset:
    """Bring what an enhanced object says of one frame up to where single images say it.

    Args:
        dataset: the header.
        frame: counted from 0.

    Returns:
        The header itself where it has no functional groups.
    """
    shared, own = (dataset.get(name) or [] for name in FUNCTIONAL_GROUPS)
    groups = [*list(shared)[:1], *list(own)[frame : frame + 1]]
    items = [group[name].value[0] for group in groups for name in VALUE_GROUPS if group.get(name)]
    if not items:
        return dataset
    header = pydicom.Dataset()
    header.update({element.tag: element for element in dataset if element.tag.group != 0x7FE0})
    for item in items:
        header.update(item)
    return header
