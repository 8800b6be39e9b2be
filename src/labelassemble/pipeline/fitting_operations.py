"""Calibration and thresholds that were made elsewhere, for the runs that they were made for."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from labelassemble.errors import RunError, SettingsError, plural, some
from labelassemble.inference.operating_file import (
    EVERY_SOURCE,
    Operation,
    hash_weights,
    read_operation,
)

if TYPE_CHECKING:
    from labelassemble.inference.member import EnsembleMember
    from labelassemble.inference.predictor import Predictor


def read_fitting_operations(paths: Sequence[Path], predictor: "Predictor") -> tuple[Operation, ...]:
    """Read calibration and thresholds that were made for these runs, one each.

    Raises:
        RunError: no such file, or one of another network.
        SettingsError: another number of files than of runs.
    """
    members = predictor.members
    if len(paths) != len(members):
        raise SettingsError(
            f"--operating once for each of the {plural(len(members), 'run')}, in their order",
            plural(len(paths), "file"),
            "Calibrate each run: labelassemble recalibrate RUN LIST",
        )
    return tuple(_read_one(*both) for both in zip(paths, members, strict=True))


def _read_one(path: Path, member: "EnsembleMember") -> Operation:
    operation = read_operation(path)
    strange = sorted(set(operation.sources[EVERY_SOURCE]) - set(member.description.classes))
    if strange:
        got = f"those of a run with the classes {some(strange)}"
    elif _is_of(operation, path, member):
        return operation
    elif operation.weights is None:
        got = "a file that does not say of which network"
    else:
        got = "another run's"
    raise RunError(
        f"calibration and thresholds of the run at {member.place} in {path}",
        got,
        "Calibrate this run: labelassemble recalibrate RUN LIST",
    )


def _is_of(operation: Operation, path: Path, member: "EnsembleMember") -> bool:
    """Whether it was made for that network; a run's own file says so by where it lies."""
    if operation.weights is not None:
        return operation.weights == hash_weights(member.place)
    if operation == member.operation:
        return True
    try:
        return hash_weights(path.resolve().parent) == hash_weights(member.place)
    except OSError:  # No run lies there.
        return False
