"""How findings go together: a Gaussian copula with four causes, and severities from 0 to 1.

Every person has four hidden causes: heart failure, infection, malignancy and intensive care, the
first and the third growing with age. A finding's latent number is the weighted sum of the causes
(`LOADINGS`) and of noise of its own, with variance 1. The finding is there when the latent number
lies in the upper tail that its frequency leaves; its severity is how deep in that tail, uniform in
(0, 1] over those who have it. Between visits the latent number moves, for some findings more than
for others (`PERSISTENCE`).
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

FINDINGS: tuple[str, ...] = (
    "atelectasis",
    "cardiomegaly",
    "consolidation",
    "edema",
    "effusion",
    "mass",
    "nodule",
    "pneumothorax",
)
"""Names as in the chest radiograph vocabulary; the order of masks, labels and severities."""

VISIBLE_SEVERITY = 0.2
"""Severities at or below this are in the image but too faint or small to be called: the truth
says absent, and the mask is empty."""

CAUSES: tuple[str, ...] = ("heart failure", "infection", "malignancy", "intensive care")

LOADINGS: Mapping[str, tuple[float, float, float, float]] = {
    "atelectasis": (0.25, 0.30, 0.20, 0.45),
    "cardiomegaly": (0.75, 0.00, 0.00, 0.00),
    "consolidation": (0.10, 0.80, 0.00, 0.15),
    "edema": (0.80, 0.05, 0.00, 0.20),
    "effusion": (0.65, 0.25, 0.35, 0.15),
    "mass": (0.00, 0.00, 0.75, 0.00),
    "nodule": (0.00, 0.00, 0.70, -0.10),
    "pneumothorax": (-0.15, 0.00, 0.10, 0.60),
}
"""Weights of the causes; the squares of each row sum to less than 1."""

FREQUENCY: Mapping[str, float] = {
    "atelectasis": 0.25,
    "cardiomegaly": 0.28,
    "consolidation": 0.22,
    "edema": 0.20,
    "effusion": 0.28,
    "mass": 0.15,
    "nodule": 0.20,
    "pneumothorax": 0.16,
}
"""Share of images with a severity above 0, seen or not, in a hospital of the ordinary kind."""

PERSISTENCE: Mapping[str, float] = {
    "atelectasis": 0.4,
    "cardiomegaly": 0.95,
    "consolidation": 0.4,
    "edema": 0.5,
    "effusion": 0.6,
    "mass": 0.98,
    "nodule": 0.98,
    "pneumothorax": 0.4,
}
"""Correlation of a finding's latent number between two visits of one person."""

_AGE_WEIGHT = np.array([0.45, 0.0, 0.4, 0.15])
_LOADINGS = np.array([LOADINGS[name] for name in FINDINGS])
_FREQUENCY = np.array([FREQUENCY[name] for name in FINDINGS])
_PERSISTENCE = np.array([PERSISTENCE[name] for name in FINDINGS])


def draw_disposition(generator: np.random.Generator, age: float) -> Float[np.ndarray, " findings"]:
    """Draw a person's latent number of every finding: standard normal over a population.

    ``age`` in years; 50 with a spread of 18 is taken as the population.
    """
    older = np.clip((age - 50) / 18, -2, 2)
    own = generator.standard_normal(len(CAUSES))
    causes = _AGE_WEIGHT * older + np.sqrt(1 - _AGE_WEIGHT**2) * own
    noise = generator.standard_normal(len(FINDINGS))
    return np.asarray(_LOADINGS @ causes + np.sqrt(1 - (_LOADINGS**2).sum(axis=1)) * noise)


def draw_severities(
    generator: np.random.Generator,
    disposition: Float[np.ndarray, " findings"],
    frequency_factor: Mapping[str, float],
) -> Float[np.ndarray, " findings"]:
    """Draw the severities, 0 (absent) to 1, of one visit.

    Args:
        generator: the visit's.
        disposition: the person's latent numbers.
        frequency_factor: factor on the frequency of some findings, by the kind of hospital.
    """
    noise = generator.standard_normal(len(FINDINGS))
    latent = np.sqrt(_PERSISTENCE) * disposition + np.sqrt(1 - _PERSISTENCE) * noise
    factor = np.array([frequency_factor.get(name, 1.0) for name in FINDINGS])
    frequency = np.clip(_FREQUENCY * factor, 1e-6, 0.95)
    return np.asarray(np.clip((ndtr(latent) - (1 - frequency)) / frequency, 0.0, 1.0))
