"""A model in, ready to predict."""

from pathlib import Path

from labelassemble.inference.predictor import Predictor


def load(model: Path | str) -> Predictor:
    """Open a model that ``labelassemble pack`` wrote, or a run folder; ``Predictor`` takes several.

    Raises:
        RunError: neither of them, a changed byte, or a newer format.

    Examples:
        ```python
        predictor = la.load("results/runs/masked-seed0")
        predictor.classes
        ```
    """
    return Predictor(Path(model))
