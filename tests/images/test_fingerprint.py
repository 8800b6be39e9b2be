from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from labelassemble.assembly.fingerprints import FINGERPRINT_BYTES, unpack_fingerprints
from labelassemble.assembly.near_duplicates import find_near_duplicates
from labelassemble.errors import ImageError
from labelassemble.files.read_image import read_image
from labelassemble.images.fingerprint import fingerprint_image, trim_borders
from labelassemble_phantoms.chest_radiograph import draw_patient, simulate_radiograph
from labelassemble_phantoms.hospital_style import ORDINARY_STYLE

SAME, ALIKE = "same image", "look-alike"
Changes = dict[str, Callable[[np.ndarray], np.ndarray]]


def eight_bits(image: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    data = cv2.imencode(".jpg", eight_bits(image), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def crop(image: np.ndarray, left: float, right: float, top: float, bottom: float) -> np.ndarray:
    height, width = image.shape
    rows = slice(round(height * top), height - round(height * bottom))
    return image[rows, round(width * left) : width - round(width * right)]


def with_words(image: np.ndarray) -> np.ndarray:
    grey, size = eight_bits(image), len(image) / 160
    place = (int(len(image) * 0.6), int(len(image) * 0.12))
    cv2.putText(grey, "AP L", place, cv2.FONT_HERSHEY_SIMPLEX, 0.5 * size, 255, 2, cv2.LINE_AA)
    return grey.astype(np.float32) / 255


SAME_RECORD: Changes = {
    "64 px": lambda x: cv2.resize(x, (64, 64), interpolation=cv2.INTER_AREA),
    "600 px": lambda x: cv2.resize(x, (600, 600), interpolation=cv2.INTER_CUBIC),
    "another aspect": lambda x: cv2.resize(x, (224, 160), interpolation=cv2.INTER_AREA),
    "jpeg": lambda x: jpeg(x, 30),
    "gamma": lambda x: eight_bits(x**1.8) / np.float32(255),
    "window": lambda x: eight_bits((x - 0.03) / 0.9) / np.float32(255),
    "inverted": lambda x: 1 - x,
    "bars": lambda x: np.pad(x, ((0, 0), (len(x) // 5, len(x) // 7))),
    "inverted with bars": lambda x: np.pad(1 - x, ((len(x) // 9, len(x) // 5), (0, 0))),
    "words": with_words,
    "little cut off": lambda x: crop(x, 0.02, 0.0, 0.03, 0.01),
    "much cut off": lambda x: crop(x, 0.08, 0.04, 0.0, 0.06),
}


@pytest.fixture(scope="module")
def radiographs() -> list[np.ndarray]:
    """Simulated chests of thirty persons, two visits each."""
    generator = np.random.default_rng(0)
    images = []
    for _ in range(30):
        patient = draw_patient(generator, ORDINARY_STYLE)
        for _ in range(2):
            grey = simulate_radiograph(patient, ORDINARY_STYLE, 256, generator).image
            images.append(grey.astype(np.float32) / 255)
    return images


@pytest.fixture(scope="module")
def fingerprints(radiographs: list[np.ndarray]) -> np.ndarray:
    return np.stack([fingerprint_image(image).local_contrast for image in radiographs])


@pytest.mark.parametrize("name", SAME_RECORD)
def test_a_changed_image_is_found_again(
    name: str, radiographs: list[np.ndarray], fingerprints: np.ndarray
) -> None:
    changed = [SAME_RECORD[name](image) for image in radiographs[:20]]
    prints = [fingerprint_image(np.ascontiguousarray(image)).local_contrast for image in changed]
    found = find_near_duplicates(np.concatenate([fingerprints, np.stack(prints)]))
    pairs = {(left, right): tier for left, right, _, tier in found.rows()}
    tiers = [pairs.get((n, len(fingerprints) + n)) for n in range(20)]
    assert tiers.count(SAME) >= 18, tiers
    assert None not in tiers, tiers
    person = [n // 2 for n in (*range(len(fingerprints)), *range(20))]
    joined = [pair for pair, tier in pairs.items() if tier == SAME]
    assert all(person[left] == person[right] for left, right in joined)


def test_two_visits_of_one_person_are_two_images(fingerprints: np.ndarray) -> None:
    assert SAME not in find_near_duplicates(fingerprints)["tier"].to_list()


def test_the_pixels_decide_about_the_hash_not_the_file(
    tmp_path: Path, draw_image: Callable[..., np.ndarray]
) -> None:
    grey = draw_image(0, 50, 70)
    for name, options in (
        ("a.png", [cv2.IMWRITE_PNG_COMPRESSION, 0]),
        ("b.png", []),
        ("c.bmp", []),
    ):
        cv2.imwrite(str(tmp_path / name), grey, options)
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()
    prints = [
        fingerprint_image(read_image(tmp_path / name)) for name in ("a.png", "b.png", "c.bmp")
    ]
    assert len({one.pixel_sha256 for one in prints}) == 1
    assert len(prints[0].pixel_sha256) == 32
    other = grey.copy()
    other[3, 5] ^= 1
    assert fingerprint_image(other / np.float32(255)).pixel_sha256 != prints[0].pixel_sha256
    assert fingerprint_image(grey.reshape(70, 50) / np.float32(255)).pixel_sha256 not in {
        prints[0].pixel_sha256
    }


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_every_grey_value_of_8_and_16_bits_counts(kind: type[np.floating]) -> None:
    for most in (255, 65_535):
        values = (np.arange(most + 1) / most).astype(kind).reshape(256, -1)
        hashed = fingerprint_image(values).pixel_sha256
        nudged = values.copy()
        nudged[100, 0] += kind(1 / most)
        assert fingerprint_image(nudged).pixel_sha256 != hashed
        rounded = np.rint(values * most).astype(np.uint16)
        again = np.divide(rounded, most, dtype=np.float32)
        assert fingerprint_image(again).pixel_sha256 == hashed


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=60),
        elements=st.floats(0, 1, width=32),
    )
)
@settings(max_examples=60)
def test_any_shape_and_any_values_give_a_row_of_bytes(image: np.ndarray) -> None:
    print_ = fingerprint_image(image)
    assert print_.local_contrast.shape == (FINGERPRINT_BYTES,)
    assert print_.local_contrast.dtype == np.uint8
    assert FINGERPRINT_BYTES + len(print_.pixel_sha256) <= 1024
    again = fingerprint_image(image.copy(order="F"))
    assert again.pixel_sha256 == print_.pixel_sha256
    assert (again.local_contrast == print_.local_contrast).all()


def test_what_does_not_change_the_order_of_grey_values_changes_nothing(
    radiographs: list[np.ndarray],
) -> None:
    inside = radiographs[0][70:190, 70:190]
    image = cv2.resize(inside, (40, 40), interpolation=cv2.INTER_AREA)
    fingerprints = unpack_fingerprints(fingerprint_image(image).local_contrast[None])
    for changed in (image**3, image * np.float32(0.4) + np.float32(0.3)):
        # Rounding can make two grey values equal, and so their ranks.
        other = unpack_fingerprints(fingerprint_image(changed).local_contrast[None])
        assert (other != fingerprints).mean() < 0.02
        assert np.abs(other - fingerprints).max() <= 1
    inverted = unpack_fingerprints(fingerprint_image(1 - image).local_contrast[None])
    assert (inverted != -fingerprints).mean() < 0.02


def test_one_grey_value_looks_like_nothing() -> None:
    for grey in (0.0, 0.4, 1.0):
        fingerprints = fingerprint_image(np.full((30, 40), grey, dtype=np.float32)).local_contrast
        assert not unpack_fingerprints(fingerprints[None]).any()


def test_borders_within_borders_are_trimmed() -> None:
    inner = np.random.default_rng(0).random((40, 50), dtype=np.float32)
    framed = np.pad(inner, ((3, 4), (5, 0)), constant_values=1.0)
    framed = np.pad(framed, ((0, 0), (20, 9)))
    framed[5, 2:5] = 0.7  # a mark within the bar
    assert trim_borders(framed) == (slice(3, 43), slice(25, 75))
    assert trim_borders(inner) == (slice(0, 40), slice(0, 50))


def test_trimming_leaves_something() -> None:
    rows, columns = trim_borders(np.zeros((100, 20), dtype=np.float32))
    assert rows.stop - rows.start >= 8
    assert columns.stop - columns.start >= 8
    dot = np.zeros((64, 64), dtype=np.float32)
    dot[30, 30] = 1
    rows, columns = trim_borders(dot)
    assert dot[rows, columns].any()


@pytest.mark.parametrize(
    "wrong", [np.zeros((0, 5)), np.full((4, 4), np.nan), np.full((4, 4), np.inf)]
)
def test_no_image_is_an_error(wrong: np.ndarray) -> None:
    with pytest.raises(ImageError, match="finite grey values"):
        fingerprint_image(wrong)


def test_real_originals_and_their_reduced_copies(real_data: Path) -> None:
    """Published 1024 px files are the same images as their 160 px JPEGs, and no others."""
    originals = sorted((real_data / "originals").glob("*.png"))
    nih = sorted((real_data / "nih" / "images").glob("*.jpg"))[::8]
    names = {path.stem for path in nih}
    nih += [
        path
        for path in (real_data / "nih" / "images" / f"{one.stem}.jpg" for one in originals)
        if path.exists() and path.stem not in names
    ]
    images = [read_image(path) for path in [*originals, *nih]]
    fingerprints = np.stack([fingerprint_image(image).local_contrast for image in images])
    stems = [path.stem for path in [*originals, *nih]]
    found = find_near_duplicates(fingerprints)
    tiers = {(stems[left], stems[right]): tier for left, right, _, tier in found.rows()}
    both = {(path.stem, path.stem) for path in originals if path.stem in stems[len(originals) :]}
    assert both
    assert both <= set(tiers)
    assert {pair for pair, tier in tiers.items() if tier == SAME} <= both
