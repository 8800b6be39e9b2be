import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from labelassemble.metrics import shrunk_covariance as module
from labelassemble.metrics.shrunk_covariance import shrunk_covariance


@pytest.mark.parametrize(("rows", "features"), [(200, 5), (12, 30), (40, 40)])
def test_equals_scikit_learn(rows: int, features: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(rows)
    x = generator.normal(size=(rows, features)) @ generator.normal(size=(features, features))
    x -= x.mean(axis=0)
    expected = LedoitWolf(assume_centered=True).fit(x).covariance_
    np.testing.assert_allclose(shrunk_covariance(x), expected, rtol=1e-9, atol=1e-9)
    monkeypatch.setattr(module, "CHUNK", 7)
    np.testing.assert_allclose(shrunk_covariance(x), expected, rtol=1e-9, atol=1e-9)
