"""What lies in a folder, by kind."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from labelassemble.sources.image_files import IMAGE_SUFFIXES, VOLUME_SUFFIXES

MASK_WORDS = (
    "mask", "masks", "label", "labels", "labelstr", "labelsts", "seg", "segmentation",
    "segmentations", "annotation", "annotations", "gt", "groundtruth", "ground", "truth",
)  # fmt: skip
"""Words in the names of folders that hold masks rather than images."""

_TABLE = re.compile(r"(?i)\.(csv|tsv|txt|tab|dat|parquet|xlsx|xls|ods|jsonl|ndjson)(\.gz|\.zip)?$")
_MANY = 20
_DEEP = 3


class Survey(NamedTuple):
    """Files of a folder, as paths below it, sorted.

    Attributes:
        folder: the folder.
        images: pictures that are not masks.
        masks: pictures and volumes in folders of masks, or called so.
        volumes: volumes that are not masks.
        tables: files that may be tables or lists; of many text files in one folder none.
        json: JSON files.
        npz: files of arrays.
        xml: XML files.
    """

    folder: Path
    images: tuple[str, ...]
    masks: tuple[str, ...]
    volumes: tuple[str, ...]
    tables: tuple[str, ...]
    json: tuple[str, ...]
    npz: tuple[str, ...]
    xml: tuple[str, ...]


def survey_folder(folder: Path) -> Survey:
    """List the files of a folder by kind; hidden ones, and what systems leave, are passed over."""
    names = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "__MACOSX"
        )
        below = Path(place).relative_to(folder)
        names += [(below / name).as_posix() for name in sorted(files) if not name.startswith(".")]
    pictures = [name for name in names if name.lower().endswith(IMAGE_SUFFIXES)]
    volumes = [name for name in names if name.lower().endswith(VOLUME_SUFFIXES)]
    tables = [name for name in names if _TABLE.search(name) and name.count("/") < _DEEP]
    counts: dict[str, int] = {}
    for name in tables:
        place = name.rpartition("/")[0]
        counts[place] = counts.get(place, 0) + 1
    return Survey(
        folder=folder,
        images=tuple(name for name in pictures if not is_mask(name)),
        masks=tuple(name for name in [*pictures, *volumes] if is_mask(name)),
        volumes=tuple(name for name in volumes if not is_mask(name)),
        # Hundreds of text files are reports or boxes, one an image, and not tables of images.
        tables=tuple(name for name in tables if counts[name.rpartition("/")[0]] <= _MANY),
        json=tuple(name for name in names if name.lower().endswith(".json")),
        npz=tuple(name for name in names if name.lower().endswith(".npz")),
        xml=tuple(name for name in names if name.lower().endswith(".xml")),
    )


def is_mask(name: str) -> bool:
    """Whether a path looks like a mask's, by a folder's name or the end of its own.

    >>> is_mask("masks/a.png"), is_mask("a_mask_1.png"), is_mask("unmasked/a.png")
    (True, True, False)
    """
    *folders, file = name.lower().split("/")
    if any(set(re.split(r"[^a-z]+", folder)) & set(MASK_WORDS) for folder in folders):
        return True
    return re.search(r"[_-](mask|seg|segmentation|gt)s?([_-]?\d+)?\.[a-z.]+$", file) is not None


def plain_name(name: str) -> str:
    """Name a table as a manifest does: without what it is packed in.

    >>> plain_name("labels.csv.gz")
    'labels.csv'
    """
    return re.sub(r"(?i)\.(gz|zip)$", "", name) if _TABLE.search(name) else name
