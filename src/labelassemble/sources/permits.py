"""What the terms of a source permit, as far as they say."""

import re
from collections.abc import Iterable, Mapping, Sequence

from labelassemble.setting_types import LICENCE_USES, Settings, Use

USE_WORDS: Mapping[Use, str] = {
    "commercial": "commercial use",
    "derivatives": "derivatives",
    "sharing": "sharing of weights",
}
"""Uses in words."""


class Permits(Settings):
    """Which uses the terms of a source permit; None: they do not say.

    What the terms say, and not what a court would: who publishes a network reads them.
    """

    commercial: bool | None = None
    """Use for profit."""
    derivatives: bool | None = None
    """Works made from the data, as weights are."""
    sharing: bool | None = None
    """Handing on weights that learned from the data."""

    def forbidden(self, uses: Sequence[Use] = LICENCE_USES) -> tuple[Use, ...]:
        """Give the uses that the terms forbid, of those asked about."""
        return tuple(use for use in uses if getattr(self, use) is False)

    def unsaid(self, uses: Sequence[Use] = LICENCE_USES) -> tuple[Use, ...]:
        """Give the uses of which the terms say nothing, of those asked about."""
        return tuple(use for use in uses if getattr(self, use) is None)


def combine_permits(parts: Iterable[Permits]) -> Permits:
    """Give what all of several terms permit together: one that forbids forbids, silence stays."""
    rows = list(parts)
    said = {use: [getattr(one, use) for one in rows] for use in LICENCE_USES}
    return Permits(**{use: _combine(values) for use, values in said.items()})


def _combine(values: Sequence[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


EVERYTHING = Permits(commercial=True, derivatives=True, sharing=True)

_OPEN = re.compile(
    r"cc0( 1\.0)?( universal)?|public domain|pddl( 1\.0)?|odc by( 1\.0)?|odbl( 1\.0)?"
    r"|mit|apache( license)? 2\.0|bsd [23] clause"
)
_CREATIVE_COMMONS = re.compile(r"cc by(?P<nc> nc)?( sa|(?P<nd> nd))?( \d\.\d)?( international)?")


def read_permits(licence: str) -> Permits:
    """Read a standard licence by its name or SPDX identifier; of other words nothing is concluded.

    Creative Commons, CC0, PDDL, ODC-BY, ODbL, MIT, Apache 2.0 and BSD are known, and nothing may
    stand beside the name: what does may take away what the licence gives. Where NoDerivatives is
    said, weights are counted as derivatives.

    >>> read_permits("CC BY-NC-SA 4.0").forbidden()
    ('commercial',)
    >>> read_permits("cc-by-nd-4.0").forbidden()
    ('derivatives', 'sharing')
    >>> read_permits("CC BY 4.0, on request").unsaid()
    ('commercial', 'derivatives', 'sharing')
    """
    words = " ".join(re.sub(r"[-_ ]+", " ", licence.lower()).split())
    if _OPEN.fullmatch(words):
        return EVERYTHING
    found = _CREATIVE_COMMONS.fullmatch(words)
    if found is None:
        return Permits()
    made = found["nd"] is None
    return Permits(commercial=found["nc"] is None, derivatives=made, sharing=made)
