"""A run that predicts whole images, opened; others are refused."""

from pathlib import Path

from labelassemble.errors import RunError
from labelassemble.inference.predictor import Predictor


def open_diagnosis(model: Path, do: str) -> Predictor:
    """Open a run that predicts whole images.

    Args:
        model: a run folder, or a file that ``pack`` wrote.
        do: what to do with a run that finds lesions.

    Raises:
        RunError: not a run, a damaged one, or one that finds lesions.
    """
    predictor = Predictor(model)
    if predictor.description.detection is not None:
        raise RunError("a run that predicts whole images", "one that finds lesions", do)
    return predictor
