"""Which settings of a recipe each command reads; a test holds this against the code."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from labelassemble.cluster_settings import JobSettings
from labelassemble.settings import DetectionSettings, Method, Recipe


class Setting(NamedTuple):
    """One setting of a recipe, as that recipe has it."""

    name: str
    value: Any
    model: type[BaseModel]
    """Where it is defined."""

    @property
    def field(self) -> str:
        """Its name in there."""
        return self.name.rpartition(".")[2]


def _each(table: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{table}.{name}" for name in names)


TABLE_SECTIONS = ("vocabulary", "classes", "sources", "assembly", "images")
"""What later commands must find as `assemble` found it."""
_RUNS = ("output", "when_busy", "methods", "seeds", "detection.task")
TRAINING = (
    *("name", "augment", "model", "losses", "training", "evaluation.batch_size"),
    *_each("detection", *(one for one in DetectionSettings.model_fields if "match" not in one)),
)
_SCORES = (
    *_each("evaluation", "replicates", "confidence", "min_patients", "correction", "seed"),
    *_each("evaluation", "threshold_rule", "sensitivity", "specificity", "call_patients"),
    *_each("detection", "dimensions", "volumes", "exclusive", "match_by", "match_limit"),
)
_CALLS = _each(
    "evaluation",
    *("replicates", "confidence", "seed", "call_patients"),
    *("threshold_rule", "sensitivity", "specificity"),
)
"""What `operating.json` is made with."""
_SHARE = _each("cluster", "tasks", "task")
USES = {
    "assemble": (
        *("output", "when_busy", *TABLE_SECTIONS, "detection.task", "detection.chosen_by"),
        "object_stores",
        *("training.start_from", "training.teachers", "model.pretrained"),
    ),
    "pretrain": (
        *("output", "when_busy", "pretrain", "augment.flip"),
        *_each("training", "accelerator", "devices", "nodes"),
    ),
    "train": (*_RUNS, *_SHARE, *TRAINING, *_CALLS),
    "evaluate": (*_RUNS, *_SCORES),
    "report": (
        *(*_RUNS, *_SCORES, "name", "report"),
        *_each("detection", "patches.size", "window_batch", "window_overlap"),
    ),
    "run": (*_RUNS, *_SHARE, *TABLE_SECTIONS, *TRAINING, *_SCORES, "object_stores", "report"),
    "advise": (
        "output",
        *_each("experiment", "classes_of_interest", "source", "adviser", "similarity"),
        *_each("model", "backbone", "pretrained", "sha256", "weights_cache", "input", "pooling"),
        *_each("evaluation", "batch_size", "confidence", "min_patients", "seed"),
    ),
    "experiment": ("output", "when_busy", "seeds", "experiment", *_SHARE, *TRAINING, *_SCORES),
}
_JOBS = _each("cluster", *JobSettings.model_fields)
USES |= {
    "submit run": (*USES["run"], *_JOBS),
    "submit experiment": (*USES["experiment"], *_JOBS),
}
"""Settings by their dotted names, or whole tables of them, by the name of the command."""
DIAGNOSIS_ALONE = (
    *("augment", "evaluation.batch_size", "report.wrong_predictions"),
    *_each("evaluation", "threshold_rule", "sensitivity", "call_patients"),
    *_each("losses", "align", "align_rate"),
    *_each("model", "backbone", "input", "pooling", "attention_heads"),
    *_each("training", "balance", "batch_size", "images_per_epoch", "teachers", "teacher_cells"),
    "training.fine_tune.cached_views",
)
DETECTION_ALONE = ("detection", "losses.dice_weight")
_PROTOTYPES: tuple[Method, ...] = ("xprotonet",)
_PRODUCT: tuple[Method, ...] = ("ma-reconstructed",)
_REGIONS: tuple[Method, ...] = ("rpsal",)
METHOD_ALONE: Mapping[str, tuple[Method, ...]] = {
    "losses.smoothing": ("swinchex",),
    "model.head_layers": ("swinchex",),
    "losses.focus": (*_PROTOTYPES, *_PRODUCT),
    "losses.class_counts": (*_PROTOTYPES, *_PRODUCT),
    **dict.fromkeys(
        (
            *_each("losses", "cluster_weight", "separation_weight", "occurrence_weight"),
            *_each("model", "prototypes", "prototype_features"),
            "training.prototypes",
        ),
        _PROTOTYPES,
    ),
    **dict.fromkeys(("losses.attention_weight", "model.product_features"), _PRODUCT),
    **dict.fromkeys(
        (
            *_each("model", "pyramid", "region_backbone", "region_pretrained"),
            *("losses.weighted_factor", "training.region_epochs"),
        ),
        _REGIONS,
    ),
}
"""Settings that count for some methods alone, and are shown where a recipe names one of these."""


def settings_of(command: str, recipe: Recipe) -> list[Setting]:
    """List the settings that a command reads, in a recipe's order.

    Args:
        command: of ``USES``.
        recipe: says the task, and gives the values.
    """
    task = recipe.detection.task
    passed = set(DETECTION_ALONE if task == "diagnosis" else DIAGNOSIS_ALONE)
    passed |= {name for name, own in METHOD_ALONE.items() if not {*own} & {*recipe.methods}}
    if task == "detection" and command == "train":
        passed |= set(_CALLS)
    return [
        one
        for one in every_setting(recipe)
        if _above(one.name) & set(USES[command])
        and (one.name == "detection.task" or not _above(one.name) & passed)
    ]


def every_setting(model: BaseModel, above: str = "") -> Iterator[Setting]:
    """List all settings of a recipe by their dotted names; of several tables those of the first.

    They are called ``sources.N.folder``; no word of the command line makes the first cross-walk.
    """
    for field, defined in type(model).model_fields.items():
        value = getattr(model, field)
        name = above + field
        inner = next(iter(get_args(defined.annotation)), None)
        if isinstance(value, BaseModel):
            yield from every_setting(value, f"{name}.")
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            for first in value[:1]:
                yield from every_setting(first, f"{name}.N.")
        else:
            yield Setting(name, value, type(model))


def _above(name: str) -> set[str]:
    """Give a dotted name and the tables that it stands in."""
    parts = name.split(".")
    return {".".join(parts[: place + 1]) for place in range(len(parts))}
