"""What lies in a folder, by kind."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from labelassemble.files.file_suffixes import IMAGE_SUFFIXES, VOLUME_SUFFIXES
from labelassemble.files.inside_path import INSIDE
from labelassemble.sources.draft.known_words import same_words
from labelassemble.sources.draft.tell_masks import tell_masks
from labelassemble.sources.image_files import find_image_files
from labelassemble.sources.passed_over import PassedOver
from labelassemble.sources.sample_tar import peek_sample_text
from labelassemble.sources.walk_folder import HIDDEN, walk_folder

_TABLE = re.compile(r"(?i)\.(csv|tsv|txt|tab|dat|parquet|xlsx|xls|ods|jsonl|ndjson)(\.gz|\.zip)?$")
_MANY = 20
_FEW_SAMPLES = 20
_DEEP = 3


class Survey(NamedTuple):
    """Files of a folder, as paths below it, sorted.

    Attributes:
        folder: the folder.
        images: images that are neither masks nor copies.
        masks: images and volumes that are masks of others.
        volumes: volumes that are not masks.
        tables: files that may be tables or lists; of many text files in one folder none.
        json: JSON files.
        npz: files of arrays.
        xml: XML files.
        copies: images that are there twice: in a folder of the same name inside, or with another
            extension.
        files: all files.
        folders: all folders below it.
        sampled: labels that are read with the tar of samples that they lie in.
        passed: what cannot be taken, and why: links to nothing, folders that cannot be read.
        inside: files that lie in archives, and the path by which each is read.
    """

    folder: Path
    images: tuple[str, ...]
    masks: tuple[str, ...]
    volumes: tuple[str, ...]
    tables: tuple[str, ...]
    json: tuple[str, ...]
    npz: tuple[str, ...]
    xml: tuple[str, ...]
    copies: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    sampled: tuple[str, ...] = ()
    passed: tuple[PassedOver, ...] = ()
    inside: Mapping[str, str] = {}

    def path(self, name: str) -> Path:
        """Give the path by which a file is read."""
        return Path(self.inside[name]) if name in self.inside else self.folder / name


def survey_folder(folder: Path) -> Survey:
    """List the files of a folder by kind; hidden ones, and what systems leave, are passed over."""
    passed: list[PassedOver] = []
    walked = list(walk_folder(folder, passed))
    places, tars = _list_folders_and_tars(folder)
    # Labels of samples are read with their tar; each by itself is no table.
    of_samples = tuple(f"{folder / tar}{INSIDE}" for tar in tars)
    names = sorted(file.name for file in walked)
    alone = sorted(file.name for file in walked if not file.path.startswith(of_samples))
    found = find_image_files(folder, None)
    images = found.names.to_list()
    volumes = [name for name in names if name.lower().endswith(VOLUME_SUFFIXES)]
    masks = tell_masks(folder, [*images, *volumes], found.inside)
    copies = find_copies([name for name in images if name not in masks])
    tables = [name for name in alone if _TABLE.search(name) and name.count("/") < _DEEP]
    counts: dict[str, int] = {}
    for name in tables:
        place = name.rpartition("/")[0]
        counts[place] = counts.get(place, 0) + 1
    return Survey(
        folder=folder,
        images=tuple(name for name in images if name not in masks and name not in copies),
        masks=tuple(name for name in [*images, *volumes] if name in masks),
        volumes=tuple(name for name in volumes if name not in masks),
        # Hundreds of text files are reports or boxes, one an image, and not tables of images.
        tables=(*tars, *(one for one in tables if counts[one.rpartition("/")[0]] <= _MANY)),
        json=tuple(name for name in alone if name.lower().endswith(".json")),
        npz=tuple(name for name in alone if name.lower().endswith(".npz")),
        xml=tuple(name for name in alone if name.lower().endswith(".xml")),
        copies=tuple(sorted(copies)),
        files=tuple(sorted(names)),
        folders=tuple(sorted(places)),
        sampled=tuple(sorted({*names} - {*alone, *images})),
        passed=tuple(one for one in passed if one.reason != HIDDEN),
        inside={file.name: file.path for file in walked if file.inside is not None},
    )


def _list_folders_and_tars(folder: Path) -> tuple[list[str], list[str]]:
    """Folders below a folder, and tars of samples: images beside labels of the same name."""
    folders, tars = [], []
    for place, inside, files in os.walk(folder):
        here = Path(place)
        folders += [(here / one).relative_to(folder).as_posix() for one in inside if one[0] != "."]
        tars += [
            (here / one).relative_to(folder).as_posix()
            for one in files
            if one.lower().endswith(".tar") and one[0] != "."
        ]
    return folders, [one for one in sorted(tars) if peek_sample_text(folder / one, _FEW_SAMPLES)]


def find_copies(names: Sequence[str]) -> frozenset[str]:
    """Find images that are there twice.

    A folder within a folder that holds the same paths is a copy of what is around it
    (``chest_xray/chest_xray/``), and the inner one counts. Of images with two extensions each,
    those of the extension that stands first in ``IMAGE_SUFFIXES`` count.

    >>> sorted(find_copies(["x/train/1.png", "x/x/train/1.png", "x/y/2.png", "x/x/y/2.png"]))
    ['x/train/1.png', 'x/y/2.png']
    >>> sorted(find_copies(["jpeg/a.jpg", "jpeg/b.jpg", "train/a.dcm", "train/b.dcm"]))
    ['train/a.dcm', 'train/b.dcm']
    """
    folders = {name.rpartition("/")[0] for name in names}
    doubled = {
        "/".join(steps[: depth + 1])
        for steps in (folder.split("/") for folder in folders)
        for depth in range(1, len(steps))
        if same_words(steps[depth]) == same_words(steps[depth - 1])
    }
    copies: set[str] = set()
    for inner in doubled:
        outer = inner.rpartition("/")[0]
        inside = {name[len(inner) :] for name in names if name.startswith(f"{inner}/")}
        around = {name for name in names if name.startswith(f"{outer}/")}
        around = {name for name in around if not name.startswith(f"{inner}/")}
        if around and {name[len(outer) :] for name in around} <= inside:
            copies |= around
    # HAM_part_1/ and ham_part_1/: where the system tells them from each other, both are there.
    spelt: dict[str, dict[str, set[str]]] = {}
    for name in names:
        place, _, file = name.rpartition("/")
        spelt.setdefault(place.casefold(), {}).setdefault(place, set()).add(file)
    for ways in spelt.values():
        first, *again = sorted(ways)
        for other in again:
            if ways[other] <= ways[first]:
                copies |= {f"{other}/{file}" for file in ways[other]}
    left = [name for name in names if name not in copies]
    stems: dict[str, set[str]] = {}
    for name in left:
        stem, _, ending = name.rpartition("/")[2].rpartition(".")
        stems.setdefault(f".{ending.lower()}", set()).add(stem)
    kinds = sorted(set(stems) & set(IMAGE_SUFFIXES), key=IMAGE_SUFFIXES.index)
    for at, kind in enumerate(kinds):
        if any(stems[kind] <= stems[other] for other in kinds[:at]) and len(stems[kind]) > 1:
            copies |= {name for name in left if name.lower().endswith(kind)}
    return frozenset(copies)


def plain_name(name: str) -> str:
    """Name a table as a manifest does: without what it is packed in.

    >>> plain_name("labels.csv.gz")
    'labels.csv'
    """
    return re.sub(r"(?i)\.(gz|zip)$", "", name) if _TABLE.search(name) else name
