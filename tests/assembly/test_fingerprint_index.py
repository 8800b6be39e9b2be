import numpy as np
import pytest

from labelassemble.assembly import fingerprint_index
from labelassemble.assembly.fingerprint_index import FingerprintIndex, multiply


def unit(count: int, features: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal((count, features)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def visited(index: FingerprintIndex, query: np.ndarray, tables: int) -> set[tuple[int, int]]:
    pairs = set()
    for table in range(tables):
        for asking, asked in index.visit(query, table):
            pairs |= {(int(a), int(b)) for a in asking for b in asked}
    return pairs


def test_every_vector_meets_itself_and_few_others() -> None:
    vectors = unit(20_000, 80, 0)
    index = FingerprintIndex(vectors, np.ones(80, dtype=np.float32), 2)
    pairs = visited(index, vectors[:200], 2)
    assert {(n, n) for n in range(200)} <= pairs
    assert len(pairs) / 200 < 0.1 * len(vectors)


def test_near_vectors_meet_more_often_than_others() -> None:
    vectors = unit(20_000, 80, 0)
    query = vectors[:300] + 0.5 * unit(300, 80, 1)
    query /= np.linalg.norm(query, axis=1, keepdims=True)
    index = FingerprintIndex(vectors, np.ones(80, dtype=np.float32), 6)
    met = visited(index, query, 6)
    assert np.mean([(n, n) in met for n in range(300)]) > 0.95
    assert len(met) / (300 * len(vectors)) < 0.15


def test_buckets_hold_every_vector_once_in_order() -> None:
    vectors = unit(3_000, 40, 2)
    index = FingerprintIndex(vectors, np.ones(40, dtype=np.float32), 1)
    buckets = list(index.buckets(0))
    everyone = np.concatenate(buckets)
    assert len(everyone) == len(set(everyone.tolist())) > 2_500
    assert all((np.diff(bucket) > 0).all() for bucket in buckets)


def test_a_crowded_bucket_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint_index, "FULLEST", 10)
    same = np.repeat(unit(1, 40, 3), 500, axis=0)
    index = FingerprintIndex(same, np.ones(40, dtype=np.float32), 1)
    assert {b for _, b in visited(index, same, 1)} == set(range(10))


@pytest.mark.parametrize("shape", [(0, 5, 7), (1, 5, 7), (37, 40, 900), (1000, 80, 80)])
def test_products_in_portions_are_products(shape: tuple[int, int, int]) -> None:
    rows, inner, columns = shape
    generator = np.random.default_rng(0)
    left = generator.standard_normal((rows, inner)).astype(np.float32)
    right = generator.standard_normal((inner, columns)).astype(np.float32)
    assert np.allclose(multiply(left, right), left @ right, atol=1e-4)
