"""Classes in words, also where the vocabulary that they are from is not at hand."""

from collections.abc import Sequence

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import VocabularyError
from labelassemble.report.audit.manifest_facts import read_manifest_facts
from labelassemble.vocabulary.vocabulary import load_vocabulary


def class_titles(vocabulary: str, classes: Sequence[str]) -> dict[str, str]:
    """Give each class in words; where the vocabulary is not there, its name with blanks.

    The version may be another one: a name in words does not change what was assembled.

    Args:
        vocabulary: name of a built-in one, or path of a TOML file.
        classes: names.

    >>> class_titles("nobody's", ["pleural_plaque"])
    {'pleural_plaque': 'Pleural plaque'}
    """
    titles = {name: name.replace("_", " ").capitalize() for name in classes}
    try:
        known = {one.name: one.title for one in load_vocabulary(vocabulary).findings}
    except VocabularyError:
        return titles
    return {name: known.get(name, title) for name, title in titles.items()}


def table_titles(table: AssembledTable) -> dict[str, str]:
    """Give each class of a table in words."""
    vocabulary = read_manifest_facts(table, "vocabulary").get("name")
    return class_titles(str(vocabulary or ""), table.classes)
