import numpy as np
import pytest

from labelassemble.deploy.hold_parity import Checked, hold_parity
from labelassemble.errors import ModelError

CHECKED = Checked(np.zeros((2, 1, 4, 4), dtype=np.float32), np.array([[0.2, 0.7], [0.4, 0.1]]))


def answer(batch):
    return CHECKED.probability[np.arange(len(batch)) % 2].astype(np.float32)


def test_the_largest_difference_is_given():
    assert hold_parity(answer, CHECKED, "a model") < 1e-7


def test_other_probabilities_are_refused():
    def compute(batch):
        found = answer(batch)
        found[-1, 0] += 2e-4
        return found

    with pytest.raises(ModelError, match=r"a difference of 0\.0002 in a batch of 1"):
        hold_parity(compute, CHECKED, "a model")


def test_a_frozen_batch_is_refused():
    def compute(batch):
        if len(batch) != 1:
            raise RuntimeError("Got invalid dimensions")
        return answer(batch)

    with pytest.raises(ModelError, match="a batch of 3 is refused: Got invalid dimensions"):
        hold_parity(compute, CHECKED, "a model")
    with pytest.raises(ModelError, match=r"an output of shape \(1, 2\) for \(3, 2\)"):
        hold_parity(lambda batch: answer(batch[:1]), CHECKED, "a model")


def test_numbers_that_are_none_are_refused():
    with pytest.raises(ModelError, match="a difference of nan"):
        hold_parity(lambda batch: answer(batch) * np.nan, CHECKED, "a model")
