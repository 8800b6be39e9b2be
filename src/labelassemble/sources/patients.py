"""Patients whose names stand inside other names."""

import polars as pl

from labelassemble.errors import plural, some
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.problems import AT_ONCE, Problems


def find_patients(
    facts: pl.DataFrame, pattern: str, column: str, problems: Problems = AT_ONCE
) -> pl.DataFrame:
    """Take the patient out of a column of ``facts``, image or patient; blank stays blank.

    Args:
        facts: columns image and patient, as text.
        pattern: regular expression with a group ``patient``.
        column: where to search.
        problems: takes names in which the pattern finds no patient; they name none.

    >>> facts = pl.DataFrame({"image": ["p7/1.png"], "patient": [""]})
    >>> find_patients(facts, r"^p(?P<patient>\\d+)/", "image")["patient"].to_list()
    ['7']
    """
    expression = compile_pattern(pattern)
    different = facts[column].unique().sort()
    found = [expression.search(text) for text in different]
    strange = [text for text, match in zip(different, found, strict=True) if text and not match]
    if strange:
        problems.note(
            f"a patient in every name of the {column}, as patient_pattern finds it",
            f"patient_pattern finds none in {plural(len(strange), 'different name')} of the "
            f"{column}, such as {some(strange, 3)}",
            f"Fix the pattern {pattern!r}",
            count=len(strange),
        )
    names = [match["patient"] or "" if match else "" for match in found]
    return facts.with_columns(
        patient=pl.col(column).replace_strict(different, names, return_dtype=pl.String)
    )
