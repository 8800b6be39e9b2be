"""Taking fingerprints, and finding near duplicates among 10,000 to 400,000 of them.

The fingerprints are drawn from a Gaussian that was fitted to those of simulated chest radiographs,
so they are about as like each other as these; 1 % of the rows are noisy copies of others, every
fourth of them inverted, whose recovery is counted.
"""

from collections.abc import Iterator

import cv2
import imagehash
import numpy as np
from PIL import Image

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.assembly.fingerprint_candidates import EXACT_TO
from labelassemble.assembly.fingerprints import (
    FINGERPRINT_BYTES,
    FINGERPRINT_SIDE,
    pack_fingerprints,
    unpack_fingerprints,
)
from labelassemble.assembly.near_duplicates import SAME_RECORD, find_near_duplicates
from labelassemble.images.fingerprint import fingerprint_image
from labelassemble_phantoms.chest_radiograph import draw_patient, simulate_radiograph
from labelassemble_phantoms.hospital_style import HOSPITALS

SIDE, RECORDS = 1024, 2
SIMULATED, DIRECTIONS = 600, 300
SIZES = (10_000, 100_000, 400_000)
COPIED, NOISE, INVERTED_EVERY = 0.01, 0.5, 4
BLOCK = 16_384


def measure() -> Iterator[Row]:
    yield _measure_taking()
    yield from _measure_search()


def _simulate(count: int, side: int) -> list[np.ndarray]:
    generator, styles = np.random.default_rng(0), list(HOSPITALS.values())
    images = []
    for number in range(count):
        style = styles[number % len(styles)]
        patient = draw_patient(generator, style)
        images.append(simulate_radiograph(patient, style, side, generator).image / np.float32(255))
    return images


def _measure_taking() -> Row:
    """Fingerprints a second of one thread, decoding excluded."""
    images = _simulate(RECORDS, SIDE)

    def ours() -> None:
        for image in images:
            fingerprint_image(image)

    def plain() -> None:
        for image in images:
            imagehash.phash(Image.fromarray(np.rint(image * 255).astype(np.uint8)))

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        taken = take_turns({"ours": ours, "plain": plain})
    finally:
        cv2.setNumThreads(threads)
    return Row(
        f"fingerprint of a {SIDE} x {SIDE} image",
        f"one thread; ours: SHA-256 of pixels and {FINGERPRINT_BYTES} bytes of fingerprints; "
        "plain: "
        "ImageHash's pHash, 8 bytes, which no crop, bar or inversion survives",
        "images/s",
        [RECORDS / seconds for seconds in taken["ours"]],
        [RECORDS / seconds for seconds in taken["plain"]],
    )


def _measure_search() -> Iterator[Row]:
    """Seconds of the search, against the same one over all pairs at a size that it can finish."""
    fingerprints = _draw_fingerprints(max(SIZES))
    for size in SIZES:
        planted, truth = _plant_copies(fingerprints[:size])
        taken = take_turns(
            {
                "ours": lambda planted=planted: find_near_duplicates(planted),
                "plain": lambda: find_near_duplicates(fingerprints[:EXACT_TO]),
            }
        )
        same = find_near_duplicates(planted).filter(tier=SAME_RECORD)
        hits = len(truth & set(same.select("left", "right").rows()))
        yield Row(
            f"near duplicates among {size:,}",
            f"found {hits:,} of {len(truth):,} planted copies, and {same.height - hits} others as "
            f"the same image; plain: all pairs of {EXACT_TO:,}, scaled with the square",
            "s",
            taken["ours"],
            [seconds * (size / EXACT_TO) ** 2 for seconds in taken["plain"]],
        )


def _draw_fingerprints(count: int) -> np.ndarray:
    fingerprints = np.stack(
        [fingerprint_image(image).local_contrast for image in _simulate(SIMULATED, 64)]
    )
    seen = unpack_fingerprints(fingerprints).reshape(SIMULATED, -1).astype(np.float32)
    mean = seen.mean(axis=0)
    _, length, direction = np.linalg.svd(seen - mean, full_matrices=False)
    spread = direction[:DIRECTIONS] * (length[:DIRECTIONS, None] / np.sqrt(SIMULATED - 1))
    rest = np.sqrt(np.maximum(seen.var(axis=0) - (spread**2).sum(axis=0), 0))
    generator = np.random.default_rng(1)
    drawn = np.empty((count, FINGERPRINT_BYTES), dtype=np.uint8)
    for start in range(0, count, BLOCK):
        some = min(BLOCK, count - start)
        contrast = generator.standard_normal((some, DIRECTIONS), np.float32) @ spread + mean
        contrast += rest * generator.standard_normal(contrast.shape, np.float32)
        drawn[start : start + some] = _pack(contrast)
    return drawn


def _plant_copies(fingerprints: np.ndarray) -> tuple[np.ndarray, set[tuple[int, int]]]:
    """Replace the last 1 % of the rows by noisy copies of the first ones."""
    copies = round(COPIED * len(fingerprints))
    generator = np.random.default_rng(2)
    contrast = unpack_fingerprints(fingerprints[:copies]).reshape(copies, -1).astype(np.float32)
    contrast += NOISE * generator.standard_normal(contrast.shape, np.float32)
    contrast[::INVERTED_EVERY] *= -1
    planted = fingerprints.copy()
    planted[-copies:] = _pack(contrast)
    return planted, {(row, len(fingerprints) - copies + row) for row in range(copies)}


def _pack(contrast: np.ndarray) -> np.ndarray:
    rounded = np.clip(np.rint(contrast), -7, 7).astype(np.int8)
    return pack_fingerprints(rounded.reshape(-1, FINGERPRINT_SIDE, FINGERPRINT_SIDE))
