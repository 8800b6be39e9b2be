"""What a mask's voxel values say about each class, by the source's manifest.

The same value means different things in different sources: 1 is a kidney with its cysts in KiTS19,
a kidney without them in KiTS23. What a source did not look for stays unknown in every voxel.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8

from labelassemble.errors import SourceError, some
from labelassemble.files.mask_rule import MaskRule
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.encodings.mask_values import BACKGROUND, MaskValues, read_meaning
from labelassemble.sources.manifest import Manifest
from labelassemble.vocabulary.harmonise import find_class
from labelassemble.vocabulary.vocabulary import Vocabulary

MAX_OWN_MASKS = 12
"""Terms of one image with a mask each: every combination of them gets its row."""


class MaskMeaning(NamedTuple):
    """A row of states for each voxel value.

    Attributes:
        classes: what is asked about.
        states: voxel value to one state a class: unknown, negative or positive
            (``sources.assessments``). Other values are errors.
        smallest: voxels that a value needs; fewer are specks, which say nothing.
        own_masks: number of terms with masks of their own, of which each that is drawn adds
            2 ** its place to the value; 0: the masks share values.
        above: as ``labels.above``.
        value: what a number above it becomes.
        colours: of the values 1, 2, ...
    """

    classes: tuple[str, ...]
    states: Mapping[int, tuple[int, ...]]
    smallest: int = 1
    own_masks: int = 0
    above: float | None = None
    value: int = 1
    colours: tuple[str, ...] = ()

    @property
    def rule(self) -> MaskRule:
        """How the files' numbers are read."""
        named = None if self.own_masks else self.states
        return MaskRule(named, self.above, self.value, self.colours)

    def without_specks(self, counts: Mapping[int, int]) -> "MaskMeaning":
        """Make values unknown, where they are positive, that too few voxels have."""
        few = {value for value, count in counts.items() if count < self.smallest}
        states = {
            value: tuple(UNKNOWN if one == POSITIVE and value in few else one for one in row)
            for value, row in self.states.items()
        }
        return self._replace(states=states)

    def table(self) -> UInt8[np.ndarray, "classes values"]:
        """Give the states as an array that voxel values index; values not named: unknown."""
        table = np.full((len(self.classes), max(self.states) + 1), UNKNOWN, dtype=np.uint8)
        for value, row in self.states.items():
            table[:, value] = row
        return table


def find_meaning(
    manifest: Manifest,
    vocabulary: Vocabulary,
    classes: Sequence[str],
    folder: Path,
    own_masks: Sequence[str] = (),
) -> MaskMeaning:
    """Work out what voxel values say about classes.

    A value's term is positive; what else the source looked for is negative there. Then, as far as
    the vocabulary says so, a positive makes broader classes positive and a negative makes narrower
    ones negative; a union is negative where all of its parts are.

    Args:
        manifest: of a source whose labels are ``mask_values``.
        vocabulary: its terms, and what follows from what.
        classes: what is asked about, in this order.
        folder: the images folder, where ``labels.dataset`` lies.
        own_masks: where each term has a mask of its own (``labels.masks``): the terms whose files
            are there, in the order in which the files will be given.

    Raises:
        SourceError: labels of another kind, or a term that has no mask.
        VocabularyError: the manifest names a class that the vocabulary does not hold.

    >>> from labelassemble.sources.manifest_file import load_manifest
    >>> from labelassemble.vocabulary.vocabulary import load_vocabulary
    >>> words = load_vocabulary("abdominal_ct")
    >>> for name in ("kits19", "kits23"):
    ...     asked = ("kidney_tumor", "kidney_cyst")
    ...     find_meaning(load_manifest(name), words, asked, Path()).states[1]
    (1, 0)
    (1, 1)
    """
    labels = manifest.labels
    if not isinstance(labels, MaskValues):
        raise SourceError(
            f"voxel values of masks in the manifest {manifest.name}",
            f"labels of the kind {labels.encoding}",
            "Take a source whose labels.encoding is mask_values",
        )
    if labels.masks:
        return _find_own(manifest, labels, vocabulary, classes, own_masks)
    terms, ignore = read_meaning(labels, folder)
    said = {term: find_class(term, manifest, vocabulary) for term in terms if term}
    looked = {said[term] for term in manifest.scope.terms or said if said.get(term)}
    named = {value for values in terms.values() for value in values}
    states = {}
    for value in {BACKGROUND, *named} - ignore:
        positive = {said[term] for term, own in terms.items() if value in own and said.get(term)}
        states[value] = _imply(positive, looked, vocabulary, classes)
    states |= {value: (UNKNOWN,) * len(classes) for value in ignore}
    return MaskMeaning(
        tuple(classes),
        states,
        labels.smallest,
        above=labels.above,
        value=labels.value,
        colours=labels.colours,
    )


def _find_own(
    manifest: Manifest,
    labels: MaskValues,
    vocabulary: Vocabulary,
    classes: Sequence[str],
    there: Sequence[str],
) -> MaskMeaning:
    if strange := [term for term in there if term not in labels.masks]:
        raise SourceError(
            f"terms of labels.masks: {', '.join(labels.masks)}",
            f"{strange[0]!r}",
            "Give the masks of terms that it names",
        )
    scope = manifest.scope.terms or tuple(labels.masks)
    meaning = find_drawn_meaning(manifest, vocabulary, classes, there, scope)
    return meaning._replace(smallest=labels.smallest, above=labels.above)


def find_drawn_meaning(
    manifest: Manifest,
    vocabulary: Vocabulary,
    classes: Sequence[str],
    there: Sequence[str],
    scope: Sequence[str],
    complete: bool = True,
) -> MaskMeaning:
    """Work out what it says about classes that each of several terms is drawn by itself.

    Args:
        manifest: of their source.
        vocabulary: its terms, and what follows from what.
        classes: what is asked about, in this order.
        there: terms that are drawn, in the order in which they will be given: each adds 2 ** its
            place to the value of a voxel.
        scope: terms that the source looked for.
        complete: whether all that there is of these terms is drawn, so that the rest is negative;
            else it is unknown.

    Raises:
        SourceError: more terms than ``MAX_OWN_MASKS``.
        VocabularyError: the manifest names a class that the vocabulary does not hold.
    """
    if len(there) > MAX_OWN_MASKS:
        raise SourceError(
            f"at most {MAX_OWN_MASKS} terms drawn by themselves on one image",
            f"{len(there)} terms: {some(there)}",
            "Give the masks of terms that mean a class, and leave organs out",
        )
    said = [find_class(term, manifest, vocabulary) for term in there]
    looked = {name for term, name in zip(there, said, strict=True) if name and term in scope}
    states = {}
    for drawn in product((False, True), repeat=len(there)):
        positive = {name for name, is_in in zip(said, drawn, strict=True) if name and is_in}
        value = sum(2**place for place, is_in in enumerate(drawn) if is_in)
        row = _imply(positive, looked, vocabulary, classes)
        if not complete:
            row = tuple(one if one == POSITIVE else UNKNOWN for one in row)
        states[value] = row
    return MaskMeaning(tuple(classes), states, own_masks=len(there))


def _imply(
    positive: Iterable[str | None],
    looked: Iterable[str | None],
    vocabulary: Vocabulary,
    classes: Sequence[str],
) -> tuple[int, ...]:
    """States of one voxel value; positive beats negative beats unknown."""
    up, down = vocabulary.imply_up(), vocabulary.imply_down()
    present = {name for name in positive if name}
    present |= {parent for name in present for parent in up.get(name, ())}
    absent = {name for name in looked if name} - present
    absent |= {name for name, parents in down.items() if absent.intersection(parents)} - present
    absent |= {
        name for name, parts in vocabulary.unions().items() if parts and absent.issuperset(parts)
    } - present
    return tuple(
        POSITIVE if name in present else NEGATIVE if name in absent else UNKNOWN for name in classes
    )
