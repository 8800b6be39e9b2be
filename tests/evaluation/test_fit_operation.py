"""From validation predictions to calibration and thresholds, and back from the file."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.special import expit

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError, SettingsError
from labelassemble.evaluation.fit_operation import calibrate_predictions, fit_operation
from labelassemble.inference.operating_file import read_operation, write_operation
from labelassemble.settings import EvaluationSettings

CLASSES = ("nodule", "nodule_or_mass", "rare")
SETTINGS = EvaluationSettings(replicates=60, call_patients=20)


@pytest.fixture
def validated(
    make_table: Callable[..., AssembledTable], predict: Callable[..., pl.DataFrame]
) -> tuple[AssembledTable, pl.DataFrame]:
    """Two hospitals, the second a small one; a network that is far too sure of itself."""
    generator = np.random.default_rng(0)
    logit = generator.normal(size=(700, 3)) * 1.5
    label = (generator.random((700, 3)) < expit(logit - 0.5)).astype(float)
    label[:, 2] = np.arange(700) < 12
    source = ["north"] * 650 + ["east"] * 50
    split = ["validate"] * 400 + ["test"] * 250 + ["validate"] * 50
    table = make_table(label, source, list(range(700)), split, CLASSES)
    return table, predict(table, expit(3 * logit))


def test_probabilities_come_true_and_few_patients_have_no_call(
    validated: tuple[AssembledTable, pl.DataFrame], tmp_path: Path
) -> None:
    table, predictions = validated
    operation = fit_operation(predictions, table, {}, SETTINGS)
    assert list(operation.sources) == ["all", "north", "east"]
    pooled = operation.sources["all"]
    assert pooled["nodule"].slope == pytest.approx(1 / 3, abs=0.08)
    assert pooled["nodule"].intercept == pytest.approx(-0.5, abs=0.25)
    point = pooled["nodule"].points["youden"]
    assert point.threshold_low is not None
    assert point.threshold_high is not None
    assert point.threshold_low <= point.threshold <= point.threshold_high
    assert pooled["nodule"].points["specificity"].specificity.score >= 0.98
    assert pooled["rare"].calibration is None
    assert pooled["rare"].points == {}
    assert pooled["rare"].note == "too few (12 positive patients)"
    assert operation.list_uncalled(CLASSES) == {"rare": "too few (12 positive patients)"}
    # A hospital with too few patients is calibrated as all are.
    assert operation.sources["east"]["nodule"].calibration is None
    assert operation.choose("nodule", "east") == pooled["nodule"]
    assert operation.choose("nodule", "north") != pooled["nodule"]
    with pytest.raises(SettingsError, match="nearest: north"):
        operation.choose("nodule", "norht")
    write_operation(operation, tmp_path / "operating.json")
    again = read_operation(tmp_path / "operating.json")
    assert again == operation
    first = (tmp_path / "operating.json").read_bytes()
    write_operation(fit_operation(predictions, table, {}, SETTINGS), tmp_path / "operating.json")
    assert (tmp_path / "operating.json").read_bytes() == first
    for old, new in (
        (b'"slope": 0.', b'"slope": 1.'),
        (b'"rule": "youden"', b'"rule": "sensitivity"'),
    ):
        assert old in first
        (tmp_path / "operating.json").write_bytes(first.replace(old, new, 1))
        with pytest.raises(RunError, match="changed since"):
            read_operation(tmp_path / "operating.json")
    for data in (first[:-9], b"[1]", b"{}", b'{"sha256": null}', b"", b"\xff"):
        (tmp_path / "operating.json").write_bytes(data)
        with pytest.raises(RunError, match="calibration and thresholds"):
            read_operation(tmp_path / "operating.json")
    calibrated = calibrate_predictions(predictions, operation)
    assert set(calibrated["class"]) == {"nodule", "nodule_or_mass"}
    positives = table.cells.filter(pl.col("class") == "nodule")["label"].mean()
    mean = calibrated.filter(pl.col("class") == "nodule")["probability"].mean()
    assert mean == pytest.approx(positives, abs=0.03)


def test_it_is_fitted_on_what_predict_shows(
    validated: tuple[AssembledTable, pl.DataFrame],
) -> None:
    table, predictions = validated
    plain = fit_operation(predictions, table, {}, SETTINGS)
    coherent = fit_operation(predictions, table, {"nodule": ["nodule_or_mass"]}, SETTINGS)
    assert coherent.sources["all"]["nodule"] == plain.sources["all"]["nodule"]
    assert coherent.sources["all"]["nodule_or_mass"] != plain.sources["all"]["nodule_or_mass"]


def test_test_images_have_no_say(validated: tuple[AssembledTable, pl.DataFrame]) -> None:
    table, predictions = validated
    tested = table.records.filter(split="test")["record"].implode()
    changed = predictions.with_columns(
        probability=pl.when(pl.col("record").is_in(tested)).then(0.5).otherwise("probability")
    )
    assert fit_operation(changed, table, {}, SETTINGS) == fit_operation(
        predictions, table, {}, SETTINGS
    )


def test_without_validation_images_nothing_is_called(
    make_table: Callable[..., AssembledTable], predict: Callable[..., pl.DataFrame]
) -> None:
    label = np.tile([[1.0], [0.0]], (30, 1))
    table = make_table(label, ["north"] * 60, list(range(60)), "test", ["mass"])
    operation = fit_operation(predict(table, label / 2), table, {}, SETTINGS)
    assert operation.list_uncalled(["mass"]) == {"mass": "no validation images"}


@pytest.mark.parametrize("content", [None, "{", '{"format": 2}'])
def test_a_file_that_is_none_is_told(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "operating.json").write_text(content)
    with pytest.raises(RunError, match="calibration and thresholds of a run"):
        read_operation(tmp_path / "operating.json")
