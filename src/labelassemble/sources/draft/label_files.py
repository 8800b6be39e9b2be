"""A first manifest from label files beside images: YOLO, Pascal VOC, LabelMe."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from labelassemble.errors import SourceError
from labelassemble.files.file_suffixes import IMAGE_SUFFIXES
from labelassemble.sources.archives.archive_tree import name_below
from labelassemble.sources.class_names import YAML, parse_class_names
from labelassemble.sources.draft.class_folders import part_of
from labelassemble.sources.draft.known_words import SPLIT_WORDS
from labelassemble.sources.draft.labels_found import LabelsFound, sort_words
from labelassemble.sources.draft.names import find_patient_pattern
from labelassemble.sources.draft.place_images import choose_image_folder
from labelassemble.sources.draft.survey import Survey
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.glob_pattern import match_glob
from labelassemble.sources.label_files.label_file import LabelFile, LabelFileError
from labelassemble.sources.label_files.labelme_json import parse_labelme
from labelassemble.sources.label_files.read_box_files import NAME_LISTS
from labelassemble.sources.label_files.voc_xml import parse_voc
from labelassemble.sources.label_files.yolo_lines import parse_yolo
from labelassemble.sources.table_bytes import decode_text
from labelassemble.sources.write_toml import Line

_FORMS: Final = {"yolo": ".txt", "voc": ".xml", "labelme": ".json"}
_TITLES: Final = {"yolo": "YOLO", "voc": "Pascal VOC", "labelme": "LabelMe"}
_TRIED: Final = 20
_READ: Final = 3_000
_SOUND: Final = 0.8
"""Part of the files tried that must be of the form."""

_MAX: Final = 10_000
"""Class numbers that are tried."""


class _Names(NamedTuple):
    """Names of classes, and the file that they stand in; none: nobody names them."""

    file: str | None
    names: Sequence[str]
    points: bool


def guess_label_files(survey: Survey) -> LabelsFound | None:
    """Guess which files are label files of the images beside them, one an image."""
    for form, ending in _FORMS.items():
        patterns = _find_patterns(survey, ending)
        if patterns and (found := _guess(survey, form, patterns)):
            return found
    return None


def leave_read(survey: Survey, found: LabelsFound | None) -> Survey:
    """Leave label files out of the files that may be tables or labels of other kinds."""
    if found is None:
        return survey
    written = found.labels["file"].value
    patterns = (written,) if isinstance(written, str) else written
    lists = found.labels["split.lists"].value.values() if "split.lists" in found.labels else ()

    def keep(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            one
            for one in names
            if one not in lists and not any(match_glob(one, of) for of in patterns)
        )

    return survey._replace(tables=keep(survey.tables), json=keep(survey.json), xml=keep(survey.xml))


def _find_patterns(survey: Survey, ending: str) -> tuple[str, ...]:
    """Patterns of the files that have an image's name, a pattern a folder."""
    stems = {_stem(name) for name in survey.images}
    found = {
        (name.rpartition("/")[0], name[-len(ending) :])
        for name in survey.files
        if name.lower().endswith(ending) and _stem(name) in stems
    }
    return tuple(f"{folder}/*{own}" if folder else f"*{own}" for folder, own in sorted(found))


def _guess(survey: Survey, form: str, patterns: tuple[str, ...]) -> LabelsFound | None:
    try:
        paths = find_files(survey.folder, patterns)
    except SourceError:
        return None
    stems = {_stem(name) for name in survey.images}
    places = {name_below(path, survey.folder): path for path in paths}
    own = [path for place, path in places.items() if _stem(place) in stems]
    numbered = [str(number) for number in range(_MAX)]
    unnamed = _Names(None, numbered, False)
    tried = [_try(path, form, unnamed) for path in _some(own, _TRIED)]
    sound = [one for one in tried if one is not None]
    if len(sound) < _SOUND * len(tried) or not any(one.objects for one in sound):
        return None
    read = [one for path in _some(own, _READ) if (one := _try(path, form, unnamed))]
    counts = Counter(word for one in read for word in {drawn.word for drawn in one.objects})
    lines = {
        "encoding": Line("box_files", "found: label files of the images' names"),
        "form": Line(form),
        "file": Line(patterns if len(patterns) > 1 else patterns[0]),
    }
    asides = ["An image without a label file is unknown: labels.missing says if it was looked at."]
    if form == "yolo":
        names = _find_names(survey, max(map(int, counts)))
        if names.file:
            lines["names_file"] = Line(names.file, "names the classes by their numbers")
        else:
            lines["names"] = Line(tuple(names.names), "no file names the classes: write them here")
        counts = Counter({one: counts[str(at)] for at, one in enumerate(names.names) if one})
    if len(read) < len(own):
        asides.append(f"Only {len(read):,} of {len(own):,} label files were read: run check.")
    terms, none, silent = sort_words(counts, "image")
    lines |= _find_parts(survey, asides)
    return LabelsFound(
        what=f"{len(own):,} label files as {_TITLES[form]} writes them, such as {min(places)}",
        score=98.0,
        labels=lines,
        words=terms,
        none=none,
        silent=silent,
        asides=tuple(asides),
    )


def _try(path: Path, form: str, names: _Names) -> LabelFile | None:
    try:
        content = read_bytes(path)
        if form == "voc":
            return parse_voc(content)
        text = decode_text(content, path.name)
        if form == "labelme":
            return parse_labelme(text)
        return parse_yolo(text, names.names, "centre_size", names.points)
    except (SourceError, LabelFileError):
        return None


def _find_names(survey: Survey, highest: int) -> _Names:
    """The file that names all classes; of several the one that lies highest, YAML first."""
    found = []
    for name in survey.files:
        file = name.rpartition("/")[2].lower()
        if not (file.endswith((*YAML, ".names")) or file in NAME_LISTS):
            continue
        try:
            (path,) = find_files(survey.folder, (name,))
            classes = parse_class_names(decode_text(read_bytes(path), name), name)
        except (SourceError, ValueError):
            continue
        if len(classes.names) > highest:
            found.append((name.count("/"), not file.endswith(YAML), name, classes))
    if found:
        *_, name, best = min(found, key=lambda one: one[:3])
        return _Names(name, best.names, best.points)
    return _Names(None, [f"class_{number}" for number in range(highest + 1)], False)


def _find_parts(survey: Survey, asides: list[str]) -> dict[str, Line]:
    """Where images lie, who is on them, and how the source splits them."""
    placed = choose_image_folder(survey.images, survey.files) or {}
    folder = str(placed["folder"].value) if "folder" in placed else "."
    names = [name if folder == "." else name[len(folder) + 1 :] for name in survey.images]
    lines = {f"images.{key}": line for key, line in placed.items()}
    steps = [next((one for one in name.split("/")[:-1] if part_of(one)), "") for name in names]
    parts = {one: part_of(one) for one in sorted(set(steps)) if one}
    split = f"(?P<split>{'|'.join(map(re.escape, parts))})/"
    patient = find_patient_pattern(names)
    if patient is None:
        asides.append(
            "Each image counts as a patient of its own: a group (?P<patient>...) in "
            "labels.pattern says otherwise."
        )
    if len(parts) > 1 and all(steps):
        lines["split.values"] = Line(parts, "guessed from the folders: check")
        both = f"^(?=(?:.*/)?{split})(?=.*?{_scoped(patient.pattern)})" if patient else ""
        lines["pattern"] = Line(both or f"(?:^|/){split}", _why(patient and patient.why))
        return lines
    if patient:
        lines["pattern"] = Line(patient.pattern, _why(patient.why))
    if lists := _find_lists(survey):
        lines["split.lists"] = Line(lists, "guessed from their names: check")
    return lines


def _scoped(pattern: str) -> str:
    """A pattern within another: a flag that stands in front of it holds for it alone."""
    return f"(?i:{pattern[4:]})" if pattern.startswith("(?i)") else f"(?:{pattern})"


def _why(patients: str | None) -> str:
    return f"guessed: {patients}; check" if patients else "the folders name the parts of the split"


def _find_lists(survey: Survey) -> Mapping[str, str]:
    """Lists of images that are called like the parts of a split: train.txt."""
    stems = {_stem(name) for name in survey.images}
    lists: dict[str, str] = {}
    for name in sorted(survey.files, key=lambda one: (one.count("/"), one)):
        file = name.rpartition("/")[2]
        part = SPLIT_WORDS.get(file[:-4].lower()) if file.lower().endswith(".txt") else None
        if part is None or part in lists:
            continue
        try:
            (path,) = find_files(survey.folder, (name,))
            listed = decode_text(read_bytes(path), name).split("\n")
        except (SourceError, ValueError):
            continue
        called = [_stem(one.strip(), ending=False) for one in listed if one.strip()]
        if called and sum(one in stems for one in called) >= 0.5 * len(called):
            lists[part] = name
    return lists


def _some(paths: Sequence[Path], most: int) -> Iterator[Path]:
    """Evenly spaced ones, the first and the last among them."""
    places = np.linspace(0, len(paths) - 1, min(len(paths), most)).round().astype(int)
    return (paths[place] for place in places.tolist())


def _stem(name: str, ending: bool = True) -> str:
    """The name without folders and extension, in small letters."""
    file = name.lower().replace("\\", "/").rpartition("/")[2]
    if ending or file.endswith(IMAGE_SUFFIXES):
        file = file.rpartition(".")[0] or file
    return file
