import numpy as np

from labelassemble_phantoms.chest_radiograph import Radiograph
from labelassemble_phantoms.finding_model import FINDINGS, VISIBLE_SEVERITY
from labelassemble_phantoms.hospital_reader import DOUBT, read_radiograph


def radiograph(severity, visible=None):
    amounts = np.full(len(FINDINGS), severity)
    labels = amounts > VISIBLE_SEVERITY if visible is None else np.full(len(FINDINGS), visible)
    masks = np.broadcast_to(labels[:, None, None], (len(FINDINGS), 32, 32))
    return Radiograph(np.zeros((32, 32), np.uint8), masks, labels, amounts, "PA")


def shares(severity, may_doubt=False, visible=None):
    said = [
        opinion
        for seed in range(100)
        for opinion in read_radiograph(
            radiograph(severity, visible), np.random.default_rng(seed), may_doubt
        ).values()
    ]
    return {word: said.count(word) / len(said) for word in ("positive", "negative", "uncertain")}


def test_what_is_clear_is_called_and_what_is_absent_is_not():
    assert shares(0.8)["positive"] == 1
    assert shares(0.0)["negative"] == 1
    assert shares(0.8, may_doubt=True)["positive"] == 1
    assert shares(0.0, may_doubt=True)["negative"] == 1


def test_near_the_limit_readers_err_both_ways():
    above, below = shares(VISIBLE_SEVERITY + 0.03), shares(VISIBLE_SEVERITY - 0.03)
    assert 0.1 < above["negative"] < 0.5
    assert 0.1 < below["positive"] < 0.5
    assert above["uncertain"] == below["uncertain"] == 0


def test_who_may_doubt_doubts_near_the_limit_only():
    assert shares(VISIBLE_SEVERITY + 0.001, may_doubt=True)["uncertain"] > 0.7
    assert shares(VISIBLE_SEVERITY + 4 * DOUBT, may_doubt=True)["uncertain"] < 0.01


def test_what_is_hidden_is_never_called():
    assert shares(0.9, visible=False)["negative"] == 1


def test_every_finding_gets_an_opinion():
    said = read_radiograph(radiograph(0.5), np.random.default_rng(0), may_doubt=False)
    assert tuple(said) == FINDINGS
