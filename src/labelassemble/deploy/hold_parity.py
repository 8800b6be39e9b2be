"""What a model file gives, held against the run on real images, in batches of several lengths."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from labelassemble.deploy.runtimes import Compute
from labelassemble.errors import ModelError

BATCHES = (1, 3, 16)
"""Lengths that are tried: some exporters freeze the one that they saw, and say nothing."""

LARGEST_DIFFERENCE = 1e-4
"""Of probabilities, between a file and the run."""


class Checked(NamedTuple):
    """Inputs, and what the run gives for them.

    Attributes:
        images: as the program takes them, float32; at least one.
        probability: of the run.
    """

    images: Float[np.ndarray, "images 1 *space"]
    probability: Float[np.ndarray, "images *classes"]


def hold_parity(compute: Compute, checked: Checked, name: str) -> float:
    """Compare a model with the run.

    Args:
        compute: the model, opened by its runtime.
        checked: real images; they are repeated where there are fewer than a batch holds.
        name: of the form, for errors.

    Returns:
        The largest difference of a probability.

    Raises:
        ModelError: a difference above ``LARGEST_DIFFERENCE``, or a batch that the model does not
            take.
    """
    largest = 0.0
    for length in BATCHES:
        rows = np.arange(length) % len(checked.images)
        try:
            found = compute(np.ascontiguousarray(checked.images[rows]))
        except Exception as error:  # each runtime raises errors of its own
            said = " ".join(str(error).split())[:300]
            raise _unequal(name, f"a batch of {length} is refused: {said}") from error
        wanted = checked.probability[rows]
        if found.shape != wanted.shape:
            raise _unequal(name, f"an output of shape {found.shape} for {wanted.shape}")
        difference = float(np.abs(found - wanted).max())
        if not difference <= LARGEST_DIFFERENCE:
            raise _unequal(name, f"a difference of {difference:.2g} in a batch of {length}")
        largest = max(largest, difference)
    return largest


def _unequal(name: str, got: str) -> ModelError:
    return ModelError(
        f"{name} with the run's probabilities, within {LARGEST_DIFFERENCE:g}, for batches of "
        f"{', '.join(map(str, BATCHES))}",
        got,
        "Nothing was written. Export in another form, or pack the run: labelassemble pack",
    )
