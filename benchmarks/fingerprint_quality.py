"""How well fingerprints find the same image again, and what they confuse, on real images.

    python -m benchmarks.fingerprint_quality [chosen]

Reads the folder of real samples (``LABELASSEMBLE_REAL_DATA``), prints tables, saves
``benchmarks/out/fingerprint_quality.json``. Every person, and every image without a person, belongs
to one of two halves: thresholds were chosen on the first (``chosen``), numbers are reported from
the second.
"""

import csv
import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import imagehash
import numpy as np
import polars as pl
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import beta

from labelassemble.assembly import fingerprint_candidates, fingerprint_index, near_duplicates
from labelassemble.assembly.near_duplicates import FARTHEST, SAME_RECORD, find_near_duplicates
from labelassemble.images.fingerprint import fingerprint_image

DEFAULT = Path(__file__).parents[2] / "shared" / "data"
LARGE = 400_000
TAIL = {"same person": 0.1, "other person": 0.15}
"""Distances up to which pairs that are not the same image show how their number falls."""

Record = np.ndarray


class Sample(NamedTuple):
    source: str
    name: str
    person: str | None
    image: Record


def eight_bits(image: Record) -> Record:
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def jpeg(image: Record, quality: int) -> Record:
    data = cv2.imencode(".jpg", eight_bits(image), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def resize(image: Record, side: int, way: int = cv2.INTER_AREA) -> Record:
    return eight_bits(cv2.resize(image, (side, side), interpolation=way)) / np.float32(255)


def window(image: Record, black: float, white: float) -> Record:
    return eight_bits((image - black) / (white - black)) / np.float32(255)


def gamma(image: Record, power: float) -> Record:
    return eight_bits(image**power) / np.float32(255)


def crop(image: Record, left: float, right: float, top: float, bottom: float) -> Record:
    height, width = image.shape
    rows = slice(round(height * top), height - round(height * bottom))
    return image[rows, round(width * left) : width - round(width * right)]


def bars(image: Record) -> Record:
    wide = round(image.shape[1] * 0.15)
    return np.pad(image, ((0, 0), (wide, wide)))


def words(image: Record) -> Record:
    """A marker, and a word over nearly half of the width."""
    grey, (height, width) = eight_bits(image), image.shape
    font, size = cv2.FONT_HERSHEY_SIMPLEX, height / 160
    thick = max(1, round(size))
    place = (int(0.55 * width), int(0.09 * height))
    cv2.putText(grey, "PORTABLE", place, font, 0.4 * size, 255, thick, cv2.LINE_AA)
    place = (int(0.86 * width), int(0.25 * height))
    cv2.putText(grey, "L", place, font, 0.9 * size, 255, 2 * thick, cv2.LINE_AA)
    return grey.astype(np.float32) / 255


def everything(image: Record, drawn: np.random.Generator) -> Record:
    cut = gamma(crop(image, *drawn.uniform(0, 0.05, 4)), 1.5)
    return jpeg(resize(words(cut), 64), 50)


CHANGES: dict[str, Callable[[Record, np.random.Generator], Record]] = {
    "resized to 96 px": lambda image, _: resize(image, 96),
    "resized to 64 px": lambda image, _: resize(image, 64),
    "64 px, nearest neighbour": lambda image, _: resize(image, 64, cv2.INTER_NEAREST),
    "64 px, linear, no averaging": lambda image, _: resize(image, 64, cv2.INTER_LINEAR),
    "enlarged to 512 px": lambda image, _: resize(image, 512, cv2.INTER_CUBIC),
    "JPEG quality 75": lambda image, _: jpeg(image, 75),
    "JPEG quality 50": lambda image, _: jpeg(image, 50),
    "JPEG quality 30": lambda image, _: jpeg(image, 30),
    "64 px and JPEG quality 30": lambda image, _: jpeg(resize(image, 64), 30),
    "gamma 0.5": lambda image, _: gamma(image, 0.5),
    "gamma 2": lambda image, _: gamma(image, 2.0),
    "window .05 to .90": lambda image, _: window(image, 0.05, 0.90),
    "window .10 to .80": lambda image, _: window(image, 0.10, 0.80),
    "window .25 to .75": lambda image, _: window(image, 0.25, 0.75),
    "inverted": lambda image, _: 1 - image,
    "black bars, 15 % a side": lambda image, _: bars(image),
    "inverted, then black bars": lambda image, _: bars(1 - image),
    "burnt-in word and marker": lambda image, _: words(image),
    "crop 2 % of all sides": lambda image, _: crop(image, 0.02, 0.02, 0.02, 0.02),
    "crop 4 % of all sides": lambda image, _: crop(image, 0.04, 0.04, 0.04, 0.04),
    "crop 6 % of all sides": lambda image, _: crop(image, 0.06, 0.06, 0.06, 0.06),
    "crop 8 % of all sides": lambda image, _: crop(image, 0.08, 0.08, 0.08, 0.08),
    "crop 8 % of one side": lambda image, _: crop(image, 0.08, 0, 0, 0),
    "crop 8 % of two sides": lambda image, _: crop(image, 0.08, 0, 0.08, 0),
    "crop 0 to 5 %, each side": lambda image, drawn: crop(image, *drawn.uniform(0, 0.05, 4)),
    "crop 0 to 8 %, each side": lambda image, drawn: crop(image, *drawn.uniform(0, 0.08, 4)),
    "crop 0 to 5 %, word, gamma 1.5, 64 px, JPEG 50": everything,
}


def load(folder: Path) -> Iterator[Sample]:
    """Give every real image, with the person where it is known."""
    with (folder / "covid_chestxray" / "metadata.csv").open() as file:
        covid = {Path(row["filename"]).stem: row["patientid"] for row in csv.DictReader(file)}
    files = {
        "nih": sorted((folder / "nih" / "images").iterdir()),
        "nih_unlabelled": sorted((folder / "nih_unlabelled" / "images").iterdir()),
        "covid_chestxray": sorted((folder / "covid_chestxray" / "images").iterdir()),
        "kermany": sorted((folder / "kermany").rglob("*.jp*g")),
        "busi": sorted((folder / "busi" / "images").iterdir()),
    }
    for source, paths in files.items():
        for path in paths:
            person = {
                "nih": path.stem.split("_")[0],
                "covid_chestxray": covid.get(path.stem),
                "kermany": re.split(r"_|(?<=IM-\d{4})-", path.stem)[0],
            }.get(source)
            grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            yield Sample(source, path.stem, person, grey.astype(np.float32) / 255)


def half_of(sample: Sample) -> int:
    key = f"{sample.source}/{sample.person or sample.name}"
    return hashlib.sha256(key.encode()).digest()[0] % 2


@contextmanager
def searched_as_with(images: int, present: int) -> Iterator[None]:
    """Search in as small buckets, and as strictly, as if there were so many images."""
    search = fingerprint_candidates, fingerprint_index
    before = [{name: getattr(module, name) for name in vars(module)} for module in search]
    fingerprint_candidates.EXACT_TO = 0
    fingerprint_candidates.LOOK_UPS = fingerprint_candidates.LOOK_UPS * present // images
    fingerprint_candidates.min_cosine = lambda _: before[0]["min_cosine"](images)
    fingerprint_index.BUCKET = fingerprint_index.BUCKET * present / images
    try:
        yield
    finally:
        for module, names in zip(search, before, strict=True):
            vars(module).update(names)


@contextmanager
def everything_proposed(farthest: float) -> Iterator[None]:
    """Lay far more pairs upon each other, and list more distant ones."""
    before, tiers = dict(vars(fingerprint_candidates)), dict(FARTHEST)
    fingerprint_candidates.min_cosine = lambda _: 0.55
    fingerprint_candidates.NEIGHBOURS = 1_000_000
    FARTHEST[near_duplicates.LOOK_ALIKE] = farthest
    try:
        yield
    finally:
        vars(fingerprint_candidates).update(before)
        FARTHEST.update(tiers)


def look(image: Record) -> np.ndarray:
    return fingerprint_image(np.ascontiguousarray(image, dtype=np.float32)).local_contrast


def phash(image: Record) -> int:
    bits = imagehash.phash(Image.fromarray(eight_bits(image)), hash_size=8).hash
    return int.from_bytes(np.packbits(bits.ravel()).tobytes(), "big")


def found(pairs: pl.DataFrame, images: int, original: np.ndarray, copy: np.ndarray) -> list[float]:
    """Share of copies that are joined with their original, as the same image and at all.

    Joined directly or through other links: two originals that are the same image share copies.
    """
    shares = []
    for most in FARTHEST.values():
        near = pairs.filter(pl.col("distance") <= most)
        left, right = near["left"].to_numpy(), near["right"].to_numpy()
        graph = coo_array((np.ones(len(left)), (left, right)), shape=(images, images))
        group = connected_components(graph, directed=False)[1]
        shares.append(float((group[original] == group[copy]).mean()))
    return shares


def recall_table(samples: list[Sample], fingerprints: np.ndarray) -> list[dict[str, object]]:
    """Hide one changed copy of a third of the images among all, for each change."""
    chosen = [
        n
        for n, sample in enumerate(samples)
        if sample.person and hashlib.sha256(sample.name.encode()).digest()[1] % 3 == 0
    ]
    rows, hashes = [], [phash(samples[n].image) for n in chosen]
    for name, change in CHANGES.items():
        copies = [change(samples[n].image, np.random.default_rng(n)) for n in chosen]
        every = np.concatenate([fingerprints, np.stack([look(copy) for copy in copies])])
        place = len(every), np.array(chosen), len(fingerprints) + np.arange(len(chosen))
        same, alike = found(find_near_duplicates(every), *place)
        with searched_as_with(LARGE, len(every)):
            same_large, alike_large = found(find_near_duplicates(every), *place)
        bits = [(left ^ phash(copy)).bit_count() for left, copy in zip(hashes, copies, strict=True)]
        rows.append(
            {
                "change": name,
                "images": len(chosen),
                "same": same,
                "alike": alike,
                "same_large": same_large,
                "alike_large": alike_large,
                "phash_4": float(np.mean(np.array(bits) <= 4)),
                "phash_8": float(np.mean(np.array(bits) <= 8)),
            }
        )
        row = rows[-1]
        print(
            f"{name:<48} {same:>6.3f} {alike:>6.3f}   {same_large:>6.3f} {alike_large:>6.3f}   "
            f"{row['phash_4']:>6.3f} {row['phash_8']:>6.3f}",
            flush=True,
        )
    return rows


def relation(left: Sample, right: Sample) -> str:
    sources = "-".join(sorted({left.source, right.source}))
    if left.person is None or right.person is None:
        return f"{sources}, person unknown"
    same = left.source == right.source and left.person == right.person
    return f"{sources}, {'same person' if same else 'other person'}"


def compared(samples: list[Sample]) -> Counter[str]:
    """Count all pairs of chest radiographs by what is known of their persons."""
    known = Counter((s.source, s.person) for s in samples if s.person)
    unknown = sum(s.person is None and s.source != "busi" for s in samples)
    people = sum(known.values())
    same = sum(count * (count - 1) // 2 for count in known.values())
    return Counter(
        {
            "same person": same,
            "other person": people * (people - 1) // 2 - same,
            "person unknown": unknown * (unknown - 1) // 2 + unknown * people,
        }
    )


def confusion(samples: list[Sample], fingerprints: np.ndarray) -> dict[str, object]:
    """List what is linked among the images as they are, and how the number falls with distance."""
    listed = list_pairs(samples, fingerprints)
    same = FARTHEST[SAME_RECORD]
    print(f"\n{'linked':<46} {SAME_RECORD:>13} {'look-alike':>11}")
    for kind in sorted({kind for kind, *_ in listed}):
        at = np.array([distance for one, distance, *_ in listed if one == kind])
        print(f"{kind:<46} {(at <= same).sum():>13} {(at > same).sum():>11}")
    return {"listed": listed, "tail": tails(samples, fingerprints)}


def list_pairs(
    samples: list[Sample], fingerprints: np.ndarray
) -> list[tuple[str, float, str, str]]:
    return [
        (relation(samples[left], samples[right]), distance, samples[left].name, samples[right].name)
        for left, right, distance in find_near_duplicates(fingerprints)
        .select("left", "right", pl.col("distance").cast(pl.Float64).round(4))
        .iter_rows()
    ]


def tails(samples: list[Sample], fingerprints: np.ndarray) -> dict[str, dict[str, float]]:
    """Extrapolate how many different images are as near as the same image.

    All pairs are laid upon each other whose features are not far apart, many more than the search
    proposes; so this is what would be joined if it proposed everything.
    """
    radiograph = [n for n, sample in enumerate(samples) if sample.source != "busi"]
    samples, fingerprints = [samples[n] for n in radiograph], fingerprints[radiograph]
    same = FARTHEST[SAME_RECORD]
    with everything_proposed(max(TAIL.values())):
        listed = list_pairs(samples, fingerprints)
    total, result = compared(samples), {}
    print(f"\n{'images of':<16} {'compared':>10} {'near':>11} {'nearest':>8}  below {same}")
    for person, tail in TAIL.items():
        at = np.array([d for kind, d, *_ in listed if kind.endswith(person) and same < d <= tail])
        # The number falls like a power of the distance: Hill's estimator.
        power = len(at) / np.log(tail / at).sum()
        rate = len(at) * (same / tail) ** power / total[person]
        bound = float(beta.ppf(0.95, 1, total[person]))
        result[person] = {
            "compared": total[person],
            "tail": tail,
            "pairs_in_tail": len(at),
            "nearest": float(at.min()),
            "power": float(power),
            "rate": float(rate),
            "bound_95": bound,
        }
        print(
            f"{person:<16} {total[person]:>10,} {len(at):>4} to {tail:.2f} {at.min():>8.4f}  "
            f"extrapolated {rate:.1e} a pair (power {power:.1f}); seen 0, so at most {bound:.1e} "
            "with 95 % confidence"
        )
    return result


def phash_confusion(samples: list[Sample]) -> dict[str, dict[int, int]]:
    """The plain alternative: how many pairs of other persons a 64-bit pHash takes for one."""
    known = [s for s in samples if s.person]
    bits = np.array([phash(s.image) for s in known], dtype=np.uint64)
    person = np.array([f"{s.source}/{s.person}" for s in known])
    found: dict[str, dict[int, int]] = {"same person": {}, "other person": {}}
    histogram = {kind: np.zeros(65, dtype=int) for kind in found}
    for n in range(len(known)):
        count = np.bitwise_count(bits[n] ^ bits[n + 1 :])
        same = person[n + 1 :] == person[n]
        histogram["same person"] += np.bincount(count[same], minlength=65)
        histogram["other person"] += np.bincount(count[~same], minlength=65)
    for kind in found:
        found[kind] = {most: int(histogram[kind][: most + 1].sum()) for most in (0, 2, 4, 6, 8, 10)}
        print(f"pHash, 64 bits, {kind}: pairs within so many bits: {found[kind]}")
    return found


def originals_table(
    folder: Path, samples: list[Sample], fingerprints: np.ndarray
) -> dict[str, str]:
    """Full-size files: changed copies of them, and their reduced copies among the samples."""
    images = {
        path.stem: cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        for path in sorted((folder / "originals").glob("*.png"))
    }
    own = np.stack([look(image) for image in images.values()])
    counts = {}
    for name, change in CHANGES.items():
        copies = [change(image, np.random.default_rng(0)) for image in images.values()]
        every = np.concatenate([fingerprints, own, np.stack([look(copy) for copy in copies])])
        rows = np.arange(len(fingerprints), len(fingerprints) + len(own))
        shares = found(find_near_duplicates(every), len(every), rows, rows + len(own))
        same, alike = (round(share * len(own)) for share in shares)
        counts[name] = f"{same} + {alike - same} of {len(own)}"
    place = {sample.name: n for n, sample in enumerate(samples) if sample.source == "nih"}
    pairs = find_near_duplicates(np.concatenate([fingerprints, own]))
    there = [n for n, name in enumerate(images) if name in place]
    names = list(images)
    linked = set(pairs.select("left", "right").iter_rows())
    hits = sum((place[names[n]], len(fingerprints) + n) in linked for n in there)
    counts["its 160 px JPEG among the samples"] = f"{hits} of {len(there)}"
    print("\n1024 px originals, same image + look-alike:")
    for name, text in counts.items():
        print(f"{name:<48} {text}")
    return counts


def main(half: int) -> None:
    folder = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", DEFAULT))
    if not folder.is_dir():
        sys.exit(f"Real samples not found at {folder}; set LABELASSEMBLE_REAL_DATA")
    samples = [sample for sample in load(folder) if half_of(sample) == half]
    print(f"half {half}: {dict(Counter(sample.source for sample in samples))}")
    fingerprints = np.stack([look(sample.image) for sample in samples])
    print(f"{'':<48} {'all pairs':>13}   {f'as at {LARGE:,}':>13}   {'pHash':>13}")
    print(
        f"{'found':<48} {'same':>6} {'alike':>6}   {'same':>6} {'alike':>6}   {'<=4':>6} {'<=8':>6}"
    )
    table = pl.read_csv(folder / "tables" / "Data_Entry_2017_v2020.csv.gz", columns=["Patient ID"])
    visits = table["Patient ID"].value_counts()["count"].cast(pl.Int64)
    print(f"pairs of one person's images in all of NIH: {(visits * (visits - 1)).sum() // 2:,}\n")
    result = {
        "half": half,
        "recall": recall_table(samples, fingerprints),
        "confusion": confusion(samples, fingerprints),
        "phash": phash_confusion(samples),
        "originals": originals_table(folder, samples, fingerprints),
    }
    out = Path(__file__).parent / "out" / f"fingerprint_quality_{('chosen', 'reported')[half]}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(result, indent=2) + "\n")
    print(f"Saved {out}")


if __name__ == "__main__":
    main(0 if sys.argv[1:] == ["chosen"] else 1)
