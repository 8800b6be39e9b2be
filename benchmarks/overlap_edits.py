"""How many copies of an image are found after strong edits, and how many wrong links there are.

    python -m benchmarks.overlap_edits [chosen]

Reads the folder of real samples (``LABELASSEMBLE_REAL_DATA``). One image a person; each edit is
made to a part of them, and the copies are searched for among all images; then the milder changes of
``fingerprint_quality`` likewise. Numbers are from the half of the persons that no threshold was
chosen on. Saves ``benchmarks/results/overlap_edits.csv``.
"""

import csv
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from benchmarks.fingerprint_quality import (
    CHANGES,
    DEFAULT,
    LARGE,
    Record,
    Sample,
    crop,
    eight_bits,
    found,
    half_of,
    jpeg,
    load,
    look,
    resize,
    searched_as_with,
)
from labelassemble.assembly.near_duplicates import SAME_RECORD, find_near_duplicates

PERSONS, FEWER, EDITED = 1_500, 600, 120
"""Images that copies are searched for among; among fewer after mild changes, and as at 400,000."""
WORDS = ("PORTABLE", "AP ERECT", "L", "12/03/2020 09:41", "HOSPITAL X", "ID 123456", "80 KV 4 MAS")
ONE_RECORD = {
    frozenset(pair)
    for pair in (
        ("353889E0-A1E8-4F9E-A0B8-F24F36BCFBFB", "case_72_RX-TORACE1"),
        ("8781ac6b9589f3646d2bbfff8f9015_jumbo", "covid-19-pneumonia-bilateral"),
        ("A7E260CE-8A00-4C5F-A7F5-27336527A981", "case_76_1-3"),
        (
            "3c48faa5dc2f1540fda696bae045ba_jumbo",
            "post-intubuation-pneumomediastium-and-pneumothorax-background-covid-19-pneumonia-day1",
        ),
    )
}
"""Images of two patients of covid-chestxray that are one image, looked at by eye."""

Edit = Callable[[Record, np.random.Generator], Record]


def grey_levels(image: np.ndarray) -> Record:
    return image.astype(np.float32) / 255


def clahe(image: Record, clip: float, tiles: int) -> Record:
    return grey_levels(cv2.createCLAHE(clip, (tiles, tiles)).apply(eight_bits(image)))


def arrows(image: Record, drawn: np.random.Generator) -> Record:
    """Three arrows, a fifth of the image long."""
    grey, (height, width) = eight_bits(image), image.shape
    side = min(height, width)
    for _ in range(3):
        tip = drawn.uniform(0.2, 0.8, 2) * (width, height)
        angle, length = drawn.uniform(0, 2 * np.pi), drawn.uniform(0.12, 0.25) * side
        tail = tip + length * np.array([np.cos(angle), np.sin(angle)])
        ends = (tuple(int(at) for at in end) for end in (tail, tip))
        colour, thick = int(drawn.choice([0, 255, 255])), max(2, round(side / 73))
        cv2.arrowedLine(grey, *ends, colour, thick, cv2.LINE_AA, tipLength=0.35)
    return grey_levels(grey)


def text(image: Record, drawn: np.random.Generator) -> Record:
    """Four lines of text at top or bottom, some of them on a black box."""
    grey, (height, width) = eight_bits(image), image.shape
    unit = min(height, width) / 160
    for _ in range(4):
        words, size = WORDS[drawn.integers(len(WORDS))], drawn.uniform(0.35, 0.6) * unit
        low, high = ((0.06, 0.2), (0.82, 0.98))[drawn.integers(2)]
        left, base = int(drawn.uniform(0, 0.6) * width), int(drawn.uniform(low, high) * height)
        if drawn.random() < 0.3:
            corner = left + int(len(words) * 18 * size), base + 4
            cv2.rectangle(grey, (left - 2, base - int(25 * size)), corner, 0, -1)
        place, font = (left, base), cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(grey, words, place, font, size, 255, max(1, round(unit)), cv2.LINE_AA)
    return grey_levels(grey)


def frame(image: Record, share: float, grey: float) -> Record:
    return np.pad(image, max(1, round(share * min(image.shape))), constant_values=grey)


def together(image: Record, drawn: np.random.Generator) -> Record:
    cut = crop(image, *drawn.uniform(0, 0.05, 4))
    return frame(arrows(clahe(cut, 4, 8), drawn), 0.05, 0.0)


EDITS: dict[str, Edit] = {
    **{
        f"local contrast: CLAHE, clip {clip}, {tiles} x {tiles} tiles": (
            lambda image, _, clip=clip, tiles=tiles: clahe(image, clip, tiles)
        )
        for clip in (2, 4, 8)
        for tiles in (4, 8, 16)
    },
    "local contrast: CLAHE, clip 40, 8 x 8 tiles": lambda image, _: clahe(image, 40, 8),
    "histogram equalised": lambda image, _: grey_levels(cv2.equalizeHist(eight_bits(image))),
    "three arrows": arrows,
    "four lines of text": text,
    **{
        f"{name} border, {share:.0%} a side": (
            lambda image, _, share=share, grey=grey: frame(image, share, grey)
        )
        for share in (0.02, 0.1)
        for name, grey in (("black", 0.0), ("grey", 0.5), ("white", 1.0))
    },
    "crop 4 % of all sides": lambda image, _: crop(image, 0.04, 0.04, 0.04, 0.04),
    "crop 8 % of all sides": lambda image, _: crop(image, 0.08, 0.08, 0.08, 0.08),
    "crop 0 to 10 %, each side": lambda image, drawn: crop(image, *drawn.uniform(0, 0.1, 4)),
    "crop 0 to 8 %, each side, and CLAHE 4, 8 x 8": lambda image, drawn: clahe(
        crop(image, *drawn.uniform(0, 0.08, 4)), 4, 8
    ),
    "CLAHE 2, 8 x 8, and text": lambda image, drawn: text(clahe(image, 2, 8), drawn),
    "CLAHE 4, 8 x 8, 128 px, JPEG 60": lambda image, _: jpeg(resize(clahe(image, 4, 8), 128), 60),
    "crop 0 to 5 %, CLAHE 4, arrows, black border": together,
}


def choose(folder: Path, half: int) -> list[Sample]:
    """One image of each person, from all sources alike."""
    persons = {}
    for sample in load(folder):
        if sample.person and half_of(sample) == half:
            persons.setdefault((sample.source, sample.person), sample)
    order = sorted(persons.values(), key=lambda one: hashlib.sha256(one.name.encode()).digest())
    return order[:PERSONS]


def main(half: int) -> None:
    folder = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", DEFAULT))
    if not folder.is_dir():
        sys.exit(f"Real samples not found at {folder}; set LABELASSEMBLE_REAL_DATA")
    samples = choose(folder, half)
    count, edited = len(samples), np.arange(EDITED)
    fingerprints = np.stack([look(sample.image) for sample in samples])
    others = count * (count - 1) // 2
    print(f"{count} persons, {others:,} pairs of two persons; {EDITED} copies an edit\n")
    rows, wrong, pairs = [], set(), 0
    for name, edit in {**EDITS, **CHANGES}.items():
        copies = [edit(samples[n].image, np.random.default_rng(n)) for n in edited]
        prints = np.stack([look(copy) for copy in copies])
        among = count if name in EDITS else FEWER
        near = find_near_duplicates(np.concatenate([fingerprints[:among], prints]))
        same, linked = found(near, among + EDITED, edited, among + edited)
        few = np.concatenate([fingerprints[:FEWER], prints])
        with searched_as_with(LARGE, len(few)):
            large = find_near_duplicates(few)
        large_linked = found(large, len(few), edited, FEWER + edited)[1]
        pairs += EDITED if name in EDITS else 0
        for left, right, distance, tier in near.iter_rows():
            one, two = (samples[n if n < among else n - among] for n in (left, right))
            if one is not two and frozenset((one.name, two.name)) not in ONE_RECORD:
                wrong.add((one.name, two.name, tier == SAME_RECORD))
                print(f"  {one.name} and {two.name}: {distance:.3f} {tier}")
        row = {"same_record": same, "linked": linked, "linked_as_at_400000": large_linked}
        rows.append({"edit": name, "copies": EDITED, **row})
        print(f"{name:<48} {same:>6.3f} {linked:>6.3f} {large_linked:>6.3f}", flush=True)
    asked = [row for row in rows if row["edit"] in EDITS]
    mean = [np.mean([row[key] for row in asked]) for key in ("same_record", "linked")]
    print(f"\n{f'edits, {pairs:,} copies':<48} {mean[0]:>6.3f} {mean[1]:>6.3f}")
    print(f"links of two persons: {len(wrong)}, of which as one image {sum(w[2] for w in wrong)}")
    if half:
        out = Path(__file__).parent / "results" / "overlap_edits.csv"
        with out.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"Saved {out}")


if __name__ == "__main__":
    main(0 if sys.argv[1:] == ["chosen"] else 1)
