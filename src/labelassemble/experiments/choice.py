"""What validation chose for an arm: its rate and how long it is trained."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class RateTrial(NamedTuple):
    """An arm with one learning rate.

    Attributes:
        rate: multiple of the recipe's learning rate.
        curve: mean validation AUROC of its networks after every epoch; empty: it diverged.
    """

    rate: float
    curve: Float[np.ndarray, " epochs"]

    @property
    def best(self) -> float:
        """Highest validation score; nan without one."""
        return float(np.nanmax(self.curve)) if np.isfinite(self.curve).any() else math.nan


class Choice(NamedTuple):
    """What validation chose for an arm.

    Attributes:
        arm: its name.
        trials: one a rate.
        rate: the chosen multiple.
        plateau: epochs; None: not reached within the trial.
        tried: epochs of a trial.
        epochs: that it is trained for.
        follows: it was not tried: all this is the control's.
    """

    arm: str
    trials: tuple[RateTrial, ...]
    rate: float
    plateau: int | None
    tried: int
    epochs: int
    follows: bool = False
