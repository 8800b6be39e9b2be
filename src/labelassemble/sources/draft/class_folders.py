"""Which level of folders names classes, and which one the parts of a split."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from labelassemble.sources.draft.known_words import (
    LABEL_NAMES,
    SPLIT_WORDS,
    same_words,
    says_nothing,
    says_nothing_found,
    split_term,
)
from labelassemble.sources.draft.labels_found import Find

Part = Literal["train", "validate", "test"]
"""A part of a split."""
_MAX_CLASSES = 60
_PLAIN = {
    "image", "images", "img", "imgs", "data", "png", "jpg", "jpeg", "dicom", "dcm", "files", "file",
    "all", "raw", "scans", "dataset", "processed", "original", "originals", "xray",
    "pictures",  # codespell:ignore pictures
    "input", "inputs", "set", "folder", "samples", "cxr", "photos", "frames", "slices", "part",
    "parts", "shard", "shards", "chunk", "batch",
}  # fmt: skip
"""Words in the names of folders that say nothing of what is in them."""


class ClassFolders(NamedTuple):
    """Levels of folders.

    Attributes:
        from_end: whether levels are counted from the file, 0 being its own folder, rather than
            from the top.
        term: the level that names classes.
        split: the level that names parts of a split; none: no level does.
        files: the files that lie deep enough, and in a folder of a class.
        even: whether all files lie as deep.
        words: each class to its number of files.
    """

    from_end: bool
    term: int
    split: int | None
    files: tuple[str, ...]
    even: bool
    words: Counter[str]


def find_class_folders(
    names: Sequence[str], find: Find, empty: Collection[str] = ()
) -> ClassFolders | None:
    """Find the folders whose names are classes; none: there are none.

    Args:
        names: paths of images, with ``/``.
        find: what the vocabulary knows.
        empty: folders without an image; one beside a class is a class of no image.

    >>> names = [f"{part}/{word}/{n}.png" for part in ("train", "val") for word in ("ill", "normal")
    ...          for n in range(3)]
    >>> find_class_folders(names, lambda word: None)[:3]
    (False, 1, 0)
    """
    depths = Counter(name.count("/") for name in names)
    even = len(depths) == 1
    best: tuple[tuple[float, ...], ClassFolders] | None = None
    for from_end in (False,) if even else (False, True):
        levels = [_read_level(names, at, from_end) for at in range(max(depths, default=0))]
        split = next((at for at, one in enumerate(levels) if _is_split(one, names)), None)
        for at, every in enumerate(levels):
            # test/ beside classes holds what nobody labelled.
            level = {name: word for name, word in every.items() if not part_of(word)}
            beside = _list_beside(level, at, from_end, empty)
            if at == split or not _is_class(level, find, beside, len(names), even):
                continue
            words = Counter(word for word in level.values())
            known = _count_known(set(words), find)
            found = ClassFolders(from_end, at, split, tuple(level), even, words)
            order = -at if from_end else at
            # Known words first, then more files, then the deeper folder.
            score = (known, len(level), not from_end, order)
            if best is None or score > best[0]:
                best = score, found
    return best[1] if best else None


def part_of(name: str) -> Part | None:
    """Name the part of a split that a folder holds by its name; none: it says none, or two.

    >>> part_of("train_images"), part_of("Validation Set"), part_of("training"), part_of("contest")
    ('train', 'validate', 'train', None)
    """
    if same_words(name) in SPLIT_WORDS:
        return SPLIT_WORDS[same_words(name)]
    words = [word for word in split_term(name) if not word.isdigit()]
    parts = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    rest = {word for word in words if word not in SPLIT_WORDS}
    return parts.pop() if len(parts) == 1 and rest <= _PLAIN else None


def says_nothing_of(folder: str) -> bool:
    """Whether the name of a folder says nothing of what lies in it: a number of a part, of a split.

    >>> says_nothing_of("images_001"), says_nothing_of("train-shard-7"), says_nothing_of("p17")
    (True, True, False)
    """
    words = [word for word in split_term(folder) if not word.isdigit()]
    return bool(words) and all(word in _PLAIN or word in SPLIT_WORDS for word in words)


def _read_level(names: Sequence[str], at: int, from_end: bool) -> dict[str, str]:
    """Path to its folder of a level, of the paths that are deep enough."""
    found = {}
    for name in names:
        folders = name.split("/")[:-1]
        if at < len(folders):
            found[name] = folders[-1 - at] if from_end else folders[at]
    return found


def _is_split(level: dict[str, str], names: Sequence[str]) -> bool:
    parts = set(level.values())
    return len(level) >= 0.8 * len(names) and all(part_of(part) for part in parts)


def _list_beside(
    level: dict[str, str], at: int, from_end: bool, empty: Collection[str]
) -> set[str]:
    """Names of the empty folders beside those of a level."""
    parents = set()
    for name in level:
        folders = name.split("/")[:-1]
        parents.add("/".join(folders[: len(folders) - 1 - at] if from_end else folders[:at]))
    return {one.rpartition("/")[2] for one in empty if one.rpartition("/")[0] in parents} - set(
        level.values()
    )


def _is_class(level: dict[str, str], find: Find, beside: set[str], files: int, even: bool) -> bool:
    names = set(level.values())
    known = _count_known(names, find)
    every = names | {one for one in beside if not set(split_term(one)) <= _PLAIN}
    if not (2 <= len(every) <= _MAX_CLASSES and len(level) >= 0.5 * files):
        return False
    if not names or all(set(split_term(one)) <= _PLAIN for one in names):
        return False
    several = len(level) >= 2 * len(names)
    if _are_grades(names):
        return several
    if not known and _are_numbered(names):
        return False
    # study1 and study2 are no classes, but grade 1 may stand beside normal.
    numbered = sum(
        bool(re.search(r"\d{3,}", name)) and not _count_known({name}, find) for name in names
    )
    if numbered > len(names) / 2:
        return False
    plain = even and len(names) <= 10 and not any(re.search(r"\d", name) for name in names)
    return several or bool(known) or plain


def _are_numbered(names: set[str]) -> bool:
    """Whether names differ by their numbers rather than by their words."""
    digits = [name for name in names if re.search(r"\d", name)]
    words = {re.sub(r"\d+", "", name).strip(" _-.") for name in digits}
    outside = all(re.fullmatch(r"\d*[^\d]{3,}\d*", name) for name in digits)
    return len(digits) > len(names) / 2 and not (outside and len(words) == len(digits))


def _are_grades(names: set[str]) -> bool:
    """Whether names count grades: 0 to 4, or Grade1 to Grade3; 1, 2, 3 alone may be patients."""
    found = [re.fullmatch(r"(\D*?)[ _-]*(\d)", name) for name in names]
    if len(names) < 2 or not all(found):
        return False
    words = {one[1].lower() for one in found if one}
    numbers = sorted(int(one[2]) for one in found if one)
    first = 0 if words == {""} else numbers[0]
    graded = words == {""} or set(split_term(next(iter(words)))) & {*LABEL_NAMES, "bi"}
    return len(words) == 1 and bool(graded) and numbers == list(range(first, first + len(numbers)))


def _count_known(words: set[str], find: Find) -> int:
    return sum(
        bool(find(word) or says_nothing_found(word, words) or says_nothing(word)) for word in words
    )
