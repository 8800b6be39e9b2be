"""What the names of image files tell: a patient in front, a class in a folder or a word."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from labelassemble.sources.draft.known_words import (
    SPLITS,
    same_words,
    says_nothing,
    says_nothing_found,
)
from labelassemble.sources.draft.labels_found import Find

_MOST_CLASSES = 60
_PLAIN = {
    "image", "images", "img", "imgs", "data", "png", "jpg", "jpeg", "dicom", "dcm", "files",
    "all", "raw", "pictures", "scans", "dataset", "processed", "original", "originals", "xray",
}  # fmt: skip
"""Names of folders that say nothing of what is in them."""


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
    """

    patterns: tuple[str, ...]
    words: Mapping[str, int]
    split: Mapping[str, str]
    patients: int
    why: str
    asides: tuple[str, ...]


def find_patient_pattern(names: Sequence[str]) -> PatientPattern | None:
    """Find the patient in names of images: a part that comes again, with numbers in it.

    >>> names = [f"{patient:05}_{number}.png" for patient in range(20) for number in range(3)]
    >>> find_patient_pattern(names)
    PatientPattern(pattern='(?:^|/)(?P<patient>[^/_]+)_[^/]*$', why='20 patients on 60 images')
    """
    tries = (
        r"(?i)(?:^|[/_-])(?P<patient>(?:patient|subject|person|case|sub|pat)[_-]?\d+)",
        r"(?:^|/)(?P<patient>[^/_]+)_[^/]*$",
        r"(?:^|/)(?P<patient>[^/-]+-\d+)-[^/]*$",
        r"(?:^|/)(?P<patient>[^/-]+)-[^/]*$",
        r"(?:^|/)(?P<patient>[^/]+)_[^/_]*$",
        r"^(?P<patient>[^/]+)/",
    )
    for pattern in tries:
        expression = re.compile(pattern)
        found = [match["patient"] for name in names if (match := expression.search(name))]
        if found and len(found) == len(names) and _like_patients(found):
            return PatientPattern(pattern, f"{len(set(found)):,} patients on {len(names):,} images")
    return None


def _like_patients(found: Sequence[str]) -> bool:
    """Whether parts of names may be patients: numbered, some of them several times, none of all."""
    counts = Counter(found)
    numbered = sum(any(sign.isdigit() for sign in name) for name in counts)
    most = counts.most_common(1)[0][1]
    return (
        len(counts) >= 3
        and len(counts) < len(found)
        and numbered >= 0.9 * len(counts)
        and (most <= 0.3 * len(found) or len(found) <= 30)
    )


def read_named_files(names: Sequence[str], find: Find) -> NamedFiles | None:
    """Find classes in the names of folders, or of files; none: there are none.

    Args:
        names: paths of images, with ``/`` between folders.
        find: what the vocabulary knows.
    """
    paths = [name.split("/") for name in names]
    depth = Counter(len(path) for path in paths).most_common(1)[0][0] if paths else 0
    if not depth or any(len(path) != depth for path in paths):
        return None
    levels = [[path[level] for path in paths] for level in range(depth - 1)]
    split_at = next((at for at, level in enumerate(levels) if _is_split(level)), None)
    classes = [at for at, level in enumerate(levels) if at != split_at and _is_class(level, find)]
    if classes:
        best = max(classes, key=lambda at: (_judge_words(set(levels[at]), find), at))
        place, words = best, Counter(levels[best])
        why = f"the folders of level {best + 1} are called {', '.join(sorted(words)[:6])}"
    else:
        files = [path[-1] for path in paths]
        ends = None
        found = _words_in_stems(files, find)
        if found is None:
            found = ends = _last_digits(files)
        if found is None:
            return None
        place, words = depth - 1, found
        why = f"file names {'end' if ends else 'begin'} with {', '.join(sorted(words)[:6])}"
    return _write_patterns(paths, place, split_at, words, why)


def _write_patterns(
    paths: Sequence[Sequence[str]],
    place: int,
    split_at: int | None,
    words: Mapping[str, int],
    why: str,
) -> NamedFiles:
    depth = len(paths[0])
    folders = []
    for level in range(depth - 1):
        different = sorted({path[level] for path in paths})
        choice = "|".join(_escape(one) for one in different)
        if level == split_at:
            folders.append(f"(?P<split>{choice})")
        elif level == place:
            folders.append(f"(?P<term>{choice})")
        else:
            folders.append(choice if len(different) == 1 else "[^/]+")
    start = "".join(f"{folder}/" for folder in folders)
    stems = [path[-1].rpartition(".")[0] or path[-1] for path in paths]
    term = "|".join(_escape(one) for one in sorted(words, key=lambda one: (-len(one), one)))
    asides: list[str] = []
    if place == depth - 1:
        at_end = all(word in ("0", "1") for word in words)
        plain = [rf".*[_-](?P<term>{term})\.[^/.]+" if at_end else rf"(?P<term>{term})[^/]*"]
        patients = 0
    else:
        plain, patients = _patient_patterns(stems)
        extra = {one: count for one, count in _further_words(stems).items() if one not in words}
        if extra:
            asides.append(
                "file names hold further words: "
                + ", ".join(f"{word} ({count:,})" for word, count in extra.items())
                + "; a second group (?P<term_2>...) would read them"
            )
    parts = {path[split_at] for path in paths} if split_at is not None else set()
    return NamedFiles(
        patterns=tuple(start + one for one in plain),
        words=words,
        split={part: SPLITS.get(same_words(part), "") for part in sorted(parts)},
        patients=patients,
        why=why,
        asides=tuple(asides),
    )


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
    # Two files of one stem are two pictures of one person, not a label.
    whole = sum(counts.values()) == len(files) == len(numbers)
    return counts if whole and min(counts["0"], counts["1"]) >= 2 else None


def _is_split(level: Sequence[str]) -> bool:
    return all(same_words(name) in SPLITS for name in set(level))


def _is_class(level: Sequence[str], find: Find) -> bool:
    names = set(level)
    # study1 and study2 are no classes, but grade 1 may stand beside normal.
    known = _judge_words(names, find) > 0
    numbered = sum(bool(re.search(r"\d{2,}" if known else r"\d", name)) for name in names)
    return (
        2 <= len(names) <= _MOST_CLASSES
        and len(level) >= 2 * len(names)
        and numbered <= len(names) / 2
        and not {same_words(name) for name in names} <= _PLAIN
    )


def _escape(text: str) -> str:
    """A text as a regular expression; hyphens stand for themselves outside of brackets."""
    return re.escape(text).replace(r"\-", "-").replace(r"\ ", " ")


def _judge_words(words: set[str], find: Find) -> int:
    return sum(bool(find(word) or says_nothing_found(word) or says_nothing(word)) for word in words)
