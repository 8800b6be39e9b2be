"""A run and a hospital's labelled images in, calibration and thresholds for that hospital out."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from jaxtyping import Float

from labelassemble.errors import ImageError, SettingsError, plural, unknown_name
from labelassemble.evaluation.recalibrate import CalibrationChange, ErrorInterval, recalibrate
from labelassemble.evaluation.scored_sample import ALL, ScoredSample
from labelassemble.inference.operating_file import hash_weights, write_operation
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.asked_images import FILE_COLUMNS, read_listed_images
from labelassemble.pipeline.free_output import refuse_output
from labelassemble.pipeline.open_diagnosis import open_diagnosis
from labelassemble.settings import EvaluationSettings

_PATIENT = "patient"
"""The column that says whose image it is; without it each image is another patient's."""

_VALUES = {"1": 1.0, "1.0": 1.0, "0": 0.0, "0.0": 0.0, "": np.nan, "-1": np.nan, "-1.0": np.nan}
"""What a cell may say: present, absent; blank or -1: unknown."""


def recalibrate_run(
    run_folder: Path,
    listed: Path,
    output: Path,
    settings: EvaluationSettings,
    complain: Callable[[str], None],
    column: str | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, CalibrationChange]:
    """Calibrate a finished run for other images, and write what `predict --operating` takes.

    Args:
        run_folder: of a run that predicts whole images.
        listed: a table with a column of paths, a column a class (1, 0, blank or -1: unknown) and,
            where it is known, ``patient``. Other columns are passed over.
        output: the file to write; must not be there.
        settings: rule, what it has to reach, patients needed, replicates.
        complain: takes what a reader should know.
        column: of paths; None: the first of ``asked_images.FILE_COLUMNS``.
        progress: called with (images done, images in all).

    Returns:
        Class by class, what the new calibration changes.

    Raises:
        SettingsError: the output is there or cannot be written, the list cannot be read, has no
            class of the run, a class that the run does not know, or a cell that is no label;
            nothing can be read; too few patients for every class.
        RunError: as ``open_diagnosis``.
    """
    refuse_output(output)
    predictor = open_diagnosis(run_folder, "Its scores are of lesions: nothing is calibrated there")
    table, told = read_listed_images(listed, column, others=True)
    label = _read_labels(table, predictor.classes, told, listed)
    paths = [listed.parent / one for one in table[told]]
    _refuse_two_labels(label, paths, predictor.classes, listed)
    probability, refused = _predict(predictor, paths, progress)
    read = ~np.isnan(probability).any(axis=1)
    if not read.any():
        raise SettingsError(
            f"images that can be read, in {listed}",
            f"none, such as {paths[0]}: {'' if refused is None else refused.got}",
            "Check the paths of the list",
        )
    if refused is not None:
        complain(f"{plural(int((~read).sum()), 'image')} cannot be read, such as: {refused.got}")
    whose = _name_patients(table, paths)
    sample = ScoredSample(
        source=ALL,
        classes=predictor.classes,
        probability=probability[read][None],
        label=label[read],
        known=~np.isnan(label[read]),
        by_policy=np.zeros(label[read].shape, dtype=np.bool_),
        predicted=np.full((1, len(predictor.classes)), True),
        patient=whose.rank("dense").to_numpy()[read].astype(np.int64),
    )
    operation, changes = recalibrate(sample, predictor.operation, settings, listed.name)
    _refuse_no_change(changes, settings.call_patients)
    write_operation(operation.model_copy(update={"weights": hash_weights(run_folder)}), output)
    return changes


def describe_changes(changes: Mapping[str, CalibrationChange]) -> list[str]:
    """The errors before and after as lines of a table for a terminal."""
    width = max(len(name) for name in changes)
    lines = [
        f"{'':<{width}}  {'pos':>5} {'neg':>5}  {'Brier score':<44}  calibration error",
    ]
    for name, one in changes.items():
        counts = f"{name:<{width}}  {one.positive_patients:>5} {one.negative_patients:>5}"
        brier = _before_after(one.brier_before, one.brier_after)
        error = _before_after(one.calibration_before, one.calibration_after)
        lines.append(f"{counts}  {one.note}" if one.note else f"{counts}  {brier:<44}  {error}")
    lines.append(
        "Patients with and without it; before -> after, intervals over patients. After: each fifth "
        "of the patients, calibrated by the others."
    )
    return lines


def _before_after(before: ErrorInterval | None, after: ErrorInterval | None) -> str:
    if before is None or after is None:
        return ""
    return " -> ".join(map(_tell, (before, after)))


def _tell(one: ErrorInterval) -> str:
    # Without replicates there is no interval.
    interval = "" if math.isnan(one.low) else f" [{one.low:.3f}, {one.high:.3f}]"
    return f"{one.score:.3f}{interval}"


def _refuse_no_change(changes: Mapping[str, CalibrationChange], needed: int) -> None:
    """A file that says what the run says already would pass for a calibration."""
    if all(one.note for one in changes.values()):
        best = max(changes, key=lambda name: sorted(changes[name][:2]))
        raise SettingsError(
            f"{needed} patients with and {needed} without at least one class of the run "
            "(evaluation.call_patients)",
            f"of {best}, which has most: {changes[best].note}",
            "List images of more patients; the run's own calibration stays as it is",
        )


def _read_labels(
    table: pl.DataFrame, classes: tuple[str, ...], paths: str, place: Path
) -> Float[np.ndarray, "images classes"]:
    """Labels of the run's classes; nan where a class has no column or a cell is blank."""
    known = [name for name in classes if name in table.columns]
    for name in table.columns:
        values = set(table[name])
        labels = values <= _VALUES.keys() and values != {""}
        if labels and name not in (*classes, *FILE_COLUMNS, _PATIENT, paths):
            raise SettingsError(
                f"classes of the run in {place}",
                unknown_name("class", name, classes),
                "Rename that column, or take it out",
            )
    if not known:
        raise SettingsError(
            f"a column for a class of the run in {place}: {', '.join(classes)}",
            f"columns {', '.join(table.columns)}",
            "Call a column as the class, with 1, 0 or nothing in it",
        )
    label = np.full((table.height, len(classes)), np.nan)
    for name in known:
        strange = sorted(set(table[name]) - _VALUES.keys())
        if strange:
            raise SettingsError(
                f"1, 0, -1 or nothing in the column {name} of {place}",
                f"{strange[0]!r}",
                "Write 1 where the finding is present, 0 where it is absent",
            )
        label[:, classes.index(name)] = [_VALUES[cell] for cell in table[name]]
    return label


def _refuse_two_labels(
    label: Float[np.ndarray, "images classes"],
    paths: Sequence[Path],
    classes: Sequence[str],
    place: Path,
) -> None:
    """Refuse an image that has a finding in one row and has not in another."""
    first: dict[tuple[Path, int], float] = {}
    for row, column in np.argwhere(~np.isnan(label)):
        value = label[row, column]
        if first.setdefault((paths[row], int(column)), value) != value:
            raise SettingsError(
                f"one label an image and class in {place}",
                f"{classes[column]} both 1 and 0 for {paths[row]}",
                "Keep the row that is right",
            )


def _name_patients(table: pl.DataFrame, paths: Sequence[Path]) -> pl.Series:
    """Whose image each is; of whom the list does not say it, every file is another patient's."""
    files = pl.Series("file", map(str, paths))
    if _PATIENT not in table.columns:
        return files
    told = table[_PATIENT].str.strip_chars()
    named = pl.DataFrame({"told": told, "file": files})
    # Two spaces: no id that was read and stripped begins so.
    return named.select(
        pl.when(pl.col("told") == "").then("  " + pl.col("file")).otherwise("told")
    ).to_series()


def _predict(
    predictor: Predictor, paths: list[Path], progress: Callable[[int, int], None] | None
) -> tuple[Float[np.ndarray, "images classes"], ImageError | None]:
    """Probabilities, nan where an image cannot be read, and the first of the reasons."""
    probability = np.full((len(paths), len(predictor.classes)), np.nan)
    first: ImageError | None = None
    done = 0
    for batch in predictor.predict_batches(paths):
        for row in batch:
            if isinstance(row, ImageError):
                first = first or row
            else:
                probability[done] = row.probability
            done += 1
        if progress:
            progress(done, len(paths))
    return probability, first
