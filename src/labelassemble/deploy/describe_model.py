"""What a model file says of itself: how an image is prepared, what comes out, how to calibrate."""

from collections.abc import Mapping
from typing import Any

from labelassemble import __version__
from labelassemble.deploy.trace_network import INPUT_NAME, OUTPUT_NAME, SIDE_STEP, Traced
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.inference.operating_file import Operation

METADATA = "labelassemble"
"""The key of the description in a file's metadata."""

INTENDED_USE = "For research. Not a medical device."


def describe_model(
    description: NetworkDescription,
    traced: Traced,
    operation: Operation | None,
    facts: Mapping[str, str],
) -> dict[str, Any]:
    """Describe a model for those who have nothing but its file.

    Args:
        description: of the network.
        traced: its program.
        operation: calibration and thresholds; None: there are none.
        facts: where it came from: run, checkpoint (SHA-256).

    Returns:
        JSON: ``input`` (range, size, fit; of volumes spacing, window and patch), ``output``,
        ``classes``, ``calibration`` (slope and intercept of Platt scaling a class, null where too
        few patients were known) and ``threshold`` (of the probability, not calibrated; likewise).
    """
    chosen = {
        name: None if operation is None else operation.choose(name) for name in description.classes
    }
    rule = None if operation is None else operation.rule
    points = {
        name: None if one is None or rule is None else one.points.get(rule)
        for name, one in chosen.items()
    }
    dense = description.detection is not None
    return {
        "format": 1,
        "written_by": f"labelassemble {__version__}",
        "intended_use": INTENDED_USE,
        **facts,
        "task": "detection" if dense else "diagnosis",
        "classes": list(description.classes),
        "input": {
            "name": INPUT_NAME,
            "layout": "batch 1 " + " ".join(_axes(description)),
            "range": [0.0, 1.0],
            "sides": list(traced.sides),
            "free_sides": traced.free_sides,
            **({"side_step": SIDE_STEP} if traced.free_sides else {}),
            **_preparation(description),
        },
        "output": {
            "name": OUTPUT_NAME,
            "layout": "batch classes" + (f" {' '.join(_axes(description))}" if dense else ""),
        },
        "calibration": {
            name: None
            if one is None or one.calibration is None
            else {"slope": one.calibration.slope, "intercept": one.calibration.intercept}
            for name, one in chosen.items()
        },
        "threshold": {
            name: None if point is None else point.threshold for name, point in points.items()
        },
        "threshold_rule": rule,
    }


def _axes(description: NetworkDescription) -> tuple[str, ...]:
    settings = description.detection
    if settings is not None and settings.dimensions == 3:
        return ("right", "anterior", "superior")
    return ("height", "width")


def _preparation(description: NetworkDescription) -> dict[str, Any]:
    """How an image becomes the input; scale, mean and deviation are inside the model."""
    settings = description.detection
    if settings is not None and settings.dimensions == 3:
        return {
            "spacing_mm": settings.volumes.spacing_mm,
            "window_hu": settings.volumes.window_hu,
            "window_overlap": settings.window_overlap,
        }
    images = {"size": description.images.size, "fit": description.images.fit}
    return images if settings is None else {**images, "window_overlap": settings.window_overlap}
