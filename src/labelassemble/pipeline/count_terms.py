"""How many images say what of each term, and of each class of a table of one source alone."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from labelassemble.assembly.settle_cells import settle_cells
from labelassemble.errors import AssemblyError
from labelassemble.pipeline.source_check import TermCount, _Counts
from labelassemble.settings import AssemblySettings, SourceSettings
from labelassemble.sources.assessments import NEGATIVE, POSITIVE, STATES, UNCERTAIN
from labelassemble.sources.label_table import LabelTable
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.vocabulary import Vocabulary


def count_class_cells(
    classes: ClassTable, vocabulary: Vocabulary, source: SourceSettings, settings: AssemblySettings
) -> dict[str, _Counts]:
    """Count the cells of a table that is assembled of this source alone.

    Args:
        classes: the source.
        vocabulary: the classes there are.
        source: says what becomes of images without a file.
        settings: the policies.

    Returns:
        Class to the images on which it is positive, negative, uncertain and unknown; nothing
        where no table can be made.
    """
    # What is refused has been told; the counts are those without it.
    if source.missing_images == "error":
        source = source.model_copy(update={"missing_images": "keep"})
    try:
        settled = settle_cells([classes], vocabulary, settings, sources=[source])
    except AssemblyError:
        return {}
    records = settled.images["record_row"].n_unique()
    cells = settled.weighed.cells
    found = pl.DataFrame({"place": cells.place, "state": cells.state})
    counts = {
        (place, state): count for place, state, count in found.group_by(pl.all()).len().rows()
    }
    told = {}
    for place, name in enumerate(settled.classes):
        positive, negative, uncertain = (
            counts.get((place, state), 0) for state in (POSITIVE, NEGATIVE, UNCERTAIN)
        )
        unknown = records - positive - negative - uncertain
        told[name] = (positive, negative, uncertain, unknown)
    return told


def count_terms(
    table: LabelTable, vocabulary: Vocabulary, cells: Mapping[str, _Counts]
) -> tuple[TermCount, ...]:
    """Count the images on which each term of a source is positive, negative, uncertain, unknown.

    Args:
        table: the source.
        vocabulary: says which class a term means.
        cells: counts of the classes that are assembled; a term that means none of them counts in
            its own words, the strongest assessment on an image.
    """
    said = table.assessments
    terms = dict.fromkeys([*table.scope, *said.columns])
    first = np.flatnonzero(np.diff(said.image, prepend=-1))
    counts = []
    for term in terms:
        name = table.manifest.terms.get(term, vocabulary.find(term))
        if name is not None and name in cells:
            counts.append(TermCount(term, name, *cells[name]))
            continue
        states = said.column(term)
        strongest = np.maximum.reduceat(states, first) if len(first) else states
        number = np.bincount(strongest, minlength=len(STATES))
        number[0] += table.images.height - len(strongest)
        unknown, negative, uncertain, positive = (int(one) for one in number)
        counts.append(TermCount(term, name, positive, negative, uncertain, unknown))
    return tuple(counts)
