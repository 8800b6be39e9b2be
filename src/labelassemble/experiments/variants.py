"""What can be compared by name: the methods, their ablations, and the control."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from labelassemble.errors import SettingsError, unknown_name
from labelassemble.experiments.factors import FACTOR_ARMS, factor_variants
from labelassemble.experiments.system_variants import SYSTEM_ARMS, SYSTEM_VARIANTS
from labelassemble.settings import Method, Recipe

AS_IN_PAPERS = {"losses.bce_views": "weak", "model.pooling": "average"}
"""What every paper has that says nothing else."""


@dataclass(frozen=True)
class Variant:
    """A method, and the settings in which it differs from the recipe.

    Attributes:
        method: what is trained.
        title: what it is, in a line.
        changes: ``table.key`` of the recipe to its value.
        teachers: networks of the control, of other seeds, that it learns from.
        length: times as many epochs as the others.
        averages: it learns nothing itself: its prediction is the mean of those networks.
    """

    method: Method
    title: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    teachers: int = 0
    length: int = 1
    averages: bool = False

    def change(self, recipe: Recipe) -> Recipe:
        """Give the recipe with this variant's settings; what neither names, as the papers have it.

        So ``masked`` sees one view and takes the mean; in a recipe's ``methods`` it sees both.
        """
        plain = {
            place: value
            for place, value in AS_IN_PAPERS.items()
            if getattr(getattr(recipe, place.split(".")[0]), place.split(".")[1]) == "method"
        }
        return change_settings(recipe, {**plain, **self.changes})


def change_settings(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Give the recipe with some settings changed, and checked again.

    Args:
        recipe: resolved settings.
        changes: ``table.key``, such as ``losses.temperature`` or
            ``training.fine_tune.layer_decay``, to the new value.
    """
    tables: dict[str, dict[str, Any]] = {}
    for place, value in changes.items():
        table, *inner, key = place.split(".")
        target = tables.setdefault(table, getattr(recipe, table).model_dump())
        for name in inner:
            target = target[name]
        target[key] = value
    changed = {
        table: type(getattr(recipe, table)).model_validate(values)
        for table, values in tables.items()
    }
    return recipe.model_copy(update=changed)


BEST_CONTROL = {"losses.bce_views": "both", "model.pooling": "logsumexp"}

VARIANTS: Mapping[str, Variant] = {
    "single": Variant("single", "one network a source, on that source's labels alone"),
    "unknown-as-negative": Variant(
        "unknown-as-negative", "one linear head; every missing label counted as absent"
    ),
    "masked": Variant("masked", "one linear head, L_bce on known cells"),
    "masked-both-views": Variant(
        "masked",
        "masked, with L_bce on both views: as much augmentation, as many passes",
        {"losses.bce_views": "both"},
    ),
    "masked-logsumexp": Variant(
        "masked",
        "the control: masked, both views, log-sum-exp pooling with a learned sharpness a class",
        BEST_CONTROL,
    ),
    "masked-logsumexp-twice": Variant(
        "masked",
        "the control, twice as long: the steps of a student and its teacher",
        BEST_CONTROL,
        length=2,
    ),
    "student": Variant(
        "masked", "the control, taught by one network of it", BEST_CONTROL, teachers=1
    ),
    "student-of-three": Variant(
        "masked", "the control, taught by three networks of it", BEST_CONTROL, teachers=3
    ),
    "ensemble-of-three": Variant(
        "masked",
        "the mean prediction of three networks of the control: what teaches student-of-three",
        BEST_CONTROL,
        teachers=3,
        averages=True,
    ),
    "self-distilled": Variant(
        "masked",
        "the control, whose teacher predicts known cells alone: it says nothing new",
        {**BEST_CONTROL, "training.teacher_cells": "known"},
        teachers=1,
    ),
    "masked-residual-attention": Variant(
        "masked",
        "masked, both views, class-specific residual attention",
        {"losses.bce_views": "both", "model.pooling": "residual_attention"},
    ),
    "masked-max": Variant(
        "masked",
        "masked, both views, the largest probability of the map",
        {"losses.bce_views": "both", "model.pooling": "max"},
    ),
    "masked-no-exclusion": Variant(
        "masked",
        "masked, where a drawn lesion says nothing of the classes that exclude it",
        {"detection.exclusive": ()},
    ),
    "med3d": Variant("med3d", "one head a source (Chen 2019)"),
    "dodnet": Variant("dodnet", "a controller makes the head of each source (Zhang 2021)"),
    "med3d-both-views": Variant(
        "med3d",
        "med3d, both views, log-sum-exp pooling",
        BEST_CONTROL,
    ),
    "dodnet-both-views": Variant(
        "dodnet",
        "dodnet, both views, log-sum-exp pooling",
        BEST_CONTROL,
    ),
    "label-assemble": Variant(
        "label-assemble",
        "class queries, adapter, L_pseudo, L_consist, as the authors ran it: t = 4, the gradient "
        "through the sharpened prediction, both terms on all cells",
    ),
    "full": Variant("full", "one linear head with the labels that are hidden from the others"),
    "full-both-views": Variant(
        "full", "full, with L_bce on both views", {"losses.bce_views": "both"}
    ),
    "full-logsumexp": Variant(
        "full",
        "full, both views, log-sum-exp pooling",
        BEST_CONTROL,
    ),
    "no-queries": Variant(
        "label-assemble", "a linear head in place of the queries", {"model.class_queries": False}
    ),
    "no-pseudo": Variant("label-assemble", "without L_pseudo", {"losses.pseudo_weight": 0.0}),
    "no-consist": Variant("label-assemble", "without L_consist", {"losses.consist_weight": 0.0}),
    "logsumexp": Variant("label-assemble", "log-sum-exp pooling", {"model.pooling": "logsumexp"}),
    "logsumexp-both-views": Variant(
        "label-assemble",
        "log-sum-exp pooling, and L_bce on both views",
        BEST_CONTROL,
    ),
    "generated-attention": Variant(
        "label-assemble",
        "queries that make an attention, L_bce on both views, no unlabelled terms",
        {
            "model.query_attention": "generated",
            "losses.pseudo_weight": 0.0,
            "losses.consist_weight": 0.0,
            "losses.bce_views": "both",
        },
    ),
    "cross-attention": Variant(
        "label-assemble",
        "queries that look by cross-attention, L_bce on both views, no unlabelled terms",
        {
            "model.query_attention": "cross",
            "losses.pseudo_weight": 0.0,
            "losses.consist_weight": 0.0,
            "losses.bce_views": "both",
        },
    ),
    "queries-only": Variant(
        "label-assemble",
        "class queries and adapter, L_bce on both views, no unlabelled terms",
        {"losses.pseudo_weight": 0.0, "losses.consist_weight": 0.0, "losses.bce_views": "both"},
    ),
    "both-views": Variant(
        "label-assemble", "L_bce on the strong view too", {"losses.bce_views": "both"}
    ),
    "hard-labels": Variant("label-assemble", "t = 1: hard labels", {"losses.temperature": 1.0}),
    "temperature-2": Variant("label-assemble", "t = 2", {"losses.temperature": 2.0}),
    "threshold-0.3": Variant("label-assemble", "tau = 0.3", {"losses.threshold": 0.3}),
    "threshold-by-prevalence": Variant(
        "label-assemble",
        "tau = the share of positives of each class",
        {"losses.threshold_rule": "prevalence"},
    ),
    "prevalence-both-views": Variant(
        "label-assemble",
        "tau by prevalence, and L_bce on both views",
        {"losses.threshold_rule": "prevalence", "losses.bce_views": "both"},
    ),
    "aligned": Variant(
        "label-assemble",
        "predictions of each source shifted to the mean of the known labels before sharpening",
        {"losses.align": "prevalence"},
    ),
    "aligned-consist": Variant(
        "label-assemble",
        "aligned, without L_pseudo, and L_bce on both views",
        {
            "losses.align": "prevalence",
            "losses.pseudo_weight": 0.0,
            "losses.bce_views": "both",
            "losses.temperature": 2.0,
            "losses.detach_pseudo_label": True,
            "losses.cells": "unknown",
        },
    ),
    "fast-adapter": Variant(
        "label-assemble",
        "adapter and queries learn as fast as the backbone",
        {"training.adapter_rate": 1.0},
    ),
    "unknown-cells": Variant(
        "label-assemble",
        "L_pseudo and L_consist on unknown cells alone",
        {"losses.cells": "unknown"},
    ),
    "detached": Variant(
        "label-assemble",
        "the sharpened prediction is a constant",
        {"losses.detach_pseudo_label": True},
    ),
    "first-form": Variant(
        "label-assemble",
        "t = 2, the sharpened prediction a constant, unknown cells alone: our first reading",
        {
            "losses.temperature": 2.0,
            "losses.detach_pseudo_label": True,
            "losses.cells": "unknown",
        },
    ),
    "literal-norm": Variant(
        "label-assemble", "the literal Euclidean norm", {"losses.distance": "norm"}
    ),
    "queries-from-names": Variant(
        "label-assemble", "queries start from the class names", {"model.query_start": "names"}
    ),
    **{
        name: Variant(cast(Method, made.method), made.title, made.changes, made.teachers)
        for name, made in factor_variants()
    },
    **{name: Variant(*made) for name, made in SYSTEM_VARIANTS.items()},
}
"""Every variant by name; ``labelassemble experiment`` takes them in ``experiment.variants``."""

ABLATIONS = (
    "label-assemble",
    "no-queries",
    "no-pseudo",
    "no-consist",
    "queries-only",
    "hard-labels",
    "temperature-2",
    "threshold-by-prevalence",
    "aligned",
    "aligned-consist",
    "fast-adapter",
    "unknown-cells",
    "detached",
    "first-form",
    "logsumexp",
    "generated-attention",
    "cross-attention",
    "literal-norm",
    "queries-from-names",
)
"""The variants that take one thing of the method away, or change it, and the method itself."""

_GROUPS = {"ablations": ABLATIONS, "factors": FACTOR_ARMS, "systems": SYSTEM_ARMS}
"""Words that stand for several variants."""


def choose_variants(asked: Sequence[str], otherwise: Sequence[str]) -> dict[str, Variant]:
    """Give variants by name; words of ``_GROUPS`` stand for several.

    Args:
        asked: names from the settings; none: ``otherwise``.
        otherwise: the experiment's own choice.

    Raises:
        SettingsError: no such variant, or one asked for twice.
    """
    names = [name for word in asked or otherwise for name in _GROUPS.get(word, (word,))]
    for name in names:
        if name not in VARIANTS:
            raise SettingsError(
                "variants that labelassemble knows, in experiment.variants",
                unknown_name("variant", name, [*VARIANTS, *_GROUPS]),
                "Name some of these",
            )
    names = list(dict.fromkeys(names))
    return {name: VARIANTS[name] for name in names}
