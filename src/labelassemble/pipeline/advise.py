"""A recipe in, a ranking of what to add out, before anything is trained."""

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import SettingsError, unknown_name
from labelassemble.experiments.adviser import advise
from labelassemble.experiments.adviser_file import load_adviser
from labelassemble.experiments.candidates import class_candidates, source_candidates
from labelassemble.experiments.choices import one_class
from labelassemble.experiments.describe_advice import describe_advice
from labelassemble.experiments.similarity import describe_kinds, measure_similarity
from labelassemble.images.store import ImageStore
from labelassemble.settings import Recipe


def advise_recipe(recipe: Recipe, table: AssembledTable, store: ImageStore) -> str:
    """Rank the classes, then the sources, by what they would bring to the class of interest.

    Args:
        recipe: with one class in ``experiment.classes_of_interest``; ``experiment.source`` is the
            source in use, none: those that judged the class of interest.
        table: the assembled table of all sources, those not yet used included.
        store: its images.

    Returns:
        Two rankings as text.

    Raises:
        SettingsError: not one class of interest, or no such source.
        AssemblyError: a class that the table does not have.
        RunError: an adviser's file that cannot be read.
    """
    interest = one_class(recipe, table)
    used = sources_in_use(recipe, table, interest)
    place = recipe.experiment.adviser
    adviser = None if place is None else load_adviser(place)
    similarity = measure_similarity(recipe, table, store, interest)
    found = [class_candidates(table, interest, similarity, used)]
    found.append(source_candidates(table, interest, similarity, used))
    told = [
        describe_advice(advise(candidates, adviser), adviser)
        for candidates in found
        if not candidates.is_empty()
    ]
    return "\n\n".join([*told, describe_kinds(recipe)])


def sources_in_use(recipe: Recipe, table: AssembledTable, interest: str) -> list[str]:
    """Sources that are there already: the one that is named, or those with positives.

    Raises:
        SettingsError: no such source.
    """
    named = recipe.experiment.source
    if named is not None:
        if named not in table.scopes:
            raise SettingsError(
                "a source of the table in experiment.source",
                unknown_name("source", named, table.scopes),
                "Name one of these",
            )
        return [named]
    positive = table.cells.filter(pl.col("class") == interest, pl.col("label") == 1)
    having = set(positive["source"].str.split("+").explode())
    return [name for name in table.scopes if name in having]
