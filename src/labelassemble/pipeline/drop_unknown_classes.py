"""Keys and classes of ``[terms]`` that are not there."""

from dataclasses import replace

from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.problems import Problems, name_nearest
from labelassemble.vocabulary.vocabulary import Vocabulary


def drop_unknown_classes(
    table: LabelTable, vocabulary: Vocabulary, problems: Problems
) -> LabelTable:
    """Note the keys and classes of ``[terms]`` that are not there, and take them out.

    Args:
        table: the source.
        vocabulary: knows the classes.
        problems: takes the notes.
    """
    known = [finding.name for finding in vocabulary.findings]
    own = [*dict.fromkeys([*table.scope, *table.assessments.columns])]
    kept = dict[str, str]()
    for term, name in table.manifest.terms.items():
        if name and name not in known:
            problems.note(
                f"a class of the vocabulary {vocabulary.name} for the term {term!r}",
                f"[terms] maps {term!r} to {name!r}, which is no class of the vocabulary "
                f"{vocabulary.name}{name_nearest(name, known)}",
                "Fix the class, or name the vocabulary that has it",
            )
            continue
        kept[term] = name
        if own and term not in own and term not in table.manifest.scope.positive_only:
            problems.remark(
                f"[terms] speaks of {term!r}, which is no term of the source"
                + name_nearest(term, own),
                "Fix the term, or take it out",
            )
    return replace(table, manifest=table.manifest.model_copy(update={"terms": kept}))
