"""What other files say of a table's images: lists of a published split, and boxes."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import polars as pl

from labelassemble.sources.draft.known_words import SPLIT_WORDS
from labelassemble.sources.draft.peek import Peek
from labelassemble.sources.draft.table_group import TableGuess, images_of
from labelassemble.sources.strip_suffix import strip_suffix
from labelassemble.sources.write_toml import Line


def find_lists(peeks: Sequence[Peek], images: pl.Series) -> tuple[dict[str, Line], tuple[str, ...]]:
    """Find the lists of a published split among files of one column.

    Args:
        peeks: the files.
        images: names of the images.

    Returns:
        The manifest's ``[split.lists]``; and remarks on lists that were not taken.
    """
    lists: dict[str, Line] = {}
    asides = []
    stems = images.to_frame("name").select(strip_suffix("name")).to_series()
    for peek in peeks:
        names, part = _names(peek), _part(peek.file)
        if part is None or _share(names, images) < 0.5:
            plain = names.to_frame("name").select(strip_suffix("name")).to_series()
            if part and _share(plain, stems) >= 0.5:
                asides.append(
                    f"{peek.file} lists images under other names than the table: not taken"
                )
            continue
        if part in lists:
            asides.append(f"{peek.file} may be a list of {part} too: not taken")
            continue
        lists[part] = Line(peek.file, f"guessed from its name; {len(names):,} names: check")
    return lists, tuple(asides)


def find_box_table(
    guesses: Sequence[TableGuess], main: Sequence[TableGuess]
) -> tuple[dict[str, Line], str] | None:
    """Find a table of boxes on the images of another table.

    Returns:
        The manifest's ``[boxes]`` and the table's name; none: there is no such table.
    """
    images = pl.concat([images_of(guess) for guess in main]).unique()
    for guess in guesses:
        boxes = next(
            (one for one in guess.labels if one.labels["encoding"].value == "box_rows"), None
        )
        if boxes is None or guess.peek.header or any(one.name == guess.name for one in main):
            continue
        if _share(images_of(guess), images) < 0.5:
            continue
        lines = {
            "file": Line(guess.peek.file, "guessed: boxes on the same images"),
            "image": Line(guess.roles.image.column),
        }
        for key in ("column", "term", "box", "format", "frame"):
            if key in boxes.labels:
                lines[key] = boxes.labels[key]
        ignored = (*boxes.none, *(word for word in boxes.silent if word))
        if ignored and "column" in boxes.labels:
            lines["ignore"] = Line(ignored, "words of rows without a box")
        if "term" in boxes.labels and (guess.peek.table[boxes.labels["box"].value[0]] == "").any():
            continue
        return lines, guess.name
    return None


def _names(peek: Peek) -> pl.Series:
    column = peek.table.columns[0]
    names = peek.table[column]
    # A list has no header: what was taken for one is a name.
    return names if peek.header else pl.concat([pl.Series([column]), names])


def _share(names: pl.Series, known: pl.Series) -> float:
    """The share of names that are known, 0 to 1."""
    return int(names.is_in(known.implode()).sum()) / max(len(names), 1)


def _part(file: str) -> str | None:
    """The part of a split that a file's name says; train wins over what it was put together with.

    >>> _part("train_val_list.txt"), _part("val.txt"), _part("names.txt")
    ('train', 'validate', None)
    """
    words = re.split(r"[^a-z]+", PurePosixPath(file).stem.lower())
    parts = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    if parts == {"train", "validate"}:
        return "train"
    return next(iter(parts)) if len(parts) == 1 else None
