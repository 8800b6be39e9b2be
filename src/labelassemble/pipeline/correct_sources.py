"""The sources of a recipe, with what readers answered to reviewed labels."""

from pathlib import Path

from labelassemble.assembly.corrections import Corrected, apply_corrections
from labelassemble.assembly.read_corrections import read_corrections
from labelassemble.errors import SettingsError
from labelassemble.pipeline.read_sources import read_sources
from labelassemble.settings import Recipe
from labelassemble.vocabulary.vocabulary import Vocabulary


def correct_sources(recipe: Recipe, vocabulary: Vocabulary, headers: Path | None) -> Corrected:
    """Read all sources, and add a reading for each answer of ``assembly.corrections``.

    Args:
        recipe: resolved settings.
        vocabulary: knows the classes.
        headers: a file that keeps the headers of DICOM files; none: nothing does.

    Raises:
        SettingsError: corrections of a recipe that hides names.
        AssemblyError: a list that cannot be read, or speaks of what is not there.
        SourceError: as ``read_sources``.
    """
    lists = recipe.assembly.corrections
    if lists and recipe.assembly.ids_key is not None:
        raise SettingsError(
            "assembly.corrections in a recipe without assembly.ids_key",
            "both: a list names images by hashes, and sources by their own names",
            "Review and correct where the names may be seen, then assemble with the key",
        )
    files = [read_corrections(path) for path in lists]
    return apply_corrections(read_sources(recipe.sources, vocabulary, headers), files, vocabulary)
