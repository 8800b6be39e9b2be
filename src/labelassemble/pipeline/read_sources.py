"""The sources of a recipe, each in the vocabulary's classes: all that is wrong told at once."""

from collections.abc import Sequence
from pathlib import Path

from labelassemble.assembly.release_memory import release_memory
from labelassemble.pipeline.drop_unknown_classes import drop_unknown_classes
from labelassemble.settings import SourceSettings
from labelassemble.sources.manifest_file import load_manifest
from labelassemble.sources.problems import Problems, raise_problems
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
    classes = harmonise(drop_unknown_classes(table, vocabulary, problems), vocabulary)
    release_memory()
    return classes
