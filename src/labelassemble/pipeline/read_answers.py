"""What readers answered to reviewed labels, as a recipe names it."""

from labelassemble.assembly.read_corrections import CorrectionFile, read_corrections
from labelassemble.errors import SettingsError
from labelassemble.settings import Recipe


def read_answers(recipe: Recipe) -> list[CorrectionFile]:
    """Read the lists of ``assembly.corrections``.

    Args:
        recipe: resolved settings.

    Raises:
        SettingsError: corrections of a recipe that hides names.
        AssemblyError: a list that cannot be read.
    """
    lists = recipe.assembly.corrections
    if lists and recipe.assembly.ids_key is not None:
        raise SettingsError(
            "assembly.corrections in a recipe without assembly.ids_key",
            "both: a list names images by hashes, and sources by their own names",
            "Review and correct where the names may be seen, then assemble with the key",
        )
    return [read_corrections(path) for path in lists]
