"""A run and images in, one page out that shows what the run says of them, and why."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from labelassemble import __version__
from labelassemble.errors import ImageError, SettingsError
from labelassemble.files.printable import printable
from labelassemble.inference.explain_image import explain_image
from labelassemble.inference.neighbours import SAME_DISTANCE
from labelassemble.inference.operating_file import EVERY_SOURCE, hash_weights
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.asked_images import AskedImage, list_asked_images
from labelassemble.pipeline.class_titles import class_titles
from labelassemble.pipeline.free_output import refuse_output
from labelassemble.pipeline.open_diagnosis import open_diagnosis
from labelassemble.pipeline.rank_classes import find_vocabulary, rank_classes
from labelassemble.pipeline.training_neighbours import Neighbourhood, open_neighbourhood
from labelassemble.report.explanation.content import ExplainedFile, ExplanationContent
from labelassemble.report.explanation.write_explanation import write_explanation

MAX_IMAGES = 100
"""Images on one page: with more it opens slowly."""


def explain_images(
    model: Path,
    images: Sequence[Path],
    output: Path,
    *,
    source: str = EVERY_SOURCE,
    neighbours: int = 6,
    complain: Callable[[str], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write a page on what a run says of some images; one that cannot be read says why.

    Args:
        model: a run folder that predicts whole images, or a file that ``pack`` wrote.
        images: as ``list_asked_images`` takes them.
        output: the page to write; must not be there.
        source: whose images they are, of the sources that the run was calibrated on.
        neighbours: training images to show beside each.
        complain: takes which files of a folder are not taken.
        progress: called with (images done, images in all).

    Returns:
        How many images cannot be read.

    Raises:
        SettingsError: the page is there or cannot be written, no image or more than ``MAX_IMAGES``,
            no such source.
        ImageError: none of the images can be read.
        RunError: as ``open_diagnosis``.
    """
    refuse_output(output)
    predictor = open_diagnosis(
        model,
        "Its predictions are seen over the images with `labelassemble predict --masks FOLDER`",
    )
    if source != EVERY_SOURCE:
        # A source that nobody knows, and a run without calibration, are told before any work.
        predictor.calibrate(np.zeros((1, len(predictor.classes))), source)
    asked = list_asked_images(images, complain=complain)
    if len(asked) > MAX_IMAGES:
        raise SettingsError(
            f"at most {MAX_IMAGES} images on one page", f"{len(asked):,}", "Name fewer of them"
        )
    near = open_neighbourhood(model, neighbours)
    titles = class_titles(find_vocabulary(predictor), predictor.classes)
    files, wrong = list[ExplainedFile](), list[ImageError]()
    for place, one in enumerate(asked, start=1):
        name = printable(str(one.path))
        try:
            files.append(_explain(predictor, one, name, source, near, titles))
        except ImageError as error:
            wrong.append(error)
            files.append(ExplainedFile(file=name, error=f"{error.got}. {error.do}"))
        if progress:
            progress(place, len(asked))
    if len(wrong) == len(files):
        raise wrong[0]
    operation, unlike = predictor.operation, predictor.unlike
    write_explanation(
        ExplanationContent(
            run=model.resolve().name,
            weights=hash_weights(model),
            version=__version__,
            rule="" if operation is None else operation.rule,
            chosen_on="" if operation is None else operation.chosen_on,
            source="" if source == EVERY_SOURCE else source,
            confidence=0.95 if operation is None else operation.confidence,
            unlike_threshold=None if unlike is None else unlike.threshold,
            same_distance=SAME_DISTANCE,
            neighbours_note=near.note,
            files=tuple(files),
        ),
        output,
    )
    return len(wrong)


def _explain(
    predictor: Predictor,
    asked: AskedImage,
    name: str,
    source: str,
    near: Neighbourhood,
    titles: dict[str, str],
) -> ExplainedFile:
    if asked.wrong is not None:
        raise asked.wrong
    found = explain_image(predictor, asked.path)
    return ExplainedFile(
        file=name,
        image=found.image,
        classes=rank_classes(predictor, found, source, titles),
        unlike=found.unlike,
        distance=found.distance,
        neighbours=near.find(found.feature, titles),
    )
