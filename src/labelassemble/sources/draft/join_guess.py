"""Two tables of one source: one names the images, the other what is on them."""

from collections.abc import Sequence

from labelassemble.sources.draft.labels_found import Find
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.draft.table_draft import ENOUGH, guess_columns
from labelassemble.sources.draft.table_group import TableGuess


def join_guesses(survey: Survey, guesses: Sequence[TableGuess], find: Find) -> TableGuess | None:
    """Join a table whose images are there with one that holds the labels.

    Args:
        survey: what lies in the folder.
        guesses: of all tables, read whole.
        find: what the vocabulary knows.

    Returns:
        A guess of both as one table, with the other table's name in `joined`; none: no two tables
        belong together, or none of them needs the other.
    """
    bare = [one for one in guesses if one.roles.files and not _has_labels(one)]
    labelled = [one for one in guesses if not one.roles.files and _has_labels(one)]
    for main in bare:
        for other in labelled:
            key = _find_key(main, other)
            if key is None:
                continue
            new = [name for name in other.peek.table.columns if name not in main.peek.table.columns]
            table = main.peek.table.join(
                other.peek.table.select(key, *new), on=key, how="left"
            ).fill_null("")
            peek = main.peek._replace(table=table)
            found = guess_columns(survey, main.name, peek, find)
            if found and _has_labels(found):
                return found._replace(joined=((other.peek.file, key),), sign=other.peek.separator)
    return None


def _has_labels(guess: TableGuess) -> bool:
    return bool(guess.labels) and guess.labels[0].score >= ENOUGH


def _find_key(main: TableGuess, other: TableGuess) -> str | None:
    """A column of both tables whose values tell the rows of the other one apart, and are in it."""
    for name in main.peek.table.columns:
        if name not in other.peek.table.columns or not other.peek.table[name].is_unique().all():
            continue
        values = other.peek.table[name]
        if int(main.peek.table[name].is_in(values.implode()).sum()) >= 0.5 * main.peek.table.height:
            return name
    return None
