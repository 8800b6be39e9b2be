"""Tables that look like labels and hold none: forms for a contest's predictions."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from labelassemble.sources.draft.known_words import split_term
from labelassemble.sources.draft.table_group import TableGuess

_FORMS = {"submission", "submissions", "submit", "example", "template"}


def set_aside(guesses: Sequence[TableGuess]) -> Mapping[str, str]:
    """Say which tables hold no labels although they look like it: name to why.

    Args:
        guesses: of all tables.
    """
    found: dict[str, str] = {}
    for guess in guesses:
        words = set(split_term(PurePosixPath(guess.name).name))
        if words & {"submission", "submissions"} or (words & _FORMS and "sample" in words):
            found[guess.name] = "a form for a contest's predictions, by its name: no labels"
        elif (columns := _label_columns(guess)) and _says_one_thing(guess, columns):
            others = [
                other.name
                for other in guesses
                if other is not guess
                and set(columns) <= set(other.peek.table.columns)
                and not _says_one_thing(other, columns)
            ]
            if others:
                found[guess.name] = (
                    f"the same in every row, unlike {others[0]}: a form for a contest's "
                    "predictions?"
                )
    return found


def _label_columns(guess: TableGuess) -> tuple[str, ...]:
    if not guess.labels:
        return ()
    labels = guess.labels[0].labels
    if "columns" in labels:
        return tuple(labels["columns"].value)
    return tuple(labels[key].value for key in ("column", "cell") if key in labels)


def _says_one_thing(guess: TableGuess, columns: Sequence[str]) -> bool:
    """Whether each of some columns holds one value, on several rows."""
    table = guess.peek.table
    return table.height > 1 and all(table[name].n_unique() == 1 for name in columns)
