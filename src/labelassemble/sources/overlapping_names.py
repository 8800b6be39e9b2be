"""What a source says of its kinship: images or patients that another source has too."""

import re
from typing import Literal

from pydantic import model_validator

from labelassemble.setting_types import Names, Settings
from labelassemble.sources.regular_expression import RegularExpression


class SharedTable(Settings):
    """A published table of which of our names is which of theirs."""

    file: Names
    """Names of the file, or patterns; looked for in the folders of a recipe's sources and in those
    within them. CSV, TSV or a JSON list of objects, packed or not."""
    ours: str
    """Column with our names; extensions of image files and folders before the name do not count."""
    theirs: str
    """Column with theirs."""


class OverlappingNames(Settings):
    """A source that holds some of the same images or patients: a fact about how it was made.

    Where a recipe holds both, the assembly joins them by itself if names tell which are which, and
    says so in any case.
    """

    source: str
    """Name of the other source's manifest."""
    how: Literal["ids", "fingerprint"] = "ids"
    """ids: names tell which images are the same ones. fingerprint: they are known to be shared, and
    only pixels can tell which."""
    ours: Literal["image", "patient"] = "image"
    """Which of our names the other source has."""
    theirs: Literal["image", "patient"] = "image"
    """What it is there. Images on both sides: the same image. Else: the same patient."""
    pattern: RegularExpression | None = None
    """Regular expression with a group ``name``, matched on our whole name, that gives theirs; names
    that it does not match are not shared. None: the names are the same. Extensions of image files
    never count."""
    crosswalk: SharedTable | None = None
    """A published table that gives their names, where ours do not tell them."""
    whole: bool = False
    """All of our names that the pattern matches are theirs, so that two sources that hold parts of
    the same third one are joined even where the third is not in the recipe."""
    evidence: str = ""
    """How it is known, in a sentence."""
    reference: str = ""
    """Where that is said: an address or a DOI."""
    unverified: bool = False
    """It stands from memory: nobody has read it there."""

    @model_validator(mode="after")
    def _fits_together(self) -> "OverlappingNames":
        if self.pattern is not None and "name" not in re.compile(self.pattern).groupindex:
            raise ValueError("pattern needs a group (?P<name>...)")
        named = self.pattern is not None or self.crosswalk is not None
        if self.how == "fingerprint" and (named or {self.ours, self.theirs} != {"image"}):
            raise ValueError(
                "leave ours, theirs, pattern and crosswalk out where only fingerprints tell"
            )
        if self.pattern is not None and self.crosswalk is not None:
            raise ValueError("give one of pattern and crosswalk")
        return self


class OwnNames(Settings):
    """How names of images and patients become the same in every copy of this source.

    Patterns with a group ``name``, matched on the whole name without extension: what the group
    holds is one image, or one patient, wherever a copy has it.
    """

    image: RegularExpression | None = None
    """Names of images: `'(?:.*/)?(?P<name>\\d{8}_\\d{3})'` leaves folders out."""
    patient: RegularExpression | None = None
    """Names of patients: `'0*(?P<name>\\d+)'` leaves zeros out that stand in front."""
    patient_in_image: RegularExpression | None = None
    """Patients within names of images, where copies or parts name no patient themselves."""

    @model_validator(mode="after")
    def _has_groups(self) -> "OwnNames":
        for pattern in (self.image, self.patient, self.patient_in_image):
            if pattern is not None and "name" not in re.compile(pattern).groupindex:
                raise ValueError("a pattern needs a group (?P<name>...)")
        return self

    def list_facts(self, source: str) -> tuple[OverlappingNames, ...]:
        """Give the same as facts about a source and its copies.

        Args:
            source: name of the manifest.
        """
        kinds = (
            (self.image, "image", "image"),
            (self.patient, "patient", "patient"),
            (self.patient_in_image, "image", "patient"),
        )
        return tuple(
            OverlappingNames(
                source=source,
                ours=ours,
                theirs=theirs,
                pattern=pattern,
                whole=True,
                evidence="Both are copies of one source.",
            )
            for pattern, ours, theirs in kinds
            if pattern is not None
        )
