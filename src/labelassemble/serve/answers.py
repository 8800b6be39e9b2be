"""What a client is told of the images that it uploads: the JSON of the REST interface."""

from typing import Literal

from labelassemble.errors import LabelAssembleError
from labelassemble.files.describe_error import ADVICE
from labelassemble.setting_types import Settings


class Refusal(Settings):
    """Why something is not answered."""

    expected: str
    got: str
    do: str

    @classmethod
    def of(cls, error: LabelAssembleError) -> "Refusal":
        """Take an error's three parts; who sends an image has no table to take it out of."""
        do = "Send another copy of the file" if error.do == ADVICE else error.do
        return cls(expected=error.expected, got=error.got, do=do)


class ErrorAnswer(Settings):
    """A request that is refused."""

    error: Refusal


class ClassAnswer(Settings):
    """What a run says of one class."""

    name: str
    title: str
    """The class in words."""
    probability: float
    """As `predict` gives it, in [0, 1]."""
    calibrated: float | None
    """What it came to on labelled images; null: too few patients, or a run without calibration."""
    threshold: float | None
    """Probabilities (not calibrated) at or above it are called present."""
    threshold_low: float | None
    """Ends of the threshold's interval over patients."""
    threshold_high: float | None
    call: Literal["present", "absent"] | None
    note: str
    """Why there is no call, or what else must be known."""
    map: str | None = None
    """With `view`: a grey PNG over the image (data URI), 0 to 255 for probabilities from 0 to 1 at
    every place, with the threshold (else one half) in the middle."""


class NeighbourAnswer(Settings):
    """A training image that the run takes for alike."""

    source: str
    distance: float
    positive: tuple[str, ...]
    negative: tuple[str, ...]
    uncertain: tuple[str, ...]
    image: str | None
    """Data URI; null: it is not at hand any more."""


class RunAnswer(Settings):
    """What one run says of one image."""

    run: str
    classes: tuple[ClassAnswer, ...] = ()
    """Those called present first, then by probability."""
    unlike: str = ""
    """As `predict` says it: `yes`, `no`, `yes: Modality MR`; blank: the run does not tell."""
    cautions: tuple[str, ...] = ()
    """What to be warned of, in sentences."""
    likeness: str = ""
    """How far the image is from the training images, in a sentence."""
    neighbours: tuple[NeighbourAnswer, ...] = ()
    error: Refusal | None = None
    """Why this run does not answer."""


class ShownImage(Settings):
    """An image as it is shown, its longer side at most 1,024 pixels."""

    uri: str
    """Data URI. Of 8 bits a grey JPEG; of 12 a PNG with the upper 8 bits in red, the lower 4 in
    the upper half of green."""
    width: int
    height: int
    bits: Literal[8, 12]


class ImageAnswer(Settings):
    """What is said of one image."""

    file: str
    """Its name; in an archive `archive.zip#name`."""
    runs: tuple[RunAnswer, ...] = ()
    image: ShownImage | None = None
    """With `view`."""
    error: Refusal | None = None
    """Why it cannot be answered."""


class PassedFile(Settings):
    """A file of an archive that is no image."""

    file: str
    reason: str


class Answers(Settings):
    """What is said of an upload."""

    images: tuple[ImageAnswer, ...]
    passed: tuple[PassedFile, ...] = ()
    intended_use: str


class AboutRun(Settings):
    """A run that is served."""

    run: str
    weights: str
    """SHA-256 of its checkpoint."""
    classes: dict[str, str]
    """Name to title."""
    rule: str
    """By which it calls; blank: it has no thresholds."""
    chosen_on: str
    """Images that calibration and thresholds are from."""
    confidence: float
    """Level of the thresholds' intervals."""
    neighbours: str
    """What is known of its training images; blank: they are not shown."""


class Limits(Settings):
    """What an upload may cost."""

    upload_bytes: int
    image_pixels: int
    unpacked_bytes: int
    images: int
    per_minute: int
    time_s: float


class About(Settings):
    """What is served."""

    version: str
    intended_use: str
    source: str
    """Whose images they are taken for; blank: of all sources."""
    keeps: bool
    """Whether uploads are kept on the server's disk."""
    viewer: str | None
    """Path of the viewer of studies; null: there is none."""
    review: int
    """Cells to read at /review; 0: none."""
    runs: tuple[AboutRun, ...]
    limits: Limits
