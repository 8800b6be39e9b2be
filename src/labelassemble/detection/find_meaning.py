"""What a mask's voxel values say about each class, found in the legend of its source."""

from collections.abc import Iterable, Sequence
from itertools import product

from labelassemble.errors import SourceError, some
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, UNKNOWN
from labelassemble.sources.encodings.mask_values import BACKGROUND
from labelassemble.sources.mask_legend import MaskLegend
from labelassemble.volumes.mask_meaning import MaskMeaning

MAX_OWN_MASKS = 12
"""Terms of one image with a mask each: every combination of them gets its row."""


def find_meaning(
    legend: MaskLegend,
    classes: Sequence[str],
    there: Sequence[str] = (),
    complete: bool = True,
) -> MaskMeaning:
    """Work out what voxel values say about classes.

    A value's term is positive; what else the source looked for is negative there. Then, as far as
    the legend says so, a positive makes broader classes positive and a negative makes narrower
    ones negative; a union is negative where all of its parts are.

    Args:
        legend: of the source's masks, with the classes of its terms and what follows from them.
        classes: what is asked about, in this order.
        there: where each term is drawn by itself, the terms that are, in the order in which they
            will be given: each adds 2 ** its place to the value of a voxel.
        complete: whether all that there is of these terms is drawn, so that the rest is negative;
            else it is unknown.

    Raises:
        SourceError: more terms than ``MAX_OWN_MASKS``, each drawn by itself.

    >>> from labelassemble.sources.mask_legend import LegendTerm
    >>> kidney = LegendTerm(term="kidney", values=(1,))
    >>> tumour = LegendTerm(term="tumour", values=(2,), of_class="kidney_tumor")
    >>> legend = MaskLegend(terms=(kidney, tumour), by_itself=False)
    >>> find_meaning(legend, ("kidney_tumor", "kidney_cyst")).states
    {0: (1, 0), 1: (1, 0), 2: (3, 0)}
    """
    if legend.by_itself:
        return _find_own(legend, classes, there, complete)
    looked = {one.of_class for one in legend.terms if one.looked_for}
    named = {value for one in legend.terms for value in one.values}
    states = {}
    for value in sorted({BACKGROUND, *named} - set(legend.ignore)):
        positive = {one.of_class for one in legend.terms if value in one.values}
        states[value] = _imply(legend, positive, looked, classes)
    states |= {value: (UNKNOWN,) * len(classes) for value in legend.ignore}
    return MaskMeaning(
        tuple(classes),
        states,
        legend.smallest,
        above=legend.above,
        value=legend.value,
        colours=legend.colours,
    )


def _find_own(
    legend: MaskLegend,
    classes: Sequence[str],
    there: Sequence[str],
    complete: bool,
) -> MaskMeaning:
    if len(there) > MAX_OWN_MASKS:
        raise SourceError(
            f"at most {MAX_OWN_MASKS} terms drawn by themselves on one image",
            f"{len(there)} terms: {some(there)}",
            "Give the masks of terms that mean a class, and leave organs out",
        )
    of_term = {one.term: one for one in legend.terms}
    drawn_terms = [of_term[term] for term in there]
    looked = {one.of_class for one in drawn_terms if one.looked_for}
    states = {}
    for drawn in product((False, True), repeat=len(there)):
        positive = {one.of_class for one, is_in in zip(drawn_terms, drawn, strict=True) if is_in}
        value = sum(2**place for place, is_in in enumerate(drawn) if is_in)
        row = _imply(legend, positive, looked, classes)
        if not complete:
            row = tuple(one if one == POSITIVE else UNKNOWN for one in row)
        states[value] = row
    return MaskMeaning(
        tuple(classes), states, legend.smallest, own_masks=len(there), above=legend.above
    )


def _imply(
    legend: MaskLegend,
    positive: Iterable[str],
    looked: Iterable[str],
    classes: Sequence[str],
) -> tuple[int, ...]:
    """States of one voxel value; positive beats negative beats unknown."""
    up, down = legend.imply_up, legend.imply_down
    present = {name for name in positive if name}
    present |= {parent for name in present for parent in up.get(name, ())}
    absent = {name for name in looked if name} - present
    absent |= {name for name, parents in down.items() if absent.intersection(parents)} - present
    absent |= {
        name for name, parts in legend.unions.items() if parts and absent.issuperset(parts)
    } - present
    return tuple(
        POSITIVE if name in present else NEGATIVE if name in absent else UNKNOWN for name in classes
    )
