"""Annotation objects in, what each of their segments and regions says of which series out."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.errors import plural, raise_machine_fault, some
from labelassemble.files.dicom_segments import SegmentFrame, open_segments, read_frames
from labelassemble.files.measurement_report import read_report
from labelassemble.files.structure_set import read_structures
from labelassemble.sources.dicom_scan import (
    AnnotationFile,
    ImageSeries,
    ObjectKind,
    Scan,
    crosses_slices,
    lies_outside,
)
from labelassemble.sources.encodings.dicom_annotations import DicomAnnotations
from labelassemble.sources.problems import Problems

_State = Literal["there", "empty", "open", "outside", "across", "elsewhere"]


class Item(NamedTuple):
    """One segment, region or measured finding.

    Attributes:
        kind: of its object.
        path: of its object.
        number: of the segment or region; 0 for a measured finding.
        series: UIDs of the series that it speaks of.
        names: what it is called.
        state: there: something is drawn or measured; empty: nothing is drawn; open: only lines and
            points are; outside: it leaves its volume; across: its contours keep to no slices;
            elsewhere: in another frame of reference.
        answers: words to which answers to questions lead.
    """

    kind: ObjectKind
    path: Path
    number: int
    series: tuple[str, ...]
    names: tuple[str, ...]
    state: _State
    answers: tuple[str, ...] = ()


def list_items(scan: Scan, labels: DicomAnnotations, problems: Problems) -> list[Item]:
    """Read all annotation objects.

    Args:
        scan: what the folder holds.
        labels: which are read, and on what.
        problems: takes objects that are damaged, whose series is not there or lies elsewhere, and
            what leaves its volume; empty segments, and regions of lines and points, are remarks.
    """
    known = {uid: one for uid, one in scan.series.items() if one.modality in labels.modality}
    owner = {image: uid for uid, one in known.items() for image in one.images}
    read = {"seg": _read_seg, "rtstruct": _read_structures, "sr": _read_report}
    items: list[Item] = []
    lost: list[Path] = []
    broken: list[tuple[Path, str]] = []
    spoken: dict[str, tuple[str, ...]] = {}
    # Reports refer to segmentations, which say of which series they speak.
    order = sorted(scan.objects, key=lambda one: one.kind == "sr")
    for one in (one for one in order if one.kind in labels.objects):
        try:
            found = list(read[one.kind](one, _Known(known, owner, spoken), labels))
        except Exception as error:
            raise_machine_fault(error)
            # Damaged objects raise nearly anything; all of it means the same to the user.
            broken.append((one.path, (str(error).strip() or type(error).__name__).splitlines()[0]))
            continue
        items += [item for item in found if item.series]
        if found and not any(item.series for item in found):
            lost.append(one.path)
    _tell(items, lost, broken, labels, problems)
    return sorted(items, key=lambda item: (item.path, item.number))


class _Known(NamedTuple):
    """Series that are there, which of them holds an image, and of which a segmentation speaks."""

    series: dict[str, ImageSeries]
    owner: dict[str, str]
    spoken: dict[str, tuple[str, ...]]

    def find(self, said: Sequence[str], images: frozenset[str]) -> tuple[str, ...]:
        """Series that an object speaks of, as far as they are there."""
        named = dict.fromkeys(uid for uid in said if uid in self.series)
        # An object that names its images means the series of these.
        by_image = dict.fromkeys(self.owner[one] for one in sorted(images) if one in self.owner)
        return tuple(by_image or named)

    def split(
        self,
        uids: tuple[str, ...],
        frame: str,
        points: Float[np.ndarray, "_ 3"],
        contours: Sequence[Float[np.ndarray, "_ 3"]] = (),
    ) -> Iterator[tuple[tuple[str, ...], _State]]:
        """Part the series on which something lies rightly from the others."""
        for uid in uids:
            one = self.series[uid]
            if frame and one.frame_of_reference and frame != one.frame_of_reference:
                yield (uid,), "elsewhere"
            elif lies_outside(points, one):
                yield (uid,), "outside"
            elif contours and crosses_slices(contours, one):
                yield (uid,), "across"
            else:
                yield (uid,), "there"


def _read_seg(one: AnnotationFile, known: _Known, labels: DicomAnnotations) -> Iterator[Item]:
    del labels
    opened = open_segments(one.path)
    uids = known.find(opened.series, opened.images)
    known.spoken[opened.uid] = uids
    drawn = read_frames(one.path, [segment.number for segment in opened.segments])
    for segment in opened.segments:
        item = Item("seg", one.path, segment.number, uids, segment.words, "empty")
        frames = drawn[segment.number]
        if not frames or not uids:
            yield item
            continue
        points = np.concatenate([_extent(frame) for frame in frames])
        for own, state in known.split(uids, opened.frame_of_reference, points):
            yield item._replace(series=own, state=state)


def _extent(frame: SegmentFrame) -> Float[np.ndarray, "points 3"]:
    """Corners of the box around what a frame draws."""
    across, down = (np.flatnonzero(frame.drawn.any(axis=1 - axis)) for axis in (0, 1))
    ends = [(a, b, 1.0) for a in (across[0], across[-1]) for b in (down[0], down[-1])]
    return np.asarray(np.array(ends) @ frame.affine.T)


def _read_structures(
    one: AnnotationFile, known: _Known, labels: DicomAnnotations
) -> Iterator[Item]:
    del labels
    opened = read_structures(one.path)
    uids = known.find(opened.series, opened.images)
    for region in opened.regions:
        item = Item("rtstruct", one.path, region.number, uids, region.words, "empty")
        if not region.contours or not uids:
            yield item._replace(state="open" if region.open_contours else "empty")
            continue
        points = np.concatenate(region.contours)
        for own, state in known.split(uids, region.frame_of_reference, points, region.contours):
            yield item._replace(series=own, state=state)


def _read_report(one: AnnotationFile, known: _Known, labels: DicomAnnotations) -> Iterator[Item]:
    opened = read_report(one.path)
    if opened is None:
        return
    for group in opened.groups:
        through = [uid for sop in sorted(group.segments) for uid in known.spoken.get(sop, ())]
        uids = tuple(dict.fromkeys(through)) or known.find(group.series, group.images)
        uids = uids or known.find(opened.series, opened.images)
        answers = []
        for asked, said in group.evaluations:
            for question in asked:
                given = labels.evaluations.get(question, {})
                answers += [given[answer] for answer in said if answer in given]
        yield Item("sr", one.path, 0, uids, group.words, "there", tuple(dict.fromkeys(answers)))


def _tell(
    items: Sequence[Item],
    lost: Sequence[Path],
    broken: Sequence[tuple[Path, str]],
    labels: DicomAnnotations,
    problems: Problems,
) -> None:
    if broken:
        problems.note(
            "DICOM objects that can be read",
            f"{plural(len(broken), 'annotation object')} that cannot be read",
            "Fetch them again, or take them out of the folder",
            len(broken),
            f"{broken[0][0].name}: {broken[0][1]}",
        )
    if lost:
        problems.note(
            f"the series that annotations speak of ({some(labels.modality)}) among the images",
            f"{plural(len(lost), 'annotation object')} of series that are not there",
            "Fetch these series too, name their modality in labels.modality, or take the objects "
            "out of the folder",
            len(lost),
            str(lost[0]),
        )
    kinds: list[tuple[_State, str, str, Callable[..., None]]] = [
        (
            "elsewhere",
            "in another frame of reference than the series that they speak of",
            "Register them first, or take them out: their places mean nothing there",
            problems.note,
        ),
        (
            "outside",
            "that leave the volume of the series that they speak of",
            "Take the objects that belong to these series",
            problems.note,
        ),
        (
            "across",
            "whose contours lie between the slices of the series that they speak of, or across "
            "them",
            "Fetch the series that they were drawn on, or convert them to a segmentation",
            problems.note,
        ),
    ]
    for state, what, do, note in kinds:
        if own := [item for item in items if item.state == state]:
            got = f"{plural(len(own), 'segment or region', 'segments or regions')} {what}"
            note("annotations on their own series", got, do, len(own), _name(own[0]))
    if own := [item for item in items if item.state == "empty"]:
        problems.remark(
            f"{plural(len(own), 'segment or region', 'segments or regions')} in which nothing is "
            "drawn: they count as not there",
            "Nothing, if somebody looked",
            len(own),
            _name(own[0]),
        )
    if own := [item for item in items if item.state == "open"]:
        problems.remark(
            f"{plural(len(own), 'region')} of lines or points alone, which enclose nothing: they "
            "say nothing",
            "Draw them as closed contours if they are findings",
            len(own),
            _name(own[0]),
        )


def _name(item: Item) -> str:
    called = item.names[0] if item.names else f"number {item.number}"
    return f"{called!r} in {item.path.name}"
