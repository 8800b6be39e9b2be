"""How many images a source was published with, and on how many each finding is."""

from pydantic import Field

from labelassemble.settings import Settings


class Published(Settings):
    """What `check` compares a copy with: how much was published, and who counted it."""

    images: int = Field(ge=1)
    """Images that the source has, as this manifest reads it."""
    positive: dict[str, int] = Field(default={})
    """Term to the images on which some reader says that it is there."""
    source: str
    """Where the numbers come from."""
