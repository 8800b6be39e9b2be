"""Which part of a split a table is, by its name or its folder's."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from labelassemble.sources.draft.class_folders import part_of
from labelassemble.sources.draft.known_words import SPLIT_WORDS, name_words


def parts_of(files: Sequence[str]) -> dict[str, Any]:
    """Part of the split that each file is by its name or its folder's; nothing unless all say one.

    >>> parts_of(["train.csv", "a_val.csv"])
    {'train.csv': 'train', 'a_val.csv': 'validate'}
    >>> parts_of(["train/a.csv", "test/a.csv"])
    {'train/a.csv': 'train', 'test/a.csv': 'test'}
    """
    if len(files) < 2:
        return {}
    for say in (part_in_stem, part_in_folders):
        parts = {file: say(file) for file in files}
        if all(parts.values()):
            return parts
    return {}


def part_in_stem(file: str) -> str | None:
    """Part of the split that the name of a file says, without its folders; none, or two: None.

    >>> part_in_stem("test/labels_train.csv"), part_in_stem("labels.csv")
    ('train', None)
    """
    words = name_words(PurePosixPath(file).stem)
    found = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    return found.pop() if len(found) == 1 else None


def part_in_folders(file: str) -> str | None:
    """Part of the split that the folders of a file say; none, or two: None.

    >>> part_in_folders("a/train_images/0.png"), part_in_folders("a/train/test/0.png")
    ('train', None)
    """
    found = {part for step in file.split("/")[:-1] if (part := part_of(step))}
    return found.pop() if len(found) == 1 else None


def lie_alike(one: str, other: str) -> bool:
    """Whether two files lie in one folder, or each in one called after a part of a split."""
    steps = list(zip(one.split("/")[:-1], other.split("/")[:-1], strict=False))
    if one.count("/") != other.count("/"):
        return False
    differ = [(mine, theirs) for mine, theirs in steps if mine != theirs]
    return not differ or (len(differ) == 1 and all(part_of(step) for step in differ[0]))
