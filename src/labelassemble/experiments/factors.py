"""What each part of a method adds: alone, on top of the control, and last, to all the others."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

CONTROL = "masked-logsumexp"
"""One linear head, L_bce on known cells of both views, log-sum-exp pooling."""
STACK = "stack"
"""Every part at once."""


class _Part(NamedTuple):
    """A part of a method that a setting switches.

    Attributes:
        title: in words.
        place: ``table.key`` of the recipe.
        on, off: the setting's values with and without it.
    """

    title: str
    place: str
    on: Any
    off: Any


_PARTS = {
    "second-view": _Part("L_bce on the second view", "losses.bce_views", "both", "weak"),
    "pooling": _Part("log-sum-exp pooling", "model.pooling", "logsumexp", "average"),
    "queries": _Part("class queries and adapter", "model.class_queries", True, False),
    "pseudo": _Part("L_pseudo", "losses.pseudo_weight", 1.0, 0.0),
    "consist": _Part("L_consist", "losses.consist_weight", 1.0, 0.0),
    "alignment": _Part("alignment", "losses.align", "prevalence", "none"),
    "teacher": _Part("soft labels of a teacher", "", None, None),
}
"""The parts by name. A teacher is no setting: it is trained first."""
CONTROL_PARTS = frozenset({"second-view", "pooling"})
NEED_TWO_VIEWS = frozenset({"queries", "pseudo", "consist"})
"""Parts that only the method label-assemble has."""


class _Made(NamedTuple):
    """What a choice of parts trains: method, title, changes of the recipe, teachers."""

    method: str
    title: str
    changes: dict[str, Any]
    teachers: int


class Factor(NamedTuple):
    """Two pairs of variants, each with and without a part; None: there is no such pair."""

    title: str
    alone: tuple[str, str]
    last: tuple[str, str] | None


def make_parts(parts: Collection[str], title: str) -> _Made:
    """Give method and changes for some of ``_PARTS``; the others are switched off."""
    method = "label-assemble" if NEED_TWO_VIEWS & set(parts) else "masked"
    matters = {"second-view", "pooling"} if method == "masked" else set(_PARTS) - {"teacher"}
    changes = {
        part.place: part.on if name in parts else part.off
        for name, part in _PARTS.items()
        if name in matters
    }
    return _Made(method, title, changes, int("teacher" in parts))


def factor_variants() -> Iterator[tuple[str, _Made]]:
    """Give the variants of the factor table that have no other name."""
    for name in ("queries", "pseudo", "consist"):
        title = f"the control with {_PARTS[name].title}"
        yield f"control-{name}", make_parts({*CONTROL_PARTS, name}, title)
    parts = {*CONTROL_PARTS, "consist", "alignment"}
    title = "the control with L_consist to aligned predictions"
    yield "control-aligned-consist", make_parts(parts, title)
    yield (
        STACK,
        make_parts(_PARTS, "all parts at once: " + ", ".join(one.title for one in _PARTS.values())),
    )
    for name, part in _PARTS.items():
        rest = set(_PARTS) - {name}
        yield f"{STACK}-without-{name}", make_parts(rest, f"all parts but {part.title}")


def _last(name: str) -> tuple[str, str]:
    return STACK, f"{STACK}-without-{name}"


FACTORS = (
    Factor("second view", ("masked-both-views", "masked"), _last("second-view")),
    Factor("pooling: log-sum-exp", (CONTROL, "masked-both-views"), _last("pooling")),
    Factor("queries", ("control-queries", CONTROL), _last("queries")),
    Factor("queries that look: generated attention", ("generated-attention", CONTROL), None),
    Factor("queries that look: cross-attention", ("cross-attention", CONTROL), None),
    Factor("L_pseudo", ("control-pseudo", CONTROL), _last("pseudo")),
    Factor("L_consist", ("control-consist", CONTROL), _last("consist")),
    Factor("alignment", ("control-aligned-consist", "control-consist"), _last("alignment")),
    Factor("teacher: soft labels", ("student", CONTROL), _last("teacher")),
    Factor("two more teachers", ("student-of-three", "student"), None),
    Factor("three networks for one", ("ensemble-of-three", CONTROL), None),
)
"""The rows of the factor table."""
FACTOR_ARMS = tuple(
    dict.fromkeys(
        name
        for factor in FACTORS
        for pair in (factor.alone, factor.last)
        if pair
        for name in reversed(pair)
    )
)
"""Every variant that the table needs; ``factors`` in ``experiment.variants`` stands for them."""
