"""Every setting: its range, its default and where the default comes from.

A recipe is one TOML file with these tables; any setting can be given on the command line too
(``--training.epochs 3``). Models are frozen and refuse keys that they do not know.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from labelassemble.cluster_settings import ClusterSettings
from labelassemble.object_settings import ObjectStoreSettings, ReadPath
from labelassemble.pretrain_presets import PRESETS, RATE_OF_256, known_preset
from labelassemble.setting_types import (
    EVIDENCE,
    LICENCE_USES,
    Count,
    Evidence,
    Fraction,
    HubOrName,
    NonNegative,
    Paths,
    PathText,
    Positive,
    Settings,
    TomlOrName,
    Use,
    WhenBusy,
)
from labelassemble.weights_settings import FineTuneSettings, InputSettings

UncertainPolicy = Literal["unknown", "positive", "negative", "soft"]
ReaderPolicy = Literal["any", "majority", "all", "unanimous", "mean"]
ConflictPolicy = Literal[
    "source_order", "evidence", "majority", "mask", "soft", "positive", "negative"
]
Method = Literal[
    "label-assemble",
    "masked",
    "single",
    "full",
    "unknown-as-negative",
    "med3d",
    "dodnet",
    "medical-mae",
    "swinchex",
    "rpsal",
    "xprotonet",
    "ma-reconstructed",
]
SYSTEMS: tuple[Method, ...] = (
    "medical-mae",
    "swinchex",
    "rpsal",
    "xprotonet",
    "ma-reconstructed",
)
"""Published systems of the second table of Kang 2023, which diagnose whole images."""
AS_PUBLISHED: tuple[Method, ...] = ("label-assemble", *SYSTEMS)
"""Methods that are as their authors ran them where a recipe says nothing else."""


_BelowOne = Annotated[float, Field(ge=0.0, lt=1.0)]
ThresholdRule = Literal["youden", "sensitivity", "specificity"]
Pooling = Literal["average", "max", "logsumexp", "residual_attention"]
BceViews = Literal["weak", "both"]


def choose_pooling(pooling: Pooling | Literal["method"], method: Method) -> Pooling:
    """Give ``model.pooling`` as a method has it.

    >>> choose_pooling("method", "label-assemble"), choose_pooling("method", "masked")
    ('average', 'logsumexp')
    >>> choose_pooling("max", "masked")
    'max'
    """
    if pooling != "method":
        return pooling
    return "average" if method in AS_PUBLISHED else "logsumexp"


def choose_bce_views(bce_views: BceViews | Literal["method"], method: Method) -> BceViews:
    """Give ``losses.bce_views`` as a method has it.

    >>> choose_bce_views("method", "label-assemble"), choose_bce_views("method", "masked")
    ('weak', 'both')
    """
    if bce_views != "method":
        return bce_views
    return "weak" if method in AS_PUBLISHED else "both"


class SourceSettings(Settings):
    """One dataset of the recipe."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    """Short name, used in tables, file names and the report."""
    manifest: TomlOrName
    """A built-in manifest (`labelassemble sources` lists them) or the path of a TOML file."""
    folder: ReadPath
    """Where the source's tables lie; relative to the recipe, or `s3://bucket/folder`."""
    images: ReadPath | None = None
    """Where its images lie, if not where the manifest says; relative to the recipe, or
    `s3://bucket/folder`."""
    missing_images: Literal["error", "exclude", "keep"] = "error"
    """Rows whose image file is not there: an error; listed and left out; or kept without a file,
    for work on tables alone."""
    unreadable_images: Literal["error", "exclude"] = "error"
    """Truncated, empty or constant images: an error, or listed and left out."""
    split: Literal["joint", "official", "train", "test"] = "joint"
    """joint: drawn with the other sources; official: as published; train or test: all of it."""
    test_list: ReadPath | None = None
    """One image name a line: these are held out, and the rest of their patients is unused."""


class CrosswalkSettings(Settings):
    """A table that says which image of one source is the same image as an image of another."""

    file: ReadPath
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
    """Column with how far apart the two images are, where the file says it."""
    error_above: Annotated[float, Field(ge=0.0)] | None = None
    """Pairs with a larger error are weak: both images stay on one side of the split, but their
    assessments are not joined."""


class AssemblySettings(Settings):
    """How assessments become cells and images become splits."""

    uncertain: UncertainPolicy = "unknown"
    """What an uncertain assessment becomes. Default: PAPER.md, where the papers are silent."""
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
    """One image, two assessments that contradict each other: the earlier source of the recipe wins
    (source_order), or the stronger evidence, or what more images say (majority); unknown (mask), a
    soft label, or always positive or negative."""
    conflicts_by_class: dict[str, ConflictPolicy] = {}
    """The same, for single classes."""
    evidence_order: tuple[Evidence, ...] = EVIDENCE
    """Evidence from the strongest to the weakest; what is not named is weaker than all."""
    crosswalks: tuple[CrosswalkSettings, ...] = ()
    """Tables of images that are the same image in two sources."""
    overlapping_names: bool = True
    """Join images and patients that manifests say two sources of the recipe share."""
    same_content: bool = True
    """Treat byte-identical image files as one image, across and within sources."""
    same_pixels: bool = True
    """Treat files that decode to identical pixels as one image."""
    similar_images: Literal["ignore", "group", "join"] = "join"
    """Images whose perceptual fingerprints say that they are the same image become one (join), or
    only stay on one side of the split (group), as look-alikes do in both cases."""
    look_alikes: Count = 32
    """Other images that an image is laid upon at most, where very many look like it: the nearest
    ones. Default: as docs/overlaps.md measured; time and memory grow with it, not with the square
    of the images."""
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
    corrections: tuple[Path, ...] = ()
    """Lists that `labelassemble review` wrote and a reader filled in: each answer is a reading of
    its own, heard before what the sources say."""
    licence: Literal["any", "open"] = "any"
    """open: sources whose terms forbid one of `uses`, or do not say, are left out; what that costs
    in labels is told."""
    uses: Annotated[tuple[Use, ...], Field(min_length=1)] = LICENCE_USES
    """licence = "open": what the terms must permit: commercial use, derivatives, sharing of weights
    that learned from the data."""
    ids_key: Path | None = None
    """File with a secret key, made where there is none: patients, studies and images stand in all
    that is written as hashes that only this key can make; none: by their own ids."""
    keep_split: Paths = ()
    """Folder of a run whose split is kept, or of several: what they, or runs that they came from,
    have seen is never tested, nor the same patients. None: those of `training.start_from` and
    `model.pretrained`, where these name runs."""


class ImageSettings(Settings):
    """From file to stored image."""

    size: Annotated[int, Field(ge=16, le=4096)] = 224
    """Side of the square image in pixels. Default: the papers' 224."""
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
    warp: Annotated[float, Field(ge=0, le=0.4)] = 0.0
    """Weak view: perspective, plus or minus, by which a corner moves as a share of half the side.
    Hermoza 2020: 0.2."""
    contrast: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Weak view: contrast factor between 1 - x and 1 + x. Hermoza 2020: 0.2."""
    brightness: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Weak view: shift of the grey value, plus or minus. Hermoza 2020: 0.1."""
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
    smallest_area: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Smallest share of the area that is cut out and stretched to the whole, before both views are
    moved; 1: the whole image. Xiao 2023, Taslimi 2022: 0.08. Source: Szegedy 2015."""
    rand_layers: Annotated[int, Field(ge=0, le=10)] = 0
    """RandAugment in place of the changes of grey values above: operations an image; 0: ours. Xiao
    2023, Taslimi 2022: 2. Source: Cubuk 2020."""
    rand_magnitude: Annotated[float, Field(ge=0.0, le=10.0)] = 6.0
    """RandAugment: mean magnitude of 10, with a standard deviation of 0.5. Xiao 2023: 6; Taslimi
    2022: 9."""
    rand_views: Literal["strong", "both"] = "strong"
    """RandAugment and random erasing: which views; both: also the weak one, which methods with one
    view see."""
    erase_chance: Fraction = 0.0
    """Random erasing: chance that noise takes the place of a rectangle of 2 % to a third of the
    area. Taslimi 2022: 0.25. Source: Zhong 2020."""


class VolumeSettings(Settings):
    """From a volume's file to what is kept of it; axes are right, anterior, superior."""

    spacing_mm: tuple[Positive, Positive, Positive] | None = (1.5, 1.5, 1.5)
    """Distance of neighbouring voxels along the three axes; none: as the file has it."""
    window_hu: tuple[float, float] = (-160.0, 240.0)
    """Hounsfield units that become 0 and 1; -160 and 240 show soft tissue: centre 40, width 400."""
    header: Literal["agree", "sform", "qform"] = "agree"
    """Which of a NIfTI header's two transforms counts where it has both. agree: they must be the
    same within `tolerance_mm`."""
    slice_gaps: Literal["error", "interpolate"] = "error"
    """Missing or unevenly spaced DICOM slices: an error, or filled linearly between neighbours."""
    gantry_tilt: Literal["error", "straighten"] = "error"
    """DICOM slices stacked askew: an error, or each shifted to its own place in the patient."""
    tolerance_mm: Positive = 0.1
    """How far two geometries, or a slice and its place in the stack, may be apart."""
    max_anisotropy: Annotated[float, Field(ge=1.0)] = 20.0
    """Largest ratio of a file's coarsest to its finest spacing; from 10 on it is noted."""
    memory_gib: Positive = 4.0
    """Most memory for one volume. A larger one is an error when it is read whole; the cache works
    through it slab by slab."""
    body_above_hu: float = -500.0
    """What is brighter counts as body, where background patches are drawn; -500 lies between lung
    and soft tissue."""

    @model_validator(mode="after")
    def _rises(self) -> "VolumeSettings":
        if not self.window_hu[0] < self.window_hu[1]:
            raise ValueError("window_hu: first what becomes 0, then, larger, what becomes 1")
        return self


class PatchSettings(Settings):
    """Patches that a dense network learns from."""

    size: Annotated[tuple[Count, ...], Field(min_length=2, max_length=3)] = (96, 96, 96)
    """Voxels along each axis: right, anterior, superior; in 2-D pixels: height, width."""
    lesion_fraction: Fraction = 0.5
    """Share of patches that hold a lesion, the classes equally often; the rest is background."""
    shift: Fraction = 0.5
    """How far a lesion's voxel may lie from the centre of its patch; 1: anywhere in it."""


class DenseAugmentSettings(Settings):
    """Ranges of views whose places correspond: one motion for both, more greys for the strong."""

    flip: tuple[Fraction, ...] = (0.0, 0.0, 0.0)
    """Chance of a flip along each axis; 0 because the liver lies on the right."""
    rotation_degrees: tuple[Annotated[float, Field(ge=0, le=180)], ...] = (10.0, 10.0, 10.0)
    """Turn about each axis, plus or minus; in 2-D one number."""
    scale: Annotated[float, Field(ge=0, lt=0.9)] = 0.1
    """Zoom between 1 - scale and 1 + scale."""
    translation: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    """Shift along each axis, plus or minus, as a share of the side."""
    strong_contrast: Annotated[float, Field(ge=0, lt=1)] = 0.4
    """Strong view: contrast factor between 1 - x and 1 + x."""
    strong_brightness: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Strong view: shift of the grey value, plus or minus."""
    strong_gamma: Annotated[float, Field(ge=0, lt=1)] = 0.3
    """Strong view: gamma between 1 - x and 1 + x."""
    strong_noise: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Strong view: largest standard deviation of Gaussian noise."""
    strong_erase: Fraction = 0.3
    """Strong view: largest side of one erased box, as a share of the side; 0 erases nothing."""


class ModelSettings(Settings):
    """Backbone, class queries and adapter."""

    backbone: HubOrName = "densenet121"
    """densenet121 (the paper's), another name of `model/backbone.py`, hf:FOLDER or timm:NAME."""
    pretrained: Annotated[str | None, PathText.WEIGHTS] = None
    """A weights file; a URL, fetched once into the cache; package:NAME, of an installed package;
    timm:NAME; hf:FOLDER or hf:OWNER/MODEL; none: from scratch."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Checksum of the weights; required with a URL."""
    weights_cache: Path = Path("~/.cache/labelassemble")
    """Where weights from a URL are kept."""
    input: InputSettings = InputSettings()
    """How grey values are scaled for the backbone; what is not set is as its weights say."""
    query_features: Count = 128
    """Length of a class query."""
    adapter_hidden: Count = 256
    """Width of the adapter's hidden layer."""
    class_queries: bool = True
    """label-assemble: class queries and adapter; false, an ablation: a linear head instead."""
    query_start: HubOrName = "random"
    """What class queries start from: random numbers, the letters of the class names (names), or a
    text encoder's vectors of them (hf:FOLDER)."""
    dynamic_features: Count = 8
    """dodnet: channels of the layers whose weights the controller makes. Paper: Zhang 2021."""
    head_layers: Annotated[int, Field(ge=0, le=3)] = 3
    """swinchex: hidden layers of each class's perceptron. Default: Taslimi 2022, their best."""
    pyramid: bool = True
    """rpsal: on the pyramid of a DenseNet's stages. false, an ablation: on the last map of any
    backbone, which can then be computed once for all steps (`cached_views`)."""
    region_backbone: HubOrName | None = None
    """rpsal: what looks at the regions that are proposed, such as resnet34 (Hermoza 2020): the
    second stage too. None: the first alone, which is what predicts either way."""
    region_pretrained: Annotated[str | None, PathText.WEIGHTS] = None
    """Weights that it starts from, as `pretrained`, but no URL. Hermoza 2020: ImageNet's."""
    prototypes: Count = 3
    """xprotonet: prototypes a class. Default: Kim 2021."""
    prototype_features: Count = 128
    """xprotonet: length of a prototype. Default: a re-implementation's (docs/systems.md)."""
    product_features: Count = 1024
    """ma-reconstructed: features that are multiplied. Default: ours (docs/systems.md)."""
    query_attention: Literal["none", "generated", "cross"] = "none"
    """label-assemble: how a class query looks over the feature map. none: its predictions are
    pooled as `pooling` says. generated: the adapter makes an attention beside the prediction.
    cross: multi-head cross-attention over the map, weights of its own a class (Liu 2021)."""
    attention_heads: Count = 4
    """query_attention = cross: heads, which divide `query_features`."""
    pooling: Pooling | Literal["method"] = "method"
    """From prediction map to prediction. average, max; logsumexp: between the two, each class
    learns how sharply (Pinheiro 2015); residual_attention: the mean and a share of the mean
    weighted by the predictions themselves, both learned (Zhu 2021). method: average for
    label-assemble and published systems, as their authors have it, logsumexp for the others.
    Default: docs/results.md."""

    @model_validator(mode="after")
    def _heads_divide(self) -> "ModelSettings":
        if self.query_attention == "cross" and self.query_features % self.attention_heads:
            raise ValueError(
                f"attention_heads = {self.attention_heads} does not divide query_features = "
                f"{self.query_features}"
            )
        return self

    @model_validator(mode="after")
    def _no_url(self) -> "ModelSettings":
        if self.region_pretrained is not None and "://" in self.region_pretrained:
            raise ValueError("region_pretrained: a file, package:NAME or timm:NAME; fetch a URL")
        return self


class LossSettings(Settings):
    """L_total = L_bce + L_pseudo + L_consist. Paper: Kang 2023."""

    temperature: Annotated[float, Field(ge=1.0)] = 4.0
    """t of sharpen: 1 gives hard labels, infinity leaves the prediction as it is. Default: the loss
    that the authors released."""
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    """tau of sharpen. Default: both papers."""
    threshold_by_class: dict[str, Fraction] = {}
    """tau for single classes (rare ones)."""
    threshold_rule: Literal["fixed", "prevalence"] = "fixed"
    """fixed: as the two settings above say; prevalence: the share of positives among the known
    training cells of each class, where the above name none. Default: both papers."""
    bce_weight: NonNegative = 1.0
    """Weight of L_bce. Default: the papers' plain sum."""
    pseudo_weight: NonNegative = 1.0
    """Weight of L_pseudo. Default: the papers' plain sum."""
    consist_weight: NonNegative = 1.0
    """Weight of L_consist. Default: the papers' plain sum."""
    dice_weight: NonNegative = 0.0
    """Detection: weight of one minus soft Dice on known voxels, beside L_bce. Default: the papers
    have none."""
    cells: Literal["unknown", "all"] = "all"
    """Cells that L_pseudo and L_consist cover. Default: the loss that the authors released; both
    papers write of the unknown ones."""
    detach_pseudo_label: bool = False
    """The sharpened prediction is a constant. Default: the loss that the authors released."""
    distance: Literal["mean_square", "norm"] = "mean_square"
    """Mean squared difference over the covered cells, or the literal Euclidean norm."""
    bce_views: BceViews | Literal["method"] = "method"
    """Views that L_bce sees. method: the weak one for label-assemble and published systems, as
    their authors have it, both for the others, which so see as much augmentation in as many
    passes as label-assemble. Default: docs/results.md."""
    align: Literal["none", "prevalence"] = "none"
    """prevalence: before they are sharpened, each source's predictions are shifted to the mean of
    the known labels, so that no class drifts to 0 where nobody looked. Default: the papers."""
    align_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.05
    """How fast the running mean predictions of the sources follow a batch."""
    weighted_factor: Positive = 10.0
    """rpsal: factor of its loss; with regions it is 1. Default: Hermoza 2020, first stage."""
    smoothing: Fraction = 0.1
    """swinchex: a label of 1 is learned as 1 minus half of this, one of 0 as half of it. Default:
    Taslimi 2022."""
    focus: NonNegative = 2.0
    """xprotonet, ma-reconstructed: how much less cells count that are predicted well. Source: Lin
    2017, focal loss."""
    class_counts: Literal["expected", "batch"] = "expected"
    """xprotonet, ma-reconstructed: by which number of positives and negatives of a class sums are
    divided. expected: what a batch has in the mean; batch: its own, with which one positive of a
    rare class weighs as much as all of another (the papers' letter)."""
    cluster_weight: NonNegative = 0.8
    """xprotonet: weight of positives near a prototype. Default: that of re-implementations
    (docs/systems.md)."""
    separation_weight: NonNegative = 0.08
    """xprotonet: weight of negatives far from prototypes. Default: that of re-implementations
    (docs/systems.md)."""
    occurrence_weight: NonNegative = 0.5
    """xprotonet: weight of occurrences that move with the image and are small. Default: that of a
    re-implementation (docs/systems.md)."""
    attention_weight: NonNegative = 1.0
    """ma-reconstructed: weight of the overlap of both attentions. Default: ours
    (docs/systems.md)."""
    warm_up_epochs: NonNegative = 0.0
    """Epochs over which the weights of L_pseudo and L_consist rise from 0; the papers: 0."""


class PrototypeSettings(Settings):
    """Stages of xprotonet, in epochs; after the first the two others alternate."""

    extractor_epochs: Annotated[int, Field(ge=0)] = 5
    """xprotonet: the extractor learns, prototypes stay. Default: Kim 2021."""
    joint_epochs: Count = 5
    """xprotonet: extractor and prototypes learn; then every prototype becomes what shows on the
    training image most like it. Kim 2021: until validation no longer rises."""
    weight_epochs: Count = 1
    """xprotonet: the weights of the prototypes learn alone. Only these epochs can be chosen."""


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
    adapter_rate: NonNegative = 0.1
    """Learning rate of the class queries and the adapter, as a share of `learning_rate`: a step of
    the adapter moves the weights that it makes much further than one of a linear head would. 0:
    they stay as they are, as queries of `query_attention = "cross"` may."""
    weight_decay: NonNegative = 1e-4
    """Decoupled weight decay; none on norms, biases and class queries."""
    fine_tune: FineTuneSettings = FineTuneSettings()
    """What is frozen, what learns slowly, and averaged weights."""
    prototypes: PrototypeSettings = PrototypeSettings()
    """Stages of the method xprotonet."""
    region_epochs: Count = 10
    """rpsal with `model.region_backbone`: last epochs, in which regions are learned too; they begin
    like the others with `norms_first`. Default: ours (docs/systems.md)."""
    warm_up: Fraction = 0.05
    """Share of the steps over which the learning rate rises; then it falls as a cosine."""
    betas: tuple[_BelowOne, _BelowOne] = (0.9, 0.999)
    """AdamW's. Hermoza 2020: 0.9, 0.99."""
    epsilon: Positive = 1e-8
    """AdamW's. Hermoza 2020: 0.1."""
    rate_floor: NonNegative = 0.0
    """Learning rate at which that cosine ends. Xiao 2023: 1e-5; Taslimi 2022: 5e-6 times the batch
    over 512."""
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
    mlflow: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Log to an MLflow server too, such as http://127.0.0.1:5000 (extra `mlflow`); one that is away
    is told, and training goes on. None: to none."""
    resume: bool = True
    """Carry on from the run's last checkpoint where there is one."""
    start_from: Path | None = None
    """A run folder, or a checkpoint, to start from, class by class; new classes start with new
    queries, or rows of a linear head. A test image that the run has seen is an error:
    `assembly.keep_split`."""
    teachers: tuple[Path, ...] = ()
    """Folders of finished runs that predict, frozen, the training cells which nobody labelled;
    the student learns those soft labels beside the known ones. Relative to the recipe; as an option
    of `train`: --teacher RUN [RUN ...]."""
    teacher_cells: Literal["unknown", "known"] = "unknown"
    """unknown: teachers predict the cells that nobody labelled. known: the control, whose
    teachers say nothing new: known cells are learned with the mean of label and prediction, unknown
    ones stay unknown (self-distillation)."""


class PretrainSettings(Settings):
    """A vision transformer learns, without labels, to draw hidden parts of training images.

    Masked autoencoder (He 2022), as on chest radiographs (Xiao 2023).
    """

    preset: Annotated[str | None, AfterValidator(known_preset)] = None
    """medical-mae-s, medical-mae-b: Xiao 2023's settings of ViT-S/16 and ViT-B/16
    (`pretrain_presets.py`), for all settings below that are at their defaults, the learning rate
    in proportion to the batch; none: ours."""
    backbone: str = "vit_s16"
    """vit_s16 (Xiao 2023), vit_ti16 or vit_b16."""
    epochs: Count = 100
    """Passes over `images_per_epoch` images; He 2022, Xiao 2023: 800."""
    images_per_epoch: Annotated[int, Field(ge=0)] = 0
    """Images drawn per epoch; 0: as many as there are."""
    batch_size: Count = 256
    """Images a step."""
    learning_rate: Positive = 1.5e-4
    """Highest learning rate of AdamW. Default: He 2022, for steps of 256 images."""
    weight_decay: NonNegative = 0.05
    """Decoupled weight decay; none on norms and biases. Default: He 2022."""
    warm_up: Fraction = 0.05
    """Share of the steps over which the learning rate rises; then it falls as a cosine to 0."""
    mask_ratio: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.9
    """Share of the patches that is hidden. Default: Xiao 2023, for radiographs; He 2022: 0.75."""
    smallest_crop: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Smallest share of an image's area that is cut out and enlarged; 1: whole images.
    Default: Xiao 2023."""
    crop_aspect: Annotated[float, Field(ge=1.0)] = 1.0
    """Width over height of that part: at most this, at least its inverse. He 2022, Xiao 2023:
    1.333."""
    normalise_patches: bool = True
    """Draw patches brought to mean 0 and deviation 1 each (He 2022); false: grey values as the
    encoder sees them (Xiao 2023)."""
    input: InputSettings = InputSettings()
    """How images are put in for the encoder; its `centre` does not count. Xiao 2023: mean 0.5056,
    deviation 0.252 for ChestX-ray14, side 224."""
    input_by_source: dict[str, tuple[float, Positive]] = {}
    """Mean and deviation of single sources instead. Xiao 2023: each set's own."""
    decoder_features: Annotated[int, Field(ge=32, multiple_of=32)] = 256
    """Width of the decoder, which is thrown away, with a head every 32. He 2022, Xiao 2023: 512."""
    decoder_layers: Count = 2
    """Blocks of the decoder. Default: Xiao 2023; He 2022: 8, with 1 nearly as good once the encoder
    is fine-tuned."""
    flip: Fraction | None = None
    """Chance of a left-right flip; none: `augment.flip`. Xiao 2023: 0.5."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of initial weights, order of images, crops and hidden patches."""
    resume: bool = True
    """Carry on from the last epoch where there is one; false: start again."""

    @model_validator(mode="before")
    @classmethod
    def _takes_preset(cls, given: Any) -> Any:
        preset = given.get("preset") if isinstance(given, dict) else None
        if not isinstance(preset, str) or preset not in PRESETS:
            return given
        default = {name: field.default for name, field in cls.model_fields.items()}
        own = {name: one for name, one in given.items() if one != default.get(name)}
        made = {**given, **PRESETS[preset], **own}
        if isinstance(made["batch_size"], int) and "learning_rate" not in own:
            made["learning_rate"] = RATE_OF_256 * made["batch_size"] / 256
        return made


class RunSettings(Settings):
    """Which of the recipe's networks one training run makes."""

    method: Method = "label-assemble"
    """label-assemble: this method; masked: one linear head, L_bce on known cells; single: the
    same on one source and its own classes; full: the same where nothing is hidden;
    unknown-as-negative: the same, missing labels counted as absent; med3d: one head a source
    (Chen 2019); dodnet: a controller makes the head of each source (Zhang 2021); medical-mae: a
    vision transformer as Xiao 2023 fine-tunes it; swinchex: a perceptron a class (Taslimi 2022);
    rpsal: the saliency of a feature pyramid (Hermoza 2020, first stage); xprotonet: prototypes
    that are training images (Kim 2021); ma-reconstructed: the product of two networks' maps (Ma
    2019, whose formulas are not known)."""
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
    min_patients: Annotated[int, Field(ge=2)] = 10
    """Patients with a positive, and patients with a negative, below which a class has a score and
    neither interval, p nor assessment. Default: from 10 on a 95 % interval covers at least 93 % in
    every case of our simulation (docs/statistics.md; `python -m benchmarks.coverage`)."""
    correction: Literal["holm", "max_t", "fdr"] = "holm"
    """Of the p values of several classes. holm: any false finding improbable, whatever the classes
    have to do with each other. max_t: the same, less strict where classes go together (Westfall
    and Young 1993). fdr: few false among the findings (Benjamini and Hochberg 1995)."""
    threshold_rule: ThresholdRule = "youden"
    """From which probability on a finding is called present, by `predict` and where sensitivity
    and specificity are told; chosen on validation and applied to test. youden: the largest
    sensitivity + specificity - 1 (Youden 1950). sensitivity: the highest threshold that reaches
    `sensitivity`. specificity: the lowest that reaches `specificity`."""
    sensitivity: Annotated[float, Field(gt=0.0, le=1.0)] = 0.9
    """threshold_rule = sensitivity: the one to reach on validation."""
    specificity: Annotated[float, Field(ge=0.0, le=1.0)] = 0.98
    """threshold_rule = specificity: the one to reach on validation. Detection: the specificity of
    patients at which the sensitivity is reported."""
    call_patients: Annotated[int, Field(ge=2)] = 20
    """Validation patients with a positive, and with a negative, below which a class is neither
    calibrated nor called. Default: of 20 positives found at a sensitivity of 0.9 a 95 % interval
    still reaches from 0.70 to 0.97 (docs/statistics.md); with fewer it says next to nothing."""
    batch_size: Count = 128
    """Images a forward pass."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the bootstrap."""


class CandidateSettings(Settings):
    """From a dense prediction to candidate lesions (`metrics/lesions/find_lesions.py`)."""

    rule: Literal["threshold", "dynamic_threshold"] = "threshold"
    """threshold: what hangs together at or above the threshold. dynamic_threshold: from the hottest
    place down to a share of its prediction, then the next hottest. Source: Bosma 2023, dynamic
    threshold."""
    threshold: Fraction = 0.5
    """Predictions below it belong to no lesion. Default: both papers' tau."""
    peak_fraction: Annotated[float, Field(gt=0.0, le=1.0)] = 0.4
    """dynamic_threshold: a lesion reaches down to this share of its peak. Default: Bosma 2023."""
    keep_adjacent: bool = False
    """dynamic_threshold: keep what touches a hotter lesion, which is mostly its fringe. Default:
    Bosma 2023."""
    connectivity: Literal["faces", "corners"] = "corners"
    """Which places are neighbours. faces: 4 in 2-D, 6 in 3-D; corners: 8 and 26."""
    min_size: NonNegative = 0.0
    """Smallest lesion: volume in mm3; of an image, area in pixels of its file."""
    score: Literal["max", "quantile", "mean"] = "max"
    """A lesion's score: the largest prediction in it, a quantile, or the mean."""
    quantile: Fraction = 0.95
    """score = quantile: which."""
    suppress_iou: Fraction | None = None
    """Drop a lesion whose box overlaps that of a better one of its class more; none: keep all."""
    most: Count | None = None
    """Lesions a class, the best ones; none: all."""


class DetectionSettings(Settings):
    """Lesions found in images: the predictions stay dense. Paper: Kang 2023, lesion detection."""

    task: Literal["diagnosis", "detection"] = "diagnosis"
    """diagnosis: one prediction an image. detection: one a voxel; the settings below count."""
    dimensions: Literal[2, 3] = 3
    """2: images, as `images` says; 3: volumes, as `volumes` says."""
    network: str = "unet_small"
    """unet_small (ours), segresnet or dynunet (MONAI's): `model/dense_backbones.py`."""
    width: Annotated[int, Field(ge=4, multiple_of=4)] = 16
    """Channels at full resolution, which are the length of a feature vector; every level below has
    twice as many."""
    levels: Annotated[int, Field(ge=2, le=7)] = 4
    """Resolutions, each half the one above."""
    volumes: VolumeSettings = VolumeSettings()
    """3-D: spacing, window, and what to accept."""
    patches: PatchSettings = PatchSettings()
    """What is learned from; also the size of the sliding window."""
    augment: DenseAugmentSettings = DenseAugmentSettings()
    """Weak and strong views, moved alike."""
    patches_per_epoch: Count = 500
    """Patches drawn per epoch; `training.images_per_epoch` counts for diagnosis alone."""
    batch_size: Count = 2
    """Patches a step and device; `training.batch_size` counts for diagnosis alone."""
    complete_boxes: tuple[str, ...] = ()
    """Sources whose boxes or points show every lesion of their classes, so that the rest of such an
    image is negative. Elsewhere it is unknown."""
    exclusive: tuple[str, ...] = ()
    """Classes of which no place has two, such as kinds of tumours: where one is drawn the others
    are absent, also where nobody looked for them. It is what masks teach a class that they do not
    hold: what looks like it and is not. Source: Shi 2021, exclusion of partial labels."""
    image_level_weight: NonNegative = 0.0
    """Weight of L_bce on pooled predictions of patches that hold their whole image, for classes
    that are known of the image. It is what a lesion teaches that nobody drew. Default: the papers
    have none."""
    image_level_pooling: Literal["max", "logsumexp"] = "logsumexp"
    """How predictions are pooled for it: the largest, or the logarithm of the mean exponential."""
    image_level_fraction: Fraction = 0.25
    """Share of patches, where `image_level_weight` is above 0, on images with a lesion that nobody
    drew."""
    window_overlap: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    """Share of a side by which neighbouring windows overlap."""
    window_batch: Count = 4
    """Windows a forward pass."""
    chosen_by: Literal["auroc", "froc", "last"] = "auroc"
    """What chooses the best epoch on validation. auroc: of the largest prediction of each image,
    the mean over classes. froc: mean sensitivity at 1/8 to 8 false positives an image, the mean
    over classes; for classes that every image has. last: none is chosen, the network of the last
    epoch is kept and validation images are predicted once, at the end (as nnU-Net, Isensee
    2021)."""
    candidates: CandidateSettings = CandidateSettings()
    """From predictions to candidates."""
    match_by: Literal["box_iou", "mask_iou", "distance", "centre"] = "box_iou"
    """When a candidate may be a true lesion; `metrics/lesions/closeness.py`."""
    match_limit: Positive = 0.1
    """Least overlap, or largest distance in mm. Default: 3-D, Baumgartner 2021, nnDetection; in 2-D
    0.4 or 0.5 is usual."""

    @model_validator(mode="after")
    def _axes_fit(self) -> "DetectionSettings":
        if self.task == "diagnosis":
            return self
        axes, turns = self.dimensions, 1 if self.dimensions == 2 else 3
        for name, length, wanted in (
            ("patches.size", len(self.patches.size), axes),
            ("augment.flip", len(self.augment.flip), axes),
            ("augment.rotation_degrees", len(self.augment.rotation_degrees), turns),
        ):
            if length != wanted:
                raise ValueError(f"{name} has {length} numbers; dimensions = {axes} needs {wanted}")
        return self


class ExperimentSettings(Settings):
    """What `labelassemble experiment NAME RECIPE` varies."""

    seeds: tuple[Annotated[int, Field(ge=0)], ...] = ()
    """Seeds that everything compared is trained with; none: the recipe's."""
    workers: Count = 1
    """Networks that are trained at once, each with its share of the processor's cores."""
    views: Count = 1
    """Trained networks also predict on so many views of the test images, slightly shifted and
    zoomed, to tell what that brings; 1: not."""
    variants: tuple[str, ...] = ()
    """What is compared, by the names of `experiments/variants.py`; none: the experiment's own
    choice."""
    judged: str | None = None
    """The variant that the others are compared with; none: partial-labels with a search takes its
    control, masked-logsumexp; else label-assemble where it is among them, else the last one that
    labels are hidden from."""
    classes_of_interest: tuple[str, ...] = ()
    """negative-examples, similarity, novel-disease: the classes that are asked about; similarity
    and novel-disease take one."""
    companions: tuple[str, ...] = ()
    """similarity: classes added one at a time; none: every other class."""
    parts: dict[str, tuple[str, ...]] = {}
    """partial-labels: which classes keep their labels where. Names of sources: in these sources.
    Other names: the training patients are dealt out to parts of these names."""
    part_count: Annotated[int, Field(ge=2)] = 3
    """partial-labels without `parts`: so many parts, the classes dealt out to them in turn."""
    source: str | None = None
    """official-split: the source whose published test images are scored; none: the first.
    novel-disease: the source that meets the disease; none: the one with most known positives."""
    weights: Annotated[dict[str, str], PathText.WEIGHTS] = {}
    """official-split: weights that networks of a backbone start from, such as { vit_s16 =
    "pretrained/encoder.safetensors" }; as `model.pretrained`. A backbone that is not named starts
    as the recipe's does, where it is the recipe's, else from scratch."""
    backbones: dict[str, str] = {}
    """official-split: another backbone in the place of a system's own, such as { swin_l = "swin_t"
    }, where a machine cannot train it; the row says so."""
    quick: bool = False
    """partial-labels: no search; every variant is trained at the recipe's learning rate for the
    recipe's epochs."""
    rates: Annotated[tuple[Positive, ...], Field(min_length=1)] = (0.33, 1.0, 3.0)
    """partial-labels: learning rates that every variant is tried with, as multiples of
    `training.learning_rate`; validation chooses."""
    max_epochs: Count | None = None
    """partial-labels: epochs of each trial; a variant's plateau is sought within them. None: four
    times `training.epochs`."""
    min_rise: NonNegative = 0.001
    """partial-labels: the plateau is the epoch after which the validation AUROC rises by less than
    this for a quarter of `max_epochs`."""
    labelled: tuple[Count | Annotated[float, Field(gt=0.0, le=1.0)], ...] = ()
    """novel-disease: how many training images are labelled for the class of interest, in whole
    numbers; all of them come last by themselves; none: 100, 300 and 1000 (Zhu 2022).
    partial-labels: shares of the labelled training images, such as 1.0 0.3 0.1; the others lose
    their labels and stay; none: 1.0."""
    adviser: Path | None = None
    """advise: an adviser.json that the experiment similarity saved; none: rank by similarity
    alone."""
    similarity: Literal["direction", "mean"] = "direction"
    """similarity: of what sets positives apart from negatives, or of positives' mean features."""


class ReportSettings(Settings):
    """What the report shows."""

    examples: Annotated[int, Field(ge=0)] = 3
    """Example images a source."""
    heat_maps: Annotated[int, Field(ge=0)] = 6
    """Images on which the predictions of the class queries are drawn."""
    wrong_predictions: Annotated[int, Field(ge=0)] = 6
    """Images of the last method's most confident wrong predictions at the thresholds chosen on
    validation: half false positives, half false negatives."""


class Recipe(Settings):
    """One TOML file: sources in, table, model and report out.

    Examples:
        ```python
        recipe = la.read_recipe("recipe.toml")
        shorter = recipe.model_copy(update={"seeds": (0,)})
        ```
    """

    name: str
    """Title of the report."""
    output: Path
    """Folder for everything that is made; relative to the recipe."""
    when_busy: WhenBusy = "refuse"
    """Where another command writes the same table, run, results or experiment: `refuse` to begin,
    which shows a mistake at once, or `wait` until it ends, which is said."""
    vocabulary: TomlOrName = ""
    """A built-in vocabulary or the path of a TOML file; blank: the one that the manifests of the
    sources name, which must be one."""
    classes: tuple[str, ...] = ()
    """Classes to learn, in this order; empty: all that some source annotates."""
    sources: Annotated[tuple[SourceSettings, ...], Field(min_length=1)]
    """The datasets; where two disagree, the earlier one may win (`assembly.conflicts`)."""
    methods: Annotated[tuple[Method, ...], Field(min_length=1)] = ("single", "masked")
    """What `train` trains and `report` compares; differences are the last against the first.
    Default: masked is the best for its cost that docs/results.md found."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] = (0,)
    """Seeds that `train` runs in turn; each network is a run folder of its own."""
    assembly: AssemblySettings = AssemblySettings()
    """How assessments become cells and images become splits."""
    images: ImageSettings = ImageSettings()
    """From file to stored image."""
    augment: AugmentSettings = AugmentSettings()
    """Weak and strong views."""
    model: ModelSettings = ModelSettings()
    """Backbone, class queries and adapter."""
    losses: LossSettings = LossSettings()
    """The terms of L_total."""
    detection: DetectionSettings = DetectionSettings()
    """Dense predictions: lesions found in images or volumes."""
    training: TrainingSettings = TrainingSettings()
    """One training run."""
    pretrain: PretrainSettings = PretrainSettings()
    """Pre-training without labels (`labelassemble pretrain`)."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """Scores and their intervals."""
    report: ReportSettings = ReportSettings()
    """What the report shows."""
    experiment: ExperimentSettings = ExperimentSettings()
    """What experiments vary."""
    object_stores: ObjectStoreSettings = ObjectStoreSettings()
    """How sources at locations such as `s3://bucket/folder` are read."""
    cluster: ClusterSettings = ClusterSettings()
    """How `labelassemble submit` shares the work out."""

    @model_validator(mode="after")
    def _dice_is_dense(self) -> "Recipe":
        if self.losses.dice_weight and self.detection.task == "diagnosis":
            raise ValueError("losses.dice_weight is for detection.task = 'detection' alone")
        if self.losses.align != "none" and self.detection.task == "detection":
            raise ValueError("losses.align is for detection.task = 'diagnosis' alone")
        if self.training.teachers and self.detection.task == "detection":
            raise ValueError("training.teachers is for detection.task = 'diagnosis' alone")
        if self.training.fine_tune.cached_views and self.detection.task == "detection":
            raise ValueError(
                "training.fine_tune.cached_views is for detection.task = 'diagnosis' alone"
            )
        if self.training.strategy == "fsdp":
            for name in ("average_decay", "new_classes_only"):
                if getattr(self.training.fine_tune, name):
                    raise ValueError(f"training.fine_tune.{name} needs training.strategy = 'ddp'")
        if self.training.fine_tune.new_classes_only and self.detection.task == "detection":
            raise ValueError(
                "training.fine_tune.new_classes_only is for detection.task = 'diagnosis' alone"
            )
        if self.training.fine_tune.new_classes_only and self.training.start_from is None:
            raise ValueError("training.fine_tune.new_classes_only needs training.start_from")
        return self

    @model_validator(mode="after")
    def _exclusive_classes_are_learned(self) -> "Recipe":
        strange = sorted(set(self.detection.exclusive) - set(self.classes))
        if strange:
            raise ValueError(
                f"detection.exclusive names {', '.join(strange)}, which `classes` does not; "
                "list every class there"
            )
        return self
