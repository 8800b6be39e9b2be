"""Masks of simulated references, and folders that are none."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from labelassemble.errors import ImageError
from labelassemble.experiments.truth_masks import find_truth, read_truth, unpack_finding
from labelassemble_phantoms.finding_model import FINDINGS
from labelassemble_phantoms.hospitals import simulate_hospitals


@pytest.fixture(scope="module")
def hospitals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("truth") / "hospitals"
    return simulate_hospitals(folder, 1, 30, size=48).parent


def test_bits_are_the_findings_in_the_order_of_the_truth(hospitals: Path) -> None:
    findings = find_truth(hospitals / "reference")
    assert findings == FINDINGS
    truth = pl.read_csv((hospitals / "truth.csv").read_bytes()).filter(folder="reference")
    seen = set()
    for row in truth.iter_rows(named=True):
        packed = read_truth(hospitals / "reference" / "images" / row["image"])
        assert packed.shape == (48, 48)
        for number, name in enumerate(findings):
            places = unpack_finding(packed, number)
            assert places.any() == (row[name] == 1)
            seen.add((name, places.any()))
    assert len(seen) == 2 * len(findings)


@pytest.mark.parametrize("truth", [None, "", "folder,image\nreference,a.png\n", "\xff,\x00\n"])
def test_other_folders_have_no_truth(tmp_path: Path, truth: str | None) -> None:
    (tmp_path / "mine" / "masks").mkdir(parents=True)
    if truth is not None:
        (tmp_path / "truth.csv").write_bytes(truth.encode("latin-1"))
    assert find_truth(tmp_path / "mine") == ()


def test_sources_without_masks_have_no_truth(hospitals: Path) -> None:
    assert find_truth(hospitals / "north") == ()


@pytest.mark.parametrize("content", [None, b"", b"no image"])
def test_a_mask_that_is_not_there_or_no_image_is_told(
    tmp_path: Path, content: bytes | None
) -> None:
    (tmp_path / "masks").mkdir()
    if content is not None:
        (tmp_path / "masks" / "a.png").write_bytes(content)
    with pytest.raises(ImageError, match=r"a\.png"):
        read_truth(tmp_path / "images" / "a.png")


def test_places_are_of_one_bit() -> None:
    packed = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for number in range(8):
        np.testing.assert_array_equal(unpack_finding(packed, number), packed >> number & 1 == 1)
