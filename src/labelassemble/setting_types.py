"""What settings are made of: their base class, ranges, and texts that may be paths."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]


class PathText(Enum):
    """Marks a text setting that may be a path, and says when it is one.

    A setting of type ``Path`` always is. ``recipe.resolve_paths`` makes both absolute.
    """

    TOML = "where it ends in .toml; else the name of something built in"
    HUB_FOLDER = "after hf:, where that folder is there or it begins with . ~ or /; else a hub name"
    WEIGHTS = "where it is no URL, no package: and no timm:; after hf: as HUB_FOLDER"


TomlOrName = Annotated[str, PathText.TOML]
HubOrName = Annotated[str, PathText.HUB_FOLDER]


class Settings(BaseModel):
    """Frozen; refuses unknown keys; keeps defaults checked."""

    # Built when the first one is made: most commands need few of them, and all take a fifth of a
    # second.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)


Evidence = Literal[
    "laboratory", "consensus", "radiologist", "report", "text_mining", "model", "unstated"
]


EVIDENCE: tuple[Evidence, ...] = (
    "laboratory",
    "consensus",
    "radiologist",
    "report",
    "text_mining",
    "model",
    "unstated",
)
"""Where assessments come from, the strongest first. laboratory: a test of the patient, such as PCR,
culture, histology. consensus: several readers of the image who settled on one answer.
radiologist: readers of the image. report: a person read the report. text_mining: a program read the
report. model: a network read the image. unstated: the source does not say."""

REVIEW = "review"
"""Evidence of a reader who looked again at a label (`assembly.corrections`): no source's own, and
heard before all of these."""

EVERY_EVIDENCE = (*EVIDENCE, REVIEW)
"""All kinds of evidence that a cell may have, in the order of their numbers."""


WhenBusy = Literal["refuse", "wait"]


Use = Literal["commercial", "derivatives", "sharing"]

LICENCE_USES: tuple[Use, ...] = ("commercial", "derivatives", "sharing")
"""What a licence may forbid. commercial: use for profit. derivatives: works made from the data, as
weights are. sharing: handing on weights that learned from the data."""


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _none_or_more(value: Any) -> Any:
    return () if value is None else (value,) if isinstance(value, str | Path) else value


Paths = Annotated[tuple[Path, ...], BeforeValidator(_none_or_more)]
"""One path, or a list of them; none: ()."""

Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more), Field(min_length=1)]
"""One name, or a list of them."""
