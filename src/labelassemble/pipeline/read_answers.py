"""What readers answered to reviewed labels, as a recipe names it."""

from collections.abc import Mapping, Sequence

from labelassemble.assembly.read_corrections import CorrectionFile, ReaderAnswer, read_corrections
from labelassemble.pipeline.hide_sources import Hiding
from labelassemble.settings import Recipe
from labelassemble.vocabulary.class_table import ClassTable


def read_answers(recipe: Recipe) -> list[CorrectionFile]:
    """Read the lists of ``assembly.corrections``.

    Args:
        recipe: resolved settings.

    Raises:
        AssemblyError: a list that cannot be read.
    """
    return [read_corrections(path) for path in recipe.assembly.corrections]


def reveal_answers(
    files: Sequence[CorrectionFile], tables: Sequence[ClassTable], hiding: Hiding | None
) -> list[CorrectionFile]:
    """Name the images of answers as their sources do, where a table made with the key hid them.

    Args:
        files: the answers; an image is named by its hash, or as its source names it.
        tables: the sources, with their own names.
        hiding: the recipe's; None: nothing is hidden.
    """
    asked = {one.source for file in files for one in file.corrections}
    if hiding is None or not asked:
        return list(files)
    own = {
        table.source: {hidden: image for image, hidden in hiding.name(table).items()}
        for table in tables
        if table.source in asked
    }
    return [
        file._replace(corrections=tuple(_reveal(one, own) for one in file.corrections))
        for file in files
    ]


def _reveal(one: ReaderAnswer, own: Mapping[str, Mapping[str, str]]) -> ReaderAnswer:
    return one._replace(image=own.get(one.source, {}).get(one.image, one.image))
