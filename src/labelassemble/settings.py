"""Every setting: its range, its default and where the default comes from.

A recipe is one TOML file with these tables; any setting can be given on the command line too
(``--training.epochs 3``). Models are frozen and refuse keys that they do not know.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]

UncertainPolicy = Literal["unknown", "positive", "negative", "soft"]
ReaderPolicy = Literal["any", "majority", "all", "unanimous", "mean"]
ConflictPolicy = Literal[
    "source_order", "evidence", "majority", "mask", "soft", "positive", "negative"
]
Evidence = Literal[
    "laboratory", "consensus", "radiologist", "report", "text_mining", "model", "unstated"
]
EVIDENCE: tuple[Evidence, ...] = (
    "laboratory",
    "consensus",
    "radiologist",
    "report",
    "text_mining",
    "model",
    "unstated",
)
"""Where verdicts come from, the strongest first. laboratory: a test of the patient, such as PCR,
culture, histology. consensus: several readers of the image who settled on one answer. radiologist:
readers of the image. report: a person read the report. text_mining: a program read the report.
model: a network read the image. unstated: the source does not say."""
Method = Literal["label-assemble", "masked", "single"]


class Settings(BaseModel):
    """Frozen; refuses unknown keys; keeps defaults checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class SourceSettings(Settings):
    """One dataset of the recipe."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    """Short name, used in tables, file names and the report."""
    manifest: str
    """A built-in manifest (`labelassemble sources` lists them) or the path of a TOML file."""
    folder: Path
    """Where the source's tables lie; relative to the recipe."""
    images: Path | None = None
    """Where its images lie, if not where the manifest says; relative to the recipe."""
    missing_images: Literal["error", "leave_out", "keep"] = "error"
    """Rows whose image file is not there: an error; listed and left out; or kept without a file,
    for work on tables alone."""
    unreadable_images: Literal["error", "leave_out"] = "error"
    """Truncated, empty or constant images: an error, or listed and left out."""
    split: Literal["joint", "official", "train", "test"] = "joint"
    """joint: drawn with the other sources; official: as published; train or test: all of it."""
    test_list: Path | None = None
    """One image name a line: these are held out, and the rest of their patients is unused."""


class CrosswalkSettings(Settings):
    """A table that says which image of one source is the same picture as an image of another."""

    file: Path
    """CSV or TSV, plain or compressed, one pair a row; relative to the recipe."""
    left_source: str
    """A source of the recipe whose image names stand in `left_column`."""
    left_column: str
    """Its column in the file."""
    right_source: str
    """A source of the recipe whose image names stand in `right_column`."""
    right_column: str
    """Its column in the file."""
    error_column: str | None = None
    """Column with how far apart the two pictures are, where the file says it."""
    error_above: Annotated[float, Field(ge=0.0)] | None = None
    """Pairs with a larger error are weak: both images stay on one side of the split, but their
    verdicts are not joined."""


class AssemblySettings(Settings):
    """How verdicts become cells and images become splits."""

    uncertain: UncertainPolicy = "unknown"
    """What an uncertain verdict becomes. Default: METHOD, decisions."""
    uncertain_by_class: dict[str, UncertainPolicy] = {}
    """The same, for single classes."""
    uncertain_soft: Fraction = 0.5
    """The label of an uncertain cell under the policy `soft`."""
    readers: ReaderPolicy = "majority"
    """Several readers of one image: positive if any says so, if most do, if all do; uncertain
    unless unanimous; or the mean, a soft label."""
    readers_by_class: dict[str, ReaderPolicy] = {}
    """The same, for single classes."""
    conflicts: ConflictPolicy = "source_order"
    """One picture, two verdicts that contradict each other: the earlier source of the recipe wins
    (source_order), or the stronger evidence, or what more images say (majority); unknown (mask), a
    soft label, or always positive or negative."""
    conflicts_by_class: dict[str, ConflictPolicy] = {}
    """The same, for single classes."""
    evidence_order: tuple[Evidence, ...] = EVIDENCE
    """Evidence from the strongest to the weakest; what is not named is weaker than all."""
    crosswalks: tuple[CrosswalkSettings, ...] = ()
    """Tables of images that are the same picture in two sources."""
    shared_names: bool = True
    """Join images and patients that manifests say two sources of the recipe share."""
    same_content: bool = True
    """Treat byte-identical image files as one picture, across and within sources."""
    same_pixels: bool = True
    """Treat files that decode to identical pixels as one picture."""
    similar_images: Literal["ignore", "group", "join"] = "join"
    """Images whose perceptual fingerprints say that they are the same picture become one (join), or
    only stay on one side of the split (group), as look-alikes do in both cases."""
    validation_fraction: Fraction = 0.15
    """Share of the groups not in test that model choice uses."""
    test_fraction: Fraction = 0.2
    """Share of the groups of `joint` sources held out for the final scores."""
    folds: Annotated[int, Field(ge=0)] = 0
    """Parts of equal size into which all groups outside test are drawn, for cross-validation; 0:
    none."""
    fold: Annotated[int, Field(ge=0)] = 0
    """The fold that is the validation part, counted from 0; `validation_fraction` counts without
    folds only."""
    allow_unscored_classes: bool = False
    """Classes without a known positive or negative in validation: listed and left out of
    model choice (true), or an error (false)."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the split."""


class ImageSettings(Settings):
    """From file to stored picture."""

    size: Annotated[int, Field(ge=16, le=4096)] = 224
    """Side of the square picture in pixels. Default: the papers' 224."""
    fit: Literal["crop", "pad", "stretch"] = "crop"
    """crop: the centre square; pad: black bars; stretch: change the aspect."""
    workers: Annotated[int, Field(ge=0)] = 0
    """Decoding threads; 0: one a core."""


class AugmentSettings(Settings):
    """Ranges from which the weak and the strong view of every image are drawn."""

    rotation_degrees: Annotated[float, Field(ge=0, le=180)] = 5.0
    """Weak view: rotation, plus or minus."""
    translation: Annotated[float, Field(ge=0, le=0.5)] = 0.03
    """Weak view: shift, plus or minus, as a share of the side."""
    scale: Annotated[float, Field(ge=0, lt=0.9)] = 0.05
    """Weak view: zoom between 1 - scale and 1 + scale."""
    flip: Fraction = 0.0
    """Both views: chance of a left-right flip; 0 because the heart lies on the left."""
    strong_rotation_degrees: Annotated[float, Field(ge=0, le=180)] = 15.0
    """Strong view: rotation, plus or minus."""
    strong_translation: Annotated[float, Field(ge=0, le=0.5)] = 0.08
    """Strong view: shift, plus or minus, as a share of the side."""
    strong_scale: Annotated[float, Field(ge=0, lt=0.9)] = 0.15
    """Strong view: zoom between 1 - x and 1 + x."""
    strong_contrast: Annotated[float, Field(ge=0, lt=1)] = 0.4
    """Contrast factor between 1 - x and 1 + x."""
    strong_brightness: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Shift of the grey value, plus or minus."""
    strong_gamma: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """Gamma between 1 - x and 1 + x."""
    strong_noise: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Largest standard deviation of Gaussian noise."""
    strong_blur: Fraction = 0.3
    """Chance of a 3 x 3 blur."""
    strong_erase: Fraction = 0.3
    """Largest side of one erased rectangle, as a share of the side; 0 erases nothing."""


class ModelSettings(Settings):
    """Backbone, class queries and adapter."""

    backbone: str = "densenet121"
    """densenet121 (the paper's), resnet18, resnet50, or small."""
    pretrained: str | None = None
    """A weights file, or a URL that is fetched once into the cache; none: from scratch."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Checksum of the weights; required with a URL."""
    weights_cache: Path = Path("~/.cache/labelassemble")
    """Where weights from a URL are kept."""
    query_features: Count = 128
    """Length of a class query."""
    adapter_hidden: Count = 256
    """Width of the adapter's hidden layer."""
    pooling: Literal["average", "max", "logsumexp"] = "average"
    """From answer map to answer. Default: METHOD, decisions."""


class LossSettings(Settings):
    """L_total = L_bce + L_pseudo + L_consist. Paper: Kang 2023."""

    temperature: Annotated[float, Field(ge=1.0)] = 2.0
    """t of sharpen: 1 gives hard labels, infinity leaves the answer as it is."""
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    """tau of sharpen. Default: both papers."""
    threshold_by_class: dict[str, Fraction] = {}
    """tau for single classes (rare ones)."""
    bce_weight: NonNegative = 1.0
    """Weight of L_bce. Default: the papers' plain sum."""
    pseudo_weight: NonNegative = 1.0
    """Weight of L_pseudo. Default: the papers' plain sum."""
    consist_weight: NonNegative = 1.0
    """Weight of L_consist. Default: the papers' plain sum."""
    cells: Literal["unknown", "all"] = "unknown"
    """Cells that L_pseudo and L_consist cover. Default: both papers."""
    detach_pseudo_label: bool = True
    """The sharpened answer is a constant. Default: METHOD, decisions."""
    distance: Literal["mean_square", "norm"] = "mean_square"
    """Mean squared difference over the covered cells, or the literal Euclidean norm."""
    bce_views: Literal["weak", "both"] = "weak"
    """Views that L_bce sees."""
    warm_up_epochs: NonNegative = 0.0
    """Epochs over which the weights of L_pseudo and L_consist rise from 0; the papers: 0."""


class TrainingSettings(Settings):
    """One training run."""

    epochs: Count = 30
    """Passes over `images_per_epoch` images."""
    images_per_epoch: Annotated[int, Field(ge=0)] = 0
    """Images drawn per epoch; 0: as many as there are."""
    batch_size: Count = 64
    """Images a step and device."""
    learning_rate: Positive = 1e-3
    """Highest learning rate of AdamW."""
    weight_decay: NonNegative = 1e-4
    """Decoupled weight decay; none on norms, biases and class queries."""
    warm_up: Fraction = 0.05
    """Share of the steps over which the learning rate rises; then it falls as a cosine to 0."""
    gradient_clip: NonNegative = 1.0
    """Largest gradient norm; 0: no clipping."""
    balance: Literal["none", "source", "class", "both"] = "both"
    """Draw sources equally often, rare positive classes more often, or both."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Epochs without a better validation score before stopping; 0: never stop early."""
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    """auto: a GPU where there is one."""
    devices: Count = 1
    """Devices a node."""
    nodes: Count = 1
    """Machines, started by torchrun or SLURM."""
    strategy: Literal["auto", "ddp", "fsdp"] = "auto"
    """How several devices share the work; auto: ddp when there are several."""
    precision: Literal["auto", "32", "16-mixed", "bf16-mixed"] = "auto"
    """auto: mixed precision on a GPU, 32 bits elsewhere."""
    tensorboard: bool = False
    """Log to TensorBoard too (extra `tensorboard`); the CSV log is always written."""
    resume: bool = True
    """Carry on from the run's last checkpoint where there is one."""
    start_from: Path | None = None
    """A checkpoint to start from, class by class; new classes start with new queries."""


class RunSettings(Settings):
    """Which of the recipe's networks one training run makes."""

    method: Method = "label-assemble"
    """label-assemble: this method; masked: one linear head, L_bce on known cells; single: the
    same on one source and its own classes."""
    source: str | None = None
    """The one source of a `single` run; none for the other methods."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of initial weights, order of images, and views."""

    @property
    def folder_name(self) -> str:
        """Name of the run folder, such as ``single-nih-seed0``."""
        parts = [self.method, *([self.source] if self.source else []), f"seed{self.seed}"]
        return "-".join(parts)


class EvaluationSettings(Settings):
    """Scores and their intervals."""

    replicates: Annotated[int, Field(ge=0)] = 1000
    """Bootstrap replicates over patients; 0: no intervals."""
    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.95
    """Confidence level of the intervals."""
    batch_size: Count = 128
    """Images a forward pass."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the bootstrap."""


class ReportSettings(Settings):
    """What the report shows."""

    examples: Annotated[int, Field(ge=0)] = 3
    """Example images a source."""
    heat_maps: Annotated[int, Field(ge=0)] = 6
    """Images on which the answers of the class queries are drawn."""


class Recipe(Settings):
    """One TOML file: sources in, table, model and report out."""

    name: str
    """Title of the report."""
    output: Path
    """Folder for everything that is made; relative to the recipe."""
    vocabulary: str = "chest_radiograph"
    """A built-in vocabulary or the path of a TOML file."""
    classes: tuple[str, ...] = ()
    """Classes to learn, in this order; empty: all that some source annotates."""
    sources: Annotated[tuple[SourceSettings, ...], Field(min_length=1)]
    """The datasets; where two disagree, the earlier one may win (`assembly.conflicts`)."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = ("single", "label-assemble")
    """What `train` trains and `report` compares; differences are the last against the first."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] = (0,)
    """Seeds that `train` runs in turn; each network is a run folder of its own."""
    assembly: AssemblySettings = AssemblySettings()
    """How verdicts become cells and images become splits."""
    images: ImageSettings = ImageSettings()
    """From file to stored picture."""
    augment: AugmentSettings = AugmentSettings()
    """Weak and strong views."""
    model: ModelSettings = ModelSettings()
    """Backbone, class queries and adapter."""
    losses: LossSettings = LossSettings()
    """The terms of L_total."""
    training: TrainingSettings = TrainingSettings()
    """One training run."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """Scores and their intervals."""
    report: ReportSettings = ReportSettings()
    """What the report shows."""
