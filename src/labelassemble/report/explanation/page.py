"""What the page of ``explain`` shows, as the template takes it."""

from dataclasses import dataclass
from typing import Any

from labelassemble.report.embed_image import Embedded, embed_image
from labelassemble.report.explanation.class_map import draw_class_map
from labelassemble.report.explanation.content import (
    ExplainedClass,
    ExplainedFile,
    ExplanationContent,
    Neighbour,
)
from labelassemble.report.heat_map_plot import colour_stops
from labelassemble.report.number_format import (
    format_number_of,
    format_percent,
    format_score,
    join_words,
)
from labelassemble.report.palette import MUTED, POSITIVE

_SHOWN, _SMALL = 640, 200
"""Pixels of the longer side of an image, and of a neighbour."""
_BAR = 84
"""Pixels of the bar of a probability."""
CALL_COLOURS = {"present": POSITIVE, "absent": MUTED}


@dataclass(frozen=True)
class ClassRow:
    """One class as a row of the table, and its map."""

    title: str
    probability: str
    calibrated: str
    threshold: str
    call: str
    bar: float
    tick: float | None
    whisker: tuple[float, float] | None
    nearest: str
    map: Embedded


@dataclass(frozen=True)
class NeighbourCard:
    """One training image."""

    image: Embedded | None
    source: str
    record: str
    distance: str
    positive: str
    uncertain: str
    negative: str


@dataclass(frozen=True)
class FileSection:
    """One image file."""

    anchor: str
    file: str
    error: str
    answer: str
    cautions: list[str]
    likeness: str
    image: Embedded | None
    calibrated: bool
    called: bool
    notes: str
    rows: list[ClassRow]
    neighbours: list[NeighbourCard]


def describe_explanation(content: ExplanationContent) -> dict[str, Any]:
    """Give the values of the template."""
    called = f"called by {content.rule}" if content.rule else "no thresholds"
    facts = [
        f"Run {content.run}, weights {content.weights[:12]}",
        f"{called}, chosen on {content.chosen_on}" if content.chosen_on else called,
        f"labelassemble {content.version}",
    ]
    if content.source:
        facts.insert(1, f"calibrated as images of {content.source}")
    one = content.files[0].file if len(content.files) == 1 else ""
    return {
        "title": one or f"{format_number_of(len(content.files), 'image')} explained",
        "facts": facts,
        "sections": [
            _describe_file(own, content, f"image{place}")
            for place, own in enumerate(content.files, start=1)
        ],
        "classes": max((len(own.classes) for own in content.files), default=0),
        "interval": format_percent(content.confidence, 1.0).replace(".0 ", " "),
        "bar_width": _BAR,
        "stops": colour_stops(),
        "call_colours": CALL_COLOURS,
        "neighbours_note": content.neighbours_note,
    }


def _describe_file(one: ExplainedFile, content: ExplanationContent, anchor: str) -> FileSection:
    rows = [_describe_class(own, one.neighbours) for own in one.classes]
    image = None if one.image is None else embed_image(one.image, one.file, _SHOWN, photo=True)
    nearest = one.neighbours[0] if one.neighbours else None
    cautions = tell_cautions(one.unlike, nearest, content.same_distance)
    likeness = tell_likeness(one.distance, content.unlike_threshold)
    return FileSection(
        anchor=anchor,
        file=one.file,
        error=one.error,
        answer="" if one.error else _answer(one.classes),
        cautions=cautions,
        likeness=likeness,
        image=image,
        calibrated=any(row.calibrated for row in rows),
        called=any(row.threshold for row in rows),
        notes=_tell_notes(one.classes),
        rows=rows,
        neighbours=[_describe_neighbour(own) for own in one.neighbours],
    )


def _answer(classes: tuple[ExplainedClass, ...]) -> str:
    """The calls in one sentence."""
    present = [
        f"{own.title} ({_write(own.probability)})" for own in classes if own.call == "present"
    ]
    silent = sum(not own.call for own in classes)
    if silent == len(classes):
        return "Nothing is called: the run has no thresholds for its classes."
    told = f"Called present: {join_words(present)}." if present else "Nothing is called present."
    return told + (
        f" {format_number_of(silent, 'class', 'classes')} without a call." if silent else ""
    )


def _tell_notes(classes: tuple[ExplainedClass, ...]) -> str:
    """What is to be known of the classes, those together of which the same is."""
    together: dict[str, list[str]] = {}
    for own in classes:
        if own.note:
            together.setdefault(own.note, []).append(own.title)
    return "; ".join(f"{join_words(titles)}: {note}" for note, titles in together.items())


def tell_cautions(unlike: str, nearest: Neighbour | None, same_distance: float) -> list[str]:
    """Say what a reader of predictions for an image is to be warned of.

    Args:
        unlike: as ``predict`` says it.
        nearest: the nearest training image; None: nobody tells.
        same_distance: distance below which it is the same one to the network.
    """
    cautions = []
    if unlike.startswith("yes: "):
        cautions.append(
            f"Its DICOM header says {unlike.removeprefix('yes: ')}, as that of no training "
            "image does: what is said here means little."
        )
    elif unlike == "yes":
        cautions.append(
            "It is farther from the training images, or more blurred, than 95 % of validation "
            "images are: what is said here means little."
        )
    if nearest is not None and nearest.distance < same_distance:
        cautions.append(
            f"The network has trained on this image, or on one that it cannot tell from it "
            f"({nearest.record}): its answer is remembered, and shows nothing of what it can do."
        )
    return cautions


def tell_likeness(distance: float | None, threshold: float | None) -> str:
    """Say how far an image is from the training images.

    Args:
        distance: None: nobody tells.
        threshold: distance above which one is unlike them; None: nobody tells.
    """
    if distance is None:
        return "The run does not tell how far images are from those of training."
    told = f"Distance from the training images {distance:.2f}"
    if threshold is None:
        return f"{told}; too few validation images to say from where on one is unlike them."
    return f"{told}; unlike them from {threshold:.2f} on."


def _describe_class(one: ExplainedClass, neighbours: tuple[Neighbour, ...]) -> ClassRow:
    threshold, interval = one.threshold, one.interval
    told = "" if threshold is None else _write(threshold)
    if interval is not None and threshold is not None:
        told += f" [{_write(interval[0])}, {_write(interval[1])}]"
    present = sum(one.title in own.positive for own in neighbours)
    known = present + sum(one.title in own.negative for own in neighbours)
    alt = f"{one.title}: where its probability of {_write(one.probability)} comes from"
    return ClassRow(
        title=one.title,
        probability=_write(one.probability),
        calibrated="" if one.calibrated is None else _write(one.calibrated),
        threshold=told,
        call=one.call,
        bar=round(_BAR * one.probability, 1),
        tick=None if threshold is None else round(_BAR * threshold, 1),
        whisker=None
        if interval is None
        else (round(_BAR * interval[0], 1), round(_BAR * interval[1], 1)),
        nearest=f"{present} of {known}" if known else "",
        map=draw_class_map(one.probability_map, 0.5 if threshold is None else threshold, alt),
    )


def _describe_neighbour(one: Neighbour) -> NeighbourCard:
    image = None
    if one.image is not None:
        image = embed_image(one.image, f"training image {one.record}", _SMALL, photo=True)
    return NeighbourCard(
        image=image,
        source=one.source,
        record=one.record,
        distance=f"{one.distance:.2f}",
        positive=", ".join(one.positive) or ("nothing found" if one.negative else "nothing known"),
        uncertain=", ".join(one.uncertain),
        negative=", ".join(one.negative),
    )


def _write(probability: float) -> str:
    """Write a probability with three digits, never as if it were none or all.

    >>> [_write(one) for one in (0.8237, 0.0002, 0.9999, 1.0)]
    ['.824', '< .001', '> .999', '1.000']
    """
    if 0.0 < probability < 0.0005:
        return "< .001"
    return "> .999" if 0.9995 <= probability < 1.0 else format_score(probability)
