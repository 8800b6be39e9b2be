"""How many images a source was published with, on how many each finding is, what it left blank."""

from typing import Annotated

from pydantic import Field

from labelassemble.setting_types import Settings


class Published(Settings):
    """What `check` compares a copy with: how much was published, and who counted it."""

    images: Annotated[int, Field(ge=1)] | None = None
    """Images that the source has, as this manifest reads it; none: nobody counted them."""
    positive: dict[str, int] = Field(default={})
    """Term to the images on which some reader says that it is there."""
    blank: dict[str, Annotated[float, Field(gt=0, lt=1)]] = Field(default={})
    """Column of `finding_columns` to the share of its cells that are blank, 0 to 1, on rows that no
    subset with evidence of its own holds. A copy that fills them says absent where nobody looked:
    that is an error. An empty table asks for nothing."""
    source: str
    """Where the numbers come from."""
