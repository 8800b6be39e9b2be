"""The sources of a recipe, each in the vocabulary's classes: all that is wrong told at once."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from labelassemble.settings import SourceSettings
from labelassemble.sources.label_table import LabelTable
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.problems import Problems, name_nearest, raise_problems
from labelassemble.sources.read import collect_source
from labelassemble.vocabulary.class_table import ClassTable
from labelassemble.vocabulary.harmonise import harmonise
from labelassemble.vocabulary.vocabulary import Vocabulary


def read_sources(
    sources: Sequence[SourceSettings], vocabulary: Vocabulary, headers: Path | None = None
) -> list[ClassTable]:
    """Read all sources.

    Args:
        sources: settings of each.
        vocabulary: knows the classes.
        headers: a file that keeps the headers of DICOM files; none: nothing does.

    Raises:
        SourceError: what is wrong with all of them and their manifests, as `check` tells it.
    """
    found = {source.name: Problems() for source in sources}
    tables = [_read(source, vocabulary, found[source.name], headers) for source in sources]
    raise_problems(found)
    return [table for table in tables if table is not None]


def _read(
    source: SourceSettings, vocabulary: Vocabulary, problems: Problems, headers: Path | None
) -> ClassTable | None:
    manifest = problems.attempt(lambda: load_manifest(source.manifest, problems=problems))
    if manifest is None:
        return None
    table = collect_source(source, manifest, problems, headers=headers)
    if table is None:
        return None
    return harmonise(drop_unknown_classes(table, vocabulary, problems), vocabulary)


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
