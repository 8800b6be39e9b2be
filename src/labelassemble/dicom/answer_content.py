"""What is said of an image, before it becomes DICOM objects."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from labelassemble.report.explanation.content import ExplainedClass
from labelassemble.vocabulary.finding_codes import Codes

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

from labelassemble.dicom.class_codes import class_concept


class NamedClass(NamedTuple):
    """A class, how it is written, and its codes; None: its vocabulary is not at hand."""

    name: str
    title: str
    codes: Codes | None

    @property
    def concept(self) -> "CodedConcept":
        """The code that names it."""
        return class_concept(self.name, self.title, self.codes)


class AnsweredClasses(NamedTuple):
    """Classes of one image.

    Attributes:
        named: by the name of the class.
        classes: in the order in which they are shown.
        unlike: as ``predict`` says it.
        grey: the image as its file has it.
        maps: of the first classes, probability at every place of the file's image; 0 where the
            network was not shown it.
    """

    named: dict[str, NamedClass]
    classes: tuple[ExplainedClass, ...]
    unlike: str
    grey: Float[np.ndarray, "height width"]
    maps: tuple[Float[np.ndarray, "height width"], ...]


class AnsweredLesion(NamedTuple):
    """A lesion of one image or volume.

    Attributes:
        named: its class.
        score: in [0, 1].
        size: pixels of the image, or cubic millimetres.
        mask: where it lies in each frame of the segmentation that shows it.
    """

    named: NamedClass
    score: float
    size: float
    mask: Bool[np.ndarray, "frames height width"]


class AnsweredLesions(NamedTuple):
    """Lesions of one image or volume.

    Attributes:
        classes: that were looked for.
        lesions: the most probable first.
        found: how many there are of each class, those included that are not shown.
    """

    classes: tuple[NamedClass, ...]
    lesions: tuple[AnsweredLesion, ...]
    found: dict[str, int]
