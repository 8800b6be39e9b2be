"""What the names of image files tell: a patient in front, a class in a folder or a word."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from labelassemble.sources.draft.class_folders import (
    ClassFolders,
    find_class_folders,
    part_of,
    says_nothing_of,
)
from labelassemble.sources.draft.known_words import says_nothing_found
from labelassemble.sources.draft.labels_found import Find

_PERSON = r"(?:patient|subject|person|case|sub|pat)[ _-]?\(?\d+\)?"
"""What is called like a patient, and numbered."""


class PatientPattern(NamedTuple):
    """A pattern that finds a patient in names.

    Attributes:
        pattern: regular expression with a group ``patient``, to be searched.
        why: how many patients it gives.
    """

    pattern: str
    why: str


class NamedFiles(NamedTuple):
    """What folders and file names say.

    Attributes:
        patterns: regular expressions with groups term, split, patient, to match whole paths.
        words: each class to its number of files.
        split: words for parts of a split, to the parts.
        patients: how many patients the names hold; 0: none.
        why: where the classes stand.
        asides: what else names hold.
        left: names that no pattern matches.
        whole: one pattern for all of them, without a group for the patient.
    """

    patterns: tuple[str, ...]
    words: Mapping[str, int]
    split: Mapping[str, str]
    patients: int
    why: str
    asides: tuple[str, ...]
    left: tuple[str, ...] = ()
    whole: str = ""


def find_patient_pattern(names: Sequence[str]) -> PatientPattern | None:
    """Find the patient in names of images: a part that comes again, with numbers in it.

    >>> names = [f"{patient:05}_{number}.png" for patient in range(20) for number in range(3)]
    >>> find_patient_pattern(names)
    PatientPattern(pattern='(?:^|/)(?P<patient>[^/_]+)_[^/]*$', why='20 patients on 60 images')
    """
    tries = (
        rf"(?i)(?:^|[/_-])(?P<patient>{_PERSON})",
        r"(?:^|/)(?P<patient>[^/_]+)_[^/]*$",
        r"(?:^|/)(?P<patient>[^/-]+-\d+)-[^/]*$",
        r"(?:^|/)(?P<patient>[^/-]+)-[^/]*$",
        r"(?:^|/)(?P<patient>[^/]+)_[^/_]*$",
        r"^(?P<patient>[^/]+)/",
    )
    for pattern in tries:
        expression = re.compile(pattern)
        found = [match["patient"] for name in names if (match := expression.search(name))]
        folders = pattern.endswith("/") and any(map(says_nothing_of, found))
        if found and len(found) == len(names) and _like_patients(found) and not folders:
            return PatientPattern(pattern, f"{len(set(found)):,} patients on {len(names):,} images")
    return None


def _like_patients(found: Sequence[str]) -> bool:
    """Whether parts of names may be patients: numbered, some of them several times, none of all.

    Those that are called patients may be there once each.
    """
    counts = Counter(found)
    if len(counts) > 1 and all(re.fullmatch(f"(?i){_PERSON}", name) for name in counts):
        return True
    numbered = sum(any(sign.isdigit() for sign in name) for name in counts)
    most = counts.most_common(1)[0][1]
    return (
        len(counts) >= 3
        and len(counts) < len(found)
        and numbered >= 0.9 * len(counts)
        and (most <= 0.3 * len(found) or len(found) <= 30)
    )


def read_named_files(
    names: Sequence[str], find: Find, empty: Collection[str] = ()
) -> NamedFiles | None:
    """Find classes in the names of folders, or of files; none: there are none.

    Args:
        names: paths of images, with ``/`` between folders.
        find: what the vocabulary knows.
        empty: folders without an image.
    """
    if found := find_class_folders(names, find, empty):
        return _write_folders(names, found)
    depths = {name.count("/") for name in names}
    files = [name.rpartition("/")[2] for name in names]
    words = _words_in_stems(files, find) if len(depths) == 1 else None
    ends = None if words else _last_digits(files) if len(depths) == 1 else None
    words = words or ends
    if words is None:
        return None
    term = "|".join(_escape(one) for one in sorted(words, key=lambda one: (-len(one), one)))
    levels = list(zip(*(name.split("/")[:-1] for name in names), strict=True))
    split = next((at for at, one in enumerate(levels) if all(map(part_of, set(one)))), None)
    start = "".join(f"{_folder(one, at == split)}/" for at, one in enumerate(levels))
    last = rf".*[_-](?P<term>{term})\.[^/.]+" if ends else rf"(?P<term>{term})[^/]*"
    why = f"file names {'end' if ends else 'begin'} with {', '.join(sorted(words)[:6])}"
    parts = set(levels[split]) if split is not None else set()
    return NamedFiles((start + last,), words, _read_parts(parts), 0, why, (), (), start + last)


def _write_folders(names: Sequence[str], found: ClassFolders) -> NamedFiles:
    """Patterns that take the classes, the parts of a split and the patients out of folders."""
    folders = [name.split("/")[:-1] for name in found.files]
    steps = [one[::-1] for one in folders] if found.from_end else folders
    deepest = max(found.term, found.split if found.split is not None else 0) + 1
    if found.even:
        deepest = len(folders[0])
    else:
        deepest = min(deepest, *(len(one) for one in steps))
    pieces = []
    patients = set[str]()
    for at in range(deepest):
        level = [one[at] for one in steps]
        if at == found.term:
            choice = "|".join(_escape(one) for one in sorted(set(level)))
            pieces.append(f"(?P<term>{choice})")
        elif at > found.term and not found.from_end and not patients and _like_patients(level):
            patients = set(level)
            pieces.append("(?P<patient>[^/]+)")
        else:
            pieces.append(_folder(level, at == found.split))
    pieces = pieces[::-1] if found.from_end else pieces
    start = "".join(f"{one}/" for one in pieces)
    if not found.even:
        start = f"(?:.*/)?{start}" if found.from_end else f"{start}(?:.*/)?"
    stems = [name.rpartition("/")[2].rpartition(".")[0] for name in found.files]
    plain, count = ([".+"], len(patients)) if patients else _patient_patterns(stems)
    if found.from_end and plain == [".+"]:
        plain = ["[^/]+"]
    asides: list[str] = []
    extra = {one: times for one, times in _further_words(stems).items() if one not in found.words}
    if extra:
        asides.append(
            "file names hold further words: "
            + ", ".join(f"{word} ({times:,})" for word, times in extra.items())
            + "; a second group (?P<term_2>...) would read them"
        )
    patterns = tuple(start + one for one in plain)
    expressions = [re.compile(one) for one in patterns]
    left = tuple(name for name in names if not any(one.fullmatch(name) for one in expressions))
    parts = {one[found.split] for one in steps} if found.split is not None else set()
    where = f"level {found.term + 1}" if not found.from_end else "of the images"
    said = ", ".join(sorted(found.words)[:6])
    why = f"the folders of {where} are called {said}".replace("of of", "of")
    whole = start + ("[^/]+" if found.from_end else ".+")
    given = _read_parts(parts)
    return NamedFiles(patterns, found.words, given, count, why, tuple(asides), left, whole)


def _folder(level: Sequence[str], split: bool) -> str:
    """One step of a path: a part of a split, the one folder there is, or any."""
    different = sorted(set(level))
    choice = "|".join(_escape(one) for one in different)
    if split:
        return f"(?P<split>{choice})"
    return choice if len(different) == 1 else "[^/]+"


def _read_parts(parts: set[str]) -> dict[str, str]:
    return {part: part_of(part) or "" for part in sorted(parts)}


def _patient_patterns(stems: Sequence[str]) -> tuple[list[str], int]:
    """Patterns of stems with the patient in them, and how many patients; or any name, and 0."""
    shapes: dict[str, list[str]] = {}
    for stem in stems:
        shapes.setdefault(re.sub(r"\d+", "#", stem), []).append(stem)
    if len(shapes) > 12:
        return [".+"], 0
    patterns, patients = [], set[str]()
    for shape, those in sorted(shapes.items(), key=lambda one: -len(one[1])):
        fields = shape.split("#")
        found = None
        for field in range(1, len(fields) - 1):
            begin = r"\d+".join(_escape(part) for part in fields[:field]) + r"\d+"
            names = {match[0] for stem in those if (match := re.match(begin, stem))}
            if len(names) >= min(3, len(those)) and len(names) >= 0.02 * len(those):
                rest = r"\d+".join(_escape(part) for part in fields[field:])
                found = f"(?P<patient>{begin}){rest}" + r"\.[^/.]+"
                patients |= names
                break
        patterns.append(found or r"\d+".join(map(_escape, fields)) + r"\.[^/.]+")
    if not patients or len(patients) >= len(set(stems)):
        return [".+"], 0
    return patterns, len(patients)


def _further_words(stems: Sequence[str]) -> dict[str, int]:
    """Words that stand between numbers in some names and not in others."""
    words: Counter[str] = Counter()
    for stem in stems:
        words.update(set(re.findall(r"(?<![A-Za-z])[A-Za-z]{4,}(?![A-Za-z0-9])", stem)))
    return {
        word: count
        for word, count in words.most_common(6)
        if 0.05 * len(stems) <= count <= 0.95 * len(stems)
    }


def _words_in_stems(files: Sequence[str], find: Find) -> Counter[str] | None:
    """Classes that file names begin with: ``benign (12).png``."""
    found: Counter[str] = Counter()
    for file in files:
        match = re.match(r"[A-Za-z]+(?:[ _-][A-Za-z]+)*(?=[\s_(-]*\d)", file)
        if match is None:
            return None
        found[match[0]] += 1
    known = any(find(word) or says_nothing_found(word) for word in found)
    few = 2 <= len(found) <= 20 and min(found.values()) >= 2
    return found if known and few else None


def _last_digits(files: Sequence[str]) -> Counter[str] | None:
    """0 and 1 as the last sign of file names: ``MCUCXR_0001_0.png``."""
    found = [re.search(r"[_-]([01])\.[^/.]+$", file) for file in files]
    counts = Counter(match[1] for match in found if match)
    numbers = {re.sub(r"[_-][01]\.[^/.]+$", "", file) for file in files}
    # Two files of one stem are two images of one person, not a label.
    whole = sum(counts.values()) == len(files) == len(numbers)
    return counts if whole and min(counts["0"], counts["1"]) >= 2 else None


def _escape(text: str) -> str:
    """A text as a regular expression; hyphens stand for themselves outside of brackets."""
    return re.escape(text).replace(r"\-", "-").replace(r"\ ", " ")
