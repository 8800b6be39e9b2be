"""No source has a class of the table, and what to do."""

from collections.abc import Sequence

from labelassemble.errors import some
from labelassemble.vocabulary.class_table import ClassTable


def remark_no_class(tables: Sequence[ClassTable]) -> tuple[str, str]:
    """Tell that a table has no class, as no source looked for one; and what to do.

    Args:
        tables: the sources, in recipe order.
    """
    unmapped = {term for table in tables for term in table.unmapped["term"]}
    why = (
        f"the vocabulary knows none of {some(sorted(unmapped))}"
        if unmapped
        else "the sources have no labels, or their manifests set all of them aside"
    )
    return (
        f"No class: {why}. What is assembled of this alone is images, their patients and the "
        "split, for audit, export and pretrain",
        "For labels say in [terms] of the manifest what its terms mean, name another vocabulary, "
        "or add a source that has some",
    )
