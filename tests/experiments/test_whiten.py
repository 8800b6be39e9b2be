import numpy as np
import pytest

from labelassemble.errors import MetricError
from labelassemble.experiments.whiten import centre_by_source, whiten
from labelassemble.metrics.shrunk_covariance import shrunk_covariance


def test_every_direction_varies_as_much() -> None:
    generator = np.random.default_rng(0)
    x = (generator.normal(size=(4000, 6)) @ np.diag([1, 2, 3, 1.5, 1, 2.5])).astype(np.float32)
    source = generator.integers(2, size=4000)
    label = (generator.random((4000, 2)) < 0.3).astype(np.float32)
    known = generator.random((4000, 2)) < 0.7
    white = whiten(centre_by_source(x, source), label, known, source)
    np.testing.assert_allclose(np.cov(white.T), np.eye(6), atol=0.1)


def test_what_classes_explain_is_not_scaled_down() -> None:
    generator = np.random.default_rng(1)
    label = (generator.random((5000, 1)) < 0.4).astype(np.float32)
    x = generator.normal(size=(5000, 3)).astype(np.float32)
    x[:, 0] += 5 * label[:, 0]
    known, source = np.full((5000, 1), True), np.zeros(5000, dtype=np.int64)
    white = whiten(centre_by_source(x, source), label, known, source)
    yes = label[:, 0] == 1
    apart = np.linalg.norm(white[yes].mean(axis=0) - white[~yes].mean(axis=0))
    assert apart == pytest.approx(5, rel=0.05)


def test_dead_features_do_no_harm() -> None:
    generator = np.random.default_rng(2)
    x = generator.normal(size=(50, 4)).astype(np.float32)
    x[:, 2] = 0
    nobody = np.zeros((50, 1), dtype=np.float32)
    source = np.zeros(50, dtype=np.int64)
    white = whiten(centre_by_source(x, source), nobody, nobody > 0, source)
    assert np.isfinite(white).all()
    assert np.abs(white).max() < 10


def test_no_image_is_told() -> None:
    with pytest.raises(MetricError, match="all 0 images"):
        shrunk_covariance(np.empty((0, 3)))
