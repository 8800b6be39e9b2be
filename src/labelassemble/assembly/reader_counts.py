"""How many readings of an image say what."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int, UInt8


class Counts(NamedTuple):
    """How many readings of an image say what; a row an image that several readings speak of.

    Attributes:
        image: number of the image.
        image: number of its image.
        source: place of its source in the recipe.
        positive, negative, uncertain: readings of the strongest evidence that say so.
        state: what they come to.
        rule: index into the rules of what they come to.
    """

    image: Int[np.ndarray, " images"]
    record: Int[np.ndarray, " images"]
    source: Int[np.ndarray, " images"]
    positive: Int[np.ndarray, "images classes"]
    negative: Int[np.ndarray, "images classes"]
    uncertain: Int[np.ndarray, "images classes"]
    state: UInt8[np.ndarray, "images classes"]
    rule: Int[np.ndarray, "images classes"]
