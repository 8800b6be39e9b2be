"""Label files beside images, one an image, become rows."""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from labelassemble.errors import SourceError, plural, some
from labelassemble.sources.archives.archive_tree import name_below
from labelassemble.sources.class_names import ClassNames, read_names_file
from labelassemble.sources.compile_pattern import compile_pattern
from labelassemble.sources.encodings.box_files import BoxFiles
from labelassemble.sources.find_files import find_files, read_bytes
from labelassemble.sources.image_folder import ImageFolder
from labelassemble.sources.input_file import InputFile
from labelassemble.sources.label_files.label_file import LabelFile, LabelFileError, ShapeCorners
from labelassemble.sources.label_files.labelme_json import parse_labelme
from labelassemble.sources.label_files.voc_xml import parse_voc
from labelassemble.sources.label_files.yolo_lines import parse_yolo
from labelassemble.sources.match_image_files import MatchedFiles
from labelassemble.sources.pair_files import FilePair, LabelName, pair_files
from labelassemble.sources.problems import AT_ONCE, SET_ASIDE, NothingLeftError, Problems
from labelassemble.sources.regular_expression import NAMED
from labelassemble.sources.rows import SOURCE_BOX_COLUMNS, Rows, make_rows
from labelassemble.sources.statements.box_files import HARD, NOT_THERE
from labelassemble.sources.table_bytes import decode_text

NAME_LISTS: Final = frozenset({"classes.txt", "labels.txt", "obj.names", "_darknet.labels"})
"""Files that programs put among label files, with the names of classes."""

COLUMNS: Final = ("left", "top", "right", "bottom")
UNREAD: Final = f"{SET_ASIDE}its label file cannot be read"
RIVALS: Final = f"{SET_ASIDE}two label files"
_AGAIN: Final = "another label file says the same of this image"


class BoxFilesRead(NamedTuple):
    """Label files, read.

    Attributes:
        rows: a row an object, and one for each image without any, or without a label file.
        files: which file each image is in, in the order of their names.
        inputs: what was read.
    """

    rows: Rows
    files: MatchedFiles
    inputs: tuple[InputFile, ...]


class _OneFile(NamedTuple):
    """A label file; what it says is none where it cannot be read."""

    place: str
    digest: bytes
    said: LabelFile | None


class _Row(NamedTuple):
    image: str
    word: str
    box: ShapeCorners | None
    size: tuple[int, int] | None
    place: str
    aside: str | None


def read_box_files(
    folder: Path,
    labels: BoxFiles,
    files: ImageFolder,
    lists: Collection[str] = (),
    problems: Problems = AT_ONCE,
) -> BoxFilesRead:
    """Read label files.

    A label file without an image keeps its own name as the name of its image.

    Args:
        folder: the source's folder.
        labels: which files, and their form.
        files: the images there are.
        lists: files among them that are none, such as those of a split.
        problems: takes files that cannot be read, and two files of one image.

    Raises:
        SourceError: no such files, or no names of classes.
        NothingLeftError: none of them could be read.
    """
    classes, named = ClassNames(labels.names), tuple[InputFile, ...]()
    if labels.names_file is not None:
        classes, file = read_names_file(folder, labels.names_file)
        named = (file,)
    digest, size = hashlib.sha256(), 0
    read, faults = list[_OneFile](), dict[tuple[str, str, str], list[str]]()
    others = {*lists, labels.names_file}
    for path in find_files(folder, labels.file):
        place = name_below(path, folder)
        if place in others or place.rpartition("/")[2].lower() in NAME_LISTS:
            continue
        content = read_bytes(path)
        digest.update(content)
        size += len(content)
        said = None
        try:
            said = _parse(content, place, labels, classes)
        except LabelFileError as fault:
            at = f"{place}, {fault.at}" if fault.at else place
            faults.setdefault((fault.expected, fault.got, fault.do), []).append(at)
        read.append(_OneFile(place, hashlib.sha256(content).digest(), said))
    _tell_faults(faults, problems)
    names = [LabelName(one.place, one.said.image if one.said else "") for one in read]
    pairs = pair_files(names, files.names)
    entries = [*_list_entries(read, pairs, labels, problems)]
    entries += _list_missing(entries, labels, files.names, problems)
    if all(one.aside for one in entries) and problems.any:
        raise NothingLeftError
    rows = _make_rows(entries, labels)
    whole = InputFile(some(labels.file), digest.hexdigest(), size, len(entries))
    images = rows.facts["image"].unique().sort()
    return BoxFilesRead(rows, _match(images, read, pairs, files), (whole, *named))


def _parse(content: bytes, place: str, labels: BoxFiles, classes: ClassNames) -> LabelFile:
    if labels.form == "voc":
        return parse_voc(content)
    try:
        text = decode_text(content, place)
    except SourceError as error:
        raise LabelFileError("label files as text", error.got, "Write them again") from error
    if labels.form == "labelme":
        return parse_labelme(text)
    return parse_yolo(text, classes.names, labels.format, classes.points)


def _tell_faults(faults: dict[tuple[str, str, str], list[str]], problems: Problems) -> None:
    for (expected, got, do), places in faults.items():
        count = plural(len(places), "label file")
        problems.note(expected, f"{count} with {got}", do, len(places), places[0])


def _list_entries(
    read: Sequence[_OneFile], pairs: Sequence[FilePair], labels: BoxFiles, problems: Problems
) -> Iterator[_Row]:
    """Rows of what label files say."""
    aside = _tell_rivals(read, pairs, problems)
    hard, bare, strange = list[str](), list[str](), list[str]()
    for number, (file, pair) in enumerate(zip(read, pairs, strict=True)):
        image = pair.image or _own_name(file.place)
        if pair.other:
            strange.append(f"{file.place}, which names {pair.other}")
        if file.said is None:
            yield _Row(image, "", None, None, file.place, UNREAD)
            continue
        size, why = file.said.size, aside.get(number)
        if not file.said.objects:
            yield _Row(image, "", None, size, file.place, why)
        for one in file.said.objects:
            doubted = one.doubted and labels.difficult == "uncertain"
            if doubted:
                hard.append(file.place)
            elif one.box is None:
                bare.append(file.place)
            word = one.word + HARD if doubted else one.word
            yield _Row(image, word, None if doubted else one.box, size, file.place, why)
    _remark(strange, "label file names another image than its own name does, which counts",
            "label files name other images than their own names do, which count",
            "Correct what they name, or rename them", problems)  # fmt: skip
    _remark(hard, "object marked as difficult: its finding is uncertain, its box left out",
            "objects marked as difficult: their findings are uncertain, their boxes left out",
            'Nothing, or labels.difficult = "positive"', problems)  # fmt: skip
    _remark(bare, "object without a box: its finding counts alone",
            "objects without a box: their findings count alone",
            "Nothing, if points, lines or flags are meant", problems)  # fmt: skip


def _remark(those: list[str], one: str, several: str, do: str, problems: Problems) -> None:
    if those:
        problems.remark(plural(len(those), one, several), do, len(those), those[0])


def _tell_rivals(
    read: Sequence[_OneFile], pairs: Sequence[FilePair], problems: Problems
) -> dict[int, str]:
    """Why files are left out whose image another one speaks of too."""
    of = dict[str, list[int]]()
    for number, pair in enumerate(pairs):
        if pair.image is not None:
            of.setdefault(pair.image, []).append(number)
    aside, rivals = dict[int, str](), list[str]()
    for image, numbers in of.items():
        if len({read[one].digest for one in numbers}) == 1:
            aside |= dict.fromkeys(numbers[1:], _AGAIN)
            continue
        aside |= dict.fromkeys(numbers, RIVALS)
        rivals.append(f"{image}: {some((read[one].place for one in numbers), 3)}")
    if rivals:
        problems.note(
            "one label file for each image",
            plural(len(rivals), "image") + " of which several label files say other things",
            "Keep one of them, or narrow labels.file",
            len(rivals),
            rivals[0],
        )
    return aside


def _list_missing(
    entries: Sequence[_Row], labels: BoxFiles, images: pl.Series, problems: Problems
) -> list[_Row]:
    """Rows of images without a label file."""
    spoken = {one.image for one in entries}
    missing = [name for name in images if name not in spoken]
    silent = labels.missing == "unknown"
    if missing and silent:
        problems.remark(
            f"{plural(len(missing), 'image')} of {len(images):,} without a label file: what is "
            "on them is unknown",
            'If somebody looked at them and found nothing, write labels.missing = "no_finding"',
            len(missing),
            missing[0],
        )
    word = NOT_THERE if silent else ""
    return [_Row(name, word, None, None, "", None) for name in missing]


def _make_rows(entries: Sequence[_Row], labels: BoxFiles) -> Rows:
    pattern = compile_pattern(labels.pattern) if labels.pattern else None
    found = [pattern.search(one.image) if pattern else None for one in entries]
    facts: dict[str, list[str]] = {
        name: [(one.groupdict().get(name) or "") if one else "" for one in found] for name in NAMED
    }
    facts["file"] = [one.place for one in entries]
    box = [one.box or ("",) * 4 for one in entries]
    # Two objects that say the same of the same place are one.
    cells = {name: [str(of[axis]) for of in box] for axis, name in enumerate(COLUMNS)}
    rows = make_rows(
        [one.image for one in entries], facts, words=[one.word for one in entries], **cells
    )
    boxes = pl.DataFrame(
        [_box(one, labels) for one in entries if one.box and not one.aside],
        schema=SOURCE_BOX_COLUMNS,
        orient="row",
    ).unique(maintain_order=True)
    rows = rows.exclude(pl.Series([one.aside for one in entries], dtype=pl.String))
    return replace(rows, boxes=boxes)


def _box(entry: _Row, labels: BoxFiles) -> tuple[Any, ...]:
    assert entry.box is not None
    frame = labels.frame or entry.size or (None, None)
    return (entry.image, entry.word, None, *entry.box, *frame)


def _own_name(place: str) -> str:
    return re.sub(r"\.[^./]+$", "", place)


def _match(
    images: pl.Series, read: Sequence[_OneFile], pairs: Sequence[FilePair], files: ImageFolder
) -> MatchedFiles:
    """Which file each image is in."""
    doubts = {
        _own_name(one.place): pair.doubt
        for one, pair in zip(read, pairs, strict=True)
        if pair.doubt
    }
    here = images.is_in(files.names.implode())
    path = pl.select(pl.when(here).then(files.locate(images))).to_series()
    doubt = pl.Series("doubt", [doubts.get(one) for one in images], dtype=pl.String)
    return MatchedFiles(path.alias("path"), doubt)
