"""Networks that are to predict together: those whose predictions mean the same."""

from collections.abc import Sequence
from typing import Any

from labelassemble.errors import RunError, some
from labelassemble.inference.member import EnsembleMember
from labelassemble.inference.operating_file import hash_weights


def refuse_unequal(members: Sequence[EnsembleMember]) -> None:
    """Refuse networks whose predictions cannot be averaged; all that differs in one error.

    They need the same classes, vocabulary and policies, and to be different networks that predict
    whole images.

    Raises:
        RunError: says what differs, and in which run.
    """
    first, *others = members
    differing = list[str]()
    for number, other in enumerate(others, start=1):
        told = [
            f"{what}: {there} (the first: {here})" for what, here, there in _compare(first, other)
        ]
        if any(hash_weights(other.place) == hash_weights(one.place) for one in members[:number]):
            told.append("a network that is named twice")
        if told:
            differing.append(f"{other.place}: {'; '.join(told)}")
    lesions = [str(one.place) for one in members if one.description.detection is not None]
    if lesions and others:
        differing.append(f"{some(lesions)}: finds lesions")
    if differing:
        raise RunError(
            "runs that can be averaged: other networks that predict whole images, of the same "
            "classes, vocabulary and policies",
            some(differing, 5),
            "Leave those out, or train them with the same recipe (other seeds, methods, backbones)",
        )


def _compare(first: EnsembleMember, other: EnsembleMember) -> list[tuple[str, str, str]]:
    """What differs, how it is in the first, and in the other."""
    here, there = _facts(first), _facts(other)
    return [
        (name, _only(here[name], there[name]), _only(there[name], here[name]))
        for name in here
        if here[name] != there[name]
    ]


def _facts(member: EnsembleMember) -> dict[str, Any]:
    said = member.description
    return {
        "classes": list(said.classes),
        "vocabulary": f"{said.vocabulary} {said.vocabulary_version}",
        "parents of classes": {name: list(of) for name, of in member.implied.items()},
        "policies": said.policies,
        "unknown cells": "negative" if said.method == "unknown-as-negative" else "unknown",
    }


def _only(one: Any, other: Any) -> str:
    """What one has and the other has not, short."""
    if isinstance(one, dict) and isinstance(other, dict):
        own = [f"{key} {value}" for key, value in one.items() if other.get(key) != value]
        return some(own) or "none"
    if isinstance(one, list) and isinstance(other, list):
        return some([name for name in one if name not in other]) or "no others"
    return "not told" if one is None else str(one)
