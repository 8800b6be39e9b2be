"""Probabilities that do not contradict the vocabulary: no case is likelier than its class."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from labelassemble.errors import VocabularyError
from labelassemble.vocabulary.vocabulary import load_vocabulary


def make_coherent(
    probability: Float[np.ndarray, "images classes"],
    classes: Sequence[str],
    implied: Mapping[str, Sequence[str]],
) -> Float[np.ndarray, "images classes"]:
    """Raise each class to the most probable of the classes that imply it; nothing is lowered.

    Args:
        probability: in [0, 1].
        classes: names of its columns.
        implied: class to the classes that are present wherever it is, all of them
            (``Vocabulary.imply_up``); of classes that have no column nothing is said.

    >>> make_coherent(np.array([[0.2, 0.7]]), ["opacity", "edema"], {"edema": ["opacity"]})
    array([[0.7, 0.7]])
    """
    place = {name: number for number, name in enumerate(classes)}
    coherent = probability.copy()
    for child, parents in implied.items():
        for parent in parents:
            if child in place and parent in place:
                np.maximum(
                    coherent[:, place[parent]],
                    probability[:, place[child]],
                    out=coherent[:, place[parent]],
                )
    return coherent


def implied_classes(
    vocabulary: str, version: str, classes: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Give, for each class, those of the others that are present wherever it is.

    Args:
        vocabulary: name of a built-in one, or path of a TOML file.
        version: of the vocabulary that the classes were made with; of another one nothing is known.
        classes: all that count.

    >>> implied_classes("chest_radiograph", "2.0", ["nodule", "nodule_or_mass", "edema"])
    {'nodule': ('nodule_or_mass',)}
    """
    try:
        known = load_vocabulary(vocabulary)
    except VocabularyError:  # One of the user's own, which lay elsewhere.
        return {}
    if known.version != version:
        return {}
    implied = {
        child: tuple(parent for parent in parents if parent in classes)
        for child, parents in known.imply_up().items()
        if child in classes
    }
    return {child: parents for child, parents in implied.items() if parents}
