"""Which model says it: what stands in every object that is made of its predictions."""

from typing import NamedTuple

MADE_BY = "labelassemble"
"""Manufacturer of every object that is made here."""

CAUTION = "For research, not a medical device. Made by a program, verified by nobody."
"""Stands in every object that is made here."""


class ModelIdentity(NamedTuple):
    """A model, and how it is asked.

    Attributes:
        run: name of the run, or of the packed file.
        version: of labelassemble.
        weights: SHA-256 of the checkpoint.
        operation: SHA-256 of calibration and thresholds; empty: there are none.
        rule: by which classes are called; empty: none is.
        chosen_on: images that calibration and thresholds are from.
        source: whose images they are taken for.
    """

    run: str
    version: str
    weights: str
    operation: str = ""
    rule: str = ""
    chosen_on: str = ""
    source: str = ""

    @property
    def parameters(self) -> dict[str, str]:
        """What identifies the algorithm beside its name and version, by name."""
        told = {
            "SHA-256 of the network's checkpoint": self.weights,
            "SHA-256 of calibration and thresholds": self.operation,
            "Thresholds by": self.rule,
            "Thresholds from": self.chosen_on,
            "Source of the images": self.source,
        }
        return {name: value for name, value in told.items() if value}
