"""Candidates of images held against what is drawn on them: found, missed, false or ignored."""

from collections.abc import Sequence

import polars as pl

from labelassemble.detection.candidates import rows_to_lesions
from labelassemble.detection.dense_case import DenseCase
from labelassemble.errors import RunError
from labelassemble.metrics.lesions.closeness import Criterion
from labelassemble.metrics.lesions.lesions import Lesions
from labelassemble.metrics.lesions.match_lesions import Matches, join_matches, match_lesions
from labelassemble.settings import DetectionSettings


def match_case(candidates: Lesions, case: DenseCase, settings: DetectionSettings) -> Matches:
    """Match one image's candidates to the lesions that are drawn on it.

    A class that is known of the image alone, its lesions drawn nowhere, is not known here: nobody
    can say which candidate is right.

    Args:
        candidates: on the case's grid, of its classes.
        case: what is known.
        settings: the criterion.
    """
    criterion = Criterion(settings.match_by, settings.match_limit)
    known = case.known & ~case.unplaced
    return match_lesions(
        candidates, case.lesions(), known, criterion=criterion, known_region=case.known_region()
    )


def match_candidates(
    candidates: pl.DataFrame,
    cases: Sequence[DenseCase],
    classes: Sequence[str],
    settings: DetectionSettings,
) -> Matches:
    """Match candidates that were written to what is drawn, image by image.

    Args:
        candidates: ``candidate_columns``.
        cases: the images, with labels; scans are numbered in this order.
        classes: of the cases, in their order.
        settings: the criterion.

    Returns:
        What ``froc``, ``detection_ap`` and the bootstrap take.

    Raises:
        RunError: no images, or ``mask_iou``, for which a table of candidates has no voxels.
    """
    if not cases:
        raise RunError("images to match candidates on", "none", "Check the splits of the table")
    return join_matches(list(match_tables([candidates], cases, classes, settings)[0].values()))


def match_tables(
    tables: Sequence[pl.DataFrame],
    cases: Sequence[DenseCase],
    classes: Sequence[str],
    settings: DetectionSettings,
) -> list[dict[str, Matches]]:
    """Match several networks' candidates; what is drawn is read once for all of them.

    Args:
        tables: ``candidate_columns``, a network each.
        cases: the images, with labels.
        classes: of the cases, in their order.
        settings: the criterion.

    Returns:
        For each network the matches of each image by its name, in the order of ``cases``.

    Raises:
        RunError: ``mask_iou``, for which a table of candidates has no voxels.
    """
    if settings.match_by == "mask_iou":
        raise RunError(
            "detection.match_by = 'box_iou', 'distance' or 'centre' for candidates in a table",
            "'mask_iou', which needs their voxels",
            "Fix detection.match_by",
        )
    criterion = Criterion(settings.match_by, settings.match_limit)
    by_record = [table.partition_by("record", as_dict=True) for table in tables]
    matches: list[dict[str, Matches]] = [{} for _ in tables]
    for case in cases:
        truths, region = case.lesions(), case.known_region()
        known = case.known & ~case.unplaced
        for table, own, matched in zip(tables, by_record, matches, strict=True):
            rows = own.get((case.record,), table.clear())
            found = rows_to_lesions(rows, classes, case.annotated.shape)
            matched[case.record] = match_lesions(
                found, truths, known, criterion=criterion, known_region=region
            )
    return matches
