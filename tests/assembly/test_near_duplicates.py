import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from labelassemble.assembly import fingerprint_candidates
from labelassemble.assembly.fingerprints import (
    FINGERPRINT_BYTES,
    FINGERPRINT_SIDE,
    pack_fingerprints,
    unpack_fingerprints,
)
from labelassemble.assembly.near_duplicates import (
    FARTHEST,
    LOOK_ALIKE,
    PAIR_COLUMNS,
    SAME_RECORD,
    find_near_duplicates,
)
from labelassemble.errors import AssemblyError

CONTRAST = 3.0


def draw(images: int, seed: int = 0) -> np.ndarray:
    """Smooth random images as local contrasts, not yet rounded."""
    generator = np.random.default_rng(seed)
    grain = generator.standard_normal((images, FINGERPRINT_SIDE + 20, FINGERPRINT_SIDE + 20))
    smooth = gaussian_filter(grain, (0, 1.4, 1.4))[:, 10:-10, 10:-10]
    return smooth / smooth.std(axis=(1, 2), keepdims=True)


def pack(contrast: np.ndarray) -> np.ndarray:
    return pack_fingerprints(np.clip(np.rint(contrast * CONTRAST), -7, 7).astype(np.int8))


def add_noise(contrast: np.ndarray, amount: float, seed: int) -> np.ndarray:
    grain = np.random.default_rng(seed).standard_normal(contrast.shape)
    return contrast + amount * grain


def linked(pairs: pl.DataFrame, tier: str | None = None) -> set[tuple[int, int]]:
    chosen = pairs if tier is None else pairs.filter(tier=tier)
    return set(chosen.select("left", "right").rows())


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, set[tuple[int, int]]]:
    """Three hundred images; forty of them once more, noisy, every other one inverted."""
    contrast = draw(300)
    turn = np.where(np.arange(40) % 2, -1, 1)[:, None, None]
    copies = add_noise(contrast[:40], 0.1, 1) * turn
    return pack(np.concatenate([contrast, copies])), {(n, 300 + n) for n in range(40)}


def test_planted_copies_are_found_and_nothing_else(
    planted: tuple[np.ndarray, set[tuple[int, int]]],
) -> None:
    fingerprints, truth = planted
    pairs = find_near_duplicates(fingerprints)
    assert pairs.schema == PAIR_COLUMNS
    assert linked(pairs, SAME_RECORD) == linked(pairs) == truth
    assert pairs.equals(pairs.sort("left", "right"))


def test_the_same_prediction_every_time_and_from_a_memory_map(
    planted: tuple[np.ndarray, set[tuple[int, int]]], tmp_path: pytest.TempPathFactory
) -> None:
    fingerprints, _ = planted
    path = f"{tmp_path}/fingerprints.npy"
    np.save(path, fingerprints)
    assert find_near_duplicates(fingerprints).equals(
        find_near_duplicates(np.load(path, mmap_mode="r"))
    )


@given(st.permutations(range(60)))
@settings(max_examples=8)
def test_permuting_the_rows_permutes_the_pairs(order: list[int]) -> None:
    contrast = draw(40, seed=3)
    fingerprints = pack(np.concatenate([contrast, add_noise(contrast[:20], 0.2, 4)]))
    plain = find_near_duplicates(fingerprints)
    moved = find_near_duplicates(fingerprints[order])
    back = [
        (*sorted((order[left], order[right])), distance, tier)
        for left, right, distance, tier in moved.rows()
    ]
    assert sorted(back) == plain.rows()


def test_the_index_finds_what_comparing_all_pairs_finds(
    planted: tuple[np.ndarray, set[tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprints, _ = planted
    exact = find_near_duplicates(fingerprints)
    monkeypatch.setattr(fingerprint_candidates, "EXACT_TO", 0)
    assert find_near_duplicates(fingerprints).equals(exact)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_images(count: int) -> None:
    fingerprints = pack(draw(2))[:count]
    pairs = find_near_duplicates(fingerprints)
    assert pairs.is_empty()
    assert pairs.schema == PAIR_COLUMNS


def test_two_images_alone_are_enough() -> None:
    contrast = draw(1)
    fingerprints = pack(np.concatenate([contrast, add_noise(contrast, 0.1, 2)]))
    assert linked(find_near_duplicates(fingerprints), SAME_RECORD) == {(0, 1)}


def test_images_that_show_nothing_are_never_linked() -> None:
    empty = np.zeros((5, FINGERPRINT_SIDE, FINGERPRINT_SIDE))
    dotted = empty.copy()
    dotted[:, 5:12, 5:12] = 2
    fingerprints = np.concatenate([pack(empty), pack(dotted), pack(draw(3))])
    assert find_near_duplicates(fingerprints).is_empty()


def test_very_many_equal_images_are_linked_with_the_first() -> None:
    pair = pack(draw(2))
    fingerprints = np.repeat(pair, [100_000, 3], axis=0)
    pairs = find_near_duplicates(fingerprints)
    assert pairs.height == 99_999 + 2
    assert set(pairs["left"]) == {0, 100_000}
    assert set(pairs["distance"]) == {0.0}
    assert set(pairs["tier"]) == {SAME_RECORD}


def test_very_many_nearly_equal_images_are_not_compared_all_with_all() -> None:
    one = np.repeat(draw(1), 3_000, axis=0)
    fingerprints = pack(np.concatenate([add_noise(one, 0.03, 5), draw(200, seed=6)]))
    pairs = find_near_duplicates(fingerprints)
    assert pairs.height < 4_000
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    graph = coo_array(
        (np.ones(len(left)), (left, right)), shape=(len(fingerprints), len(fingerprints))
    )
    count, group = connected_components(graph, directed=False)
    assert count == 201
    assert len(set(group[:3_000].tolist())) == 1


def test_margins_cut_off_are_found() -> None:
    contrast = draw(60, seed=7)
    place = np.linspace(3, FINGERPRINT_SIDE - 4, FINGERPRINT_SIDE)
    low = np.minimum(place.astype(int), FINGERPRINT_SIDE - 2)
    share = (place - low)[:, None]
    cut = contrast[:30, low] * (1 - share) + contrast[:30, low + 1] * share
    cut = cut[:, :, low] * (1 - share.T) + cut[:, :, low + 1] * share.T
    pairs = find_near_duplicates(pack(np.concatenate([contrast, cut])))
    assert {(n, 60 + n) for n in range(30)} == linked(pairs)


def test_the_tiers_are_distances() -> None:
    contrast = draw(40, seed=8)
    noise = np.linspace(0.05, 0.9, 40)[:, None, None]
    fingerprints = pack(np.concatenate([contrast, contrast + noise * draw(40, seed=9)]))
    pairs = find_near_duplicates(fingerprints)
    assert set(pairs["tier"]) == {SAME_RECORD, LOOK_ALIKE}
    for tier, farthest in FARTHEST.items():
        assert pairs.filter(tier=tier)["distance"].max() <= np.float32(farthest)
    assert pairs.filter(tier=LOOK_ALIKE)["distance"].min() > FARTHEST[SAME_RECORD]
    assert (pairs["right"] - pairs["left"] == 40).all()
    noisier = pairs["distance"].to_numpy()
    assert np.corrcoef(np.arange(len(noisier)), noisier)[0, 1] > 0.9


def test_rows_of_another_length_are_an_error() -> None:
    with pytest.raises(AssemblyError, match=f"fingerprints of {FINGERPRINT_BYTES} bytes"):
        find_near_duplicates(np.zeros((3, 8), dtype=np.uint8))


def test_looks_survive_their_bytes() -> None:
    contrast = np.random.default_rng(0).integers(
        -7, 8, (4, FINGERPRINT_SIDE, FINGERPRINT_SIDE), np.int8
    )
    assert (unpack_fingerprints(pack_fingerprints(contrast)) == contrast).all()


@pytest.mark.parametrize("exact_to", [8_192, 0])
def test_a_crowd_of_look_alikes_is_not_compared_all_with_all(
    exact_to: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fingerprint_candidates, "EXACT_TO", exact_to)
    monkeypatch.setattr(fingerprint_candidates, "KEPT", 500)
    crowd = add_noise(np.repeat(draw(1), 150, axis=0), 0.45, 1)
    pairs = find_near_duplicates(pack(np.concatenate([crowd, draw(40, seed=9)])), 3)
    near = np.bincount(np.concatenate([pairs["left"], pairs["right"]]), minlength=190)
    assert 75 <= pairs.height <= 150 * 3
    assert near[:150].min() >= 1, "none is left out"
    assert near[150:].max() == 0
    assert pairs.equals(find_near_duplicates(pack(np.concatenate([crowd, draw(40, seed=9)])), 3))
