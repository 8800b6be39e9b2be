"""``operating.json``: what a run's probabilities are worth, and from which on it says yes."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field, ValidationError

from labelassemble.errors import RunError, SettingsError, unknown_name
from labelassemble.inference.pack_file import FACTS_PART, read_pack
from labelassemble.metrics.platt import Platt, apply_platt
from labelassemble.setting_types import Settings
from labelassemble.settings import ThresholdRule
from labelassemble.storage.write_aside import write_text

OPERATING = "operating.json"
"""What the file is called in a run folder."""

EVERY_SOURCE = "all"
"""The entry of all sources together."""

CALLS = {1.0: "present", 0.0: "absent"}
"""What a call is called."""

CHECKSUM = "sha256"
"""The entry with the hash of all others."""


class ShareInterval(Settings):
    """A share and its interval over patients; none where it could not be made."""

    score: float | None
    low: float | None = None
    high: float | None = None


class ClassPoint(Settings):
    """Where a class is called present, and what that reached on the images it was chosen on."""

    threshold: float
    """Probabilities (not calibrated) at or above it are called present."""
    threshold_low: float | None
    """Ends of the threshold's bootstrap interval over patients."""
    threshold_high: float | None
    sensitivity: ShareInterval
    specificity: ShareInterval


class ClassOperation(Settings):
    """One class in one source, or in all of them."""

    positive_patients: int
    negative_patients: int
    slope: float | None = None
    """Of Platt scaling; none: too few patients."""
    intercept: float | None = None
    """Likewise."""
    points: dict[ThresholdRule, ClassPoint] = Field(default_factory=dict)
    """By each rule that reaches what it is asked; none: too few patients."""
    note: str = ""
    """Why there is no call, or what else a reader must know."""

    @property
    def calibration(self) -> Platt | None:
        """What makes probabilities of it come true."""
        if self.slope is None or self.intercept is None:
            return None
        return Platt(self.slope, self.intercept)


class Operation(Settings):
    """Calibration and thresholds of one run."""

    format: Literal[1] = 1
    """Changes when older code could not read it."""
    version: str
    """Version of labelassemble that wrote it."""
    weights: str | None = None
    """SHA-256 of the network's checkpoint, where the file lies elsewhere than in the run folder."""
    chosen_on: str
    """The images: the validation split, or a list of a hospital."""
    rule: ThresholdRule
    """By which `predict` calls."""
    asked: dict[ThresholdRule, float]
    """Sensitivity and specificity to reach."""
    min_patients: int
    """On either side, below which a class has neither calibration nor call."""
    confidence: float
    """Level of the intervals."""
    sources: dict[str, dict[str, ClassOperation]]
    """Source (``all`` first) to class."""

    def choose(self, name: str, source: str = EVERY_SOURCE) -> ClassOperation | None:
        """Give what holds for a class: the source's own if it has enough, else that of all.

        Raises:
            SettingsError: no such source.
        """
        if source not in self.sources:
            raise SettingsError(
                "a source that the run was calibrated on",
                unknown_name("source", source, self.sources),
                "Name one of them, or leave --source out",
            )
        own = self.sources[source].get(name)
        if own is None or own.calibration is None:
            return self.sources[EVERY_SOURCE].get(name)
        return own

    def calibrate(
        self,
        probability: Float[np.ndarray, "images classes"],
        classes: Sequence[str],
        source: str = EVERY_SOURCE,
    ) -> Float[np.ndarray, "images classes"]:
        """Calibrate probabilities; nan where a class has too few patients."""

        def apply(values: np.ndarray, one: ClassOperation) -> np.ndarray | None:
            return None if one.calibration is None else apply_platt(values, one.calibration)

        return self._by_class(probability, classes, source, apply)

    def call(
        self,
        probability: Float[np.ndarray, "images classes"],
        classes: Sequence[str],
        source: str = EVERY_SOURCE,
    ) -> Float[np.ndarray, "images classes"]:
        """Say 1 present or 0 absent by the rule; nan where there is no threshold."""

        def apply(values: np.ndarray, one: ClassOperation) -> np.ndarray | None:
            point = one.points.get(self.rule)
            return None if point is None else (values >= point.threshold).astype(np.float64)

        return self._by_class(probability, classes, source, apply)

    def _by_class(
        self,
        probability: Float[np.ndarray, "images classes"],
        classes: Sequence[str],
        source: str,
        apply: Callable[[np.ndarray, ClassOperation], np.ndarray | None],
    ) -> Float[np.ndarray, "images classes"]:
        told = np.full(probability.shape, np.nan)
        for place, name in enumerate(classes):
            one = self.choose(name, source)
            values = None if one is None else apply(probability[:, place], one)
            if values is not None:
                told[:, place] = values
        return told

    def list_uncalled(
        self, classes: Sequence[str], source: str = EVERY_SOURCE
    ) -> Mapping[str, str]:
        """Give the classes without a call, and why."""
        chosen = {name: self.choose(name, source) for name in classes}
        return {
            name: "the run was not calibrated for it" if one is None else one.note
            for name, one in chosen.items()
            if one is None or self.rule not in one.points
        }


def hash_weights(run_folder: Path) -> str:
    """Give the SHA-256 of a run's best checkpoint, also where the run is packed into a file.

    Raises:
        OSError: it cannot be read.
        RunError: a file that is no pack.
    """
    if run_folder.is_file():
        return str(json.loads(read_pack(run_folder)[FACTS_PART])["checkpoint"])
    with (run_folder / "checkpoints" / "best.ckpt").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_operation(operation: Operation, path: Path) -> None:
    """Write it as JSON with a checksum, aside, then renamed; the same content, the same bytes."""
    told = operation.model_dump(mode="json")
    write_text(json.dumps({**told, CHECKSUM: _digest(told)}, indent=2) + "\n", path)


def read_operation(path: Path) -> Operation:
    """Read what ``write_operation`` wrote.

    Raises:
        RunError: no such file, a damaged or changed one, or one of a newer version.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _wrong(path, error.strerror or str(error)) from error
    return parse_operation(data, path)


def parse_operation(data: bytes, path: Path) -> Operation:
    """Read it from bytes; ``path`` names them in errors.

    Raises:
        RunError: damaged or changed ones, or ones of a newer version.
    """
    try:
        told = json.loads(data)
        checksum = told.pop(CHECKSUM, None)
        operation = Operation.model_validate_json(json.dumps(told))
    except ValidationError as error:
        first = error.errors()[0]
        said = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise _wrong(path, said) from error
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise _wrong(path, "no JSON object") from error
    if checksum != _digest(told):
        said = "no checksum" if checksum is None else "numbers changed since they were written"
        raise _wrong(path, said)
    return operation


def _digest(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _wrong(path: Path, got: str) -> RunError:
    return RunError(
        f"calibration and thresholds of a run at {path}",
        got,
        "Write them again: labelassemble train RECIPE (finished runs are kept), or recalibrate",
    )
