"""Edited copies among real radiographs: seconds from files to pairs, and which were found."""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from benchmarks.peers.inputs import REAL, missing

RECORDS, COPIES = 160, 40
WHAT, UNIT, ITEMS = "near duplicates, 200 radiographs of 160 px", "s", 1
NOTE = (
    f"{COPIES} edited copies planted: a tenth cropped, JPEG quality 40, contrast, inverted, in "
    "turn; from files to pairs; others: pairs not planted"
)


def make(folder: Path) -> str | None:
    import cv2

    if said := missing("nih/images"):
        return said
    (folder / "images").mkdir()
    paths = sorted((REAL / "nih" / "images").glob("*.jpg"))
    # One image a patient: images of one person are alike.
    persons = {path.name.split("_")[0]: path for path in paths}
    for number, path in enumerate(list(persons.values())[:RECORDS]):
        shutil.copy(path, folder / "images")
        if number < COPIES:
            grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            name = str(folder / "images" / f"copy_{path.name}")
            cv2.imwrite(name, _edit(grey, number % 4), [cv2.IMWRITE_JPEG_QUALITY, 40])
    return None


def _edit(grey: np.ndarray, kind: int) -> np.ndarray:
    edge = grey.shape[0] // 20
    edits = (grey[edge:-edge, edge:-edge], grey, 128 + 0.7 * (grey - 128.0), 255 - grey)
    return np.clip(edits[kind], 0, 255).astype(np.uint8)


def _tell(folder: Path, way: str, pairs: Iterable[tuple[str, str]]) -> None:
    found = {frozenset(Path(name).name for name in pair) for pair in pairs}
    copies = (folder / "images").glob("copy_*")
    truth = {frozenset((path.name, path.name.removeprefix("copy_"))) for path in copies}
    hits = len(found & truth)
    (folder / f"told_{way}.txt").write_text(
        f"found {hits} of {len(truth)}, {len(found) - hits} others"
    )


def _ours(folder: Path) -> Callable[[], None]:
    from labelassemble.assembly.near_duplicates import SAME_RECORD, find_near_duplicates
    from labelassemble.files.read_image import read_image
    from labelassemble.images.fingerprint import fingerprint_image

    paths = sorted((folder / "images").iterdir())

    def call() -> None:
        fingerprints = np.stack(
            [fingerprint_image(read_image(path)).local_contrast for path in paths]
        )
        rows = (
            find_near_duplicates(fingerprints)
            .filter(tier=SAME_RECORD)
            .select("left", "right")
            .rows()
        )
        _tell(folder, "ours", [(paths[left].name, paths[right].name) for left, right in rows])

    return call


def _imagededup(folder: Path) -> Callable[[], None]:
    from imagededup.methods import PHash

    def call() -> None:
        method = PHash(verbose=False)
        codes = method.encode_images(image_dir=folder / "images", num_enc_workers=0)
        found = method.find_duplicates(encoding_map=codes, num_dist_workers=0)
        pairs = [(name, other) for name, others in found.items() for other in others]
        _tell(folder, "imagededup", pairs)

    return call


def _cleanvision(folder: Path) -> Callable[[], None]:
    from cleanvision import Imagelab

    def call() -> None:
        lab = Imagelab(data_path=str(folder / "images"))
        kinds = {"near_duplicates": {}, "exact_duplicates": {}}
        lab.find_issues(kinds, n_jobs=1, verbose=False)
        sets = [one for kind in kinds for one in lab.info[kind]["sets"]]
        pairs = [(a, b) for one in sets for a in one for b in one if a < b]
        _tell(folder, "cleanvision", json.loads(json.dumps(pairs, default=str)))

    return call


WAYS = {"ours": _ours, "imagededup": _imagededup, "cleanvision": _cleanvision}
