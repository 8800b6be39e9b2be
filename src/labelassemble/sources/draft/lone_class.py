"""What a column of yes and no is about, where it is called just ``label`` or ``cls``."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from labelassemble.sources.draft.known_words import LABEL_NAMES, name_words, says_nothing_found
from labelassemble.sources.draft.labels_found import Find, LabelsFound
from labelassemble.sources.draft.whole_folder import find_disease

_SPECIFIC = {"lesion", "abnormality", "abnormalities", "birads", "rads", "kl"}
"""Words of columns of labels that say something of what is looked for."""
_PLAIN = {"y", "is", "has", "gt", "binary", "bin", "flag", "value", "true", "final", "image", "img"}


def says_only_class(column: str) -> bool:
    """Whether the name of a column says that it holds the class, and nothing more.

    >>> says_only_class("cls"), says_only_class("Binary Label"), says_only_class("edema_label")
    (True, True, False)
    """
    words = set(name_words(column))
    return bool(words) and words <= ({*LABEL_NAMES} | _PLAIN) - _SPECIFIC


def name_lone_class(
    found: LabelsFound, folder: Path, table: str, images: Sequence[str], find: Find
) -> LabelsFound:
    """Say what the one column of yes and no is about: as a folder or file is called, or ask.

    Args:
        found: what was guessed of columns of yes and no.
        folder: the source's.
        table: path of the table below it.
        images: paths of images below it.
        find: what the vocabulary knows.
    """
    if len(found.words) != 1 or not says_only_class(column := next(iter(found.words))):
        return found
    path = PurePosixPath(table)
    inside = {PurePosixPath(one).parts[0] for one in images if "/" in one}
    places = [path.name.partition(".")[0], *reversed(path.parts[:-1]), folder.absolute().name]
    places += inside if len(inside) == 1 else ()
    for place in places:
        if not says_nothing_found(place) and (disease := find_disease(place, find)):
            said = f"column {column!r} says yes or no, and the name {place!r} to what: check"
            return found._replace(called={column: disease}, asides=(*found.asides, said))
    asked = f"column {column!r} says yes or no, and nothing says to what: name it in [terms]"
    return found._replace(called={column: ""}, asides=(*found.asides, asked))
