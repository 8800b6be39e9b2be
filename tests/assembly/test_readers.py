import numpy as np
import pytest

from labelassemble.assembly.readers import settle_readers
from labelassemble.assembly.readings_matrix import Readings
from labelassemble.setting_types import EVIDENCE
from labelassemble.settings import AssemblySettings
from labelassemble.sources.assessments import NEGATIVE, NO_REASON, POSITIVE, UNCERTAIN, Reason

P, N, U = POSITIVE, NEGATIVE, UNCERTAIN


def say(state, image, evidence="radiologist"):
    """One class, one source; a row a reading."""
    state = np.array(state, dtype=np.uint8)[:, None]
    image = np.array(image, dtype=np.int64)
    kinds = [evidence] * len(image) if isinstance(evidence, str) else evidence
    kind = np.array([EVIDENCE.index(one) for one in kinds], dtype=np.uint8)
    return Readings(
        record=image,
        image=image,
        source=np.zeros_like(image),
        state=state,
        reason=state.astype(np.uint16),
        evidence=kind[:, None],
        rule=np.zeros(state.shape, dtype=np.uint16),
        reasons=(NO_REASON, Reason("negative"), Reason("uncertain"), Reason("positive")),
        rules=("",),
        share=None,
    )


def test_single_readings_pass_untouched():
    said = say([P, N, 0], [0, 1, 2])
    settled, counts = settle_readers(said, ("mass",), AssemblySettings())
    assert settled is said
    assert counts is None


def test_images_keep_their_order_whether_or_not_several_read_them():
    said = say([P, N, N, P, P, U], [0, 1, 1, 2, 3, 3])
    settled, counts = settle_readers(said, ("mass",), AssemblySettings())
    assert settled.image.tolist() == [0, 1, 2, 3]
    assert settled.state[:, 0].tolist() == [P, N, P, U]
    assert [settled.rules[place] for place in settled.rule[:, 0]] == [
        "",
        "",
        "",
        "readers, majority: 1 positive, 1 uncertain",
    ]
    assert counts.image.tolist() == [1, 3]
    assert counts.negative[:, 0].tolist() == [2, 0]


def test_a_class_that_no_reader_looked_for_stays_unknown():
    settled, _ = settle_readers(say([0, 0], [0, 0]), ("mass",), AssemblySettings(readers="any"))
    assert settled.state.tolist() == [[0]]
    assert settled.reason.tolist() == [[0]]
    assert settled.rule.tolist() == [[0]]


@pytest.mark.parametrize(("signs", "share"), [([P, N, N, N], 0.25), ([P, N, U], 0.5), ([P, U], 1)])
def test_the_mean_is_over_those_who_are_sure(signs, share):
    settled, _ = settle_readers(
        say(signs, [0] * len(signs)), ("mass",), AssemblySettings(readers="mean")
    )
    assert settled.state.tolist() == [[U]]
    assert settled.share.tolist() == [[share]]


def test_weaker_evidence_is_not_counted():
    said = say([N, N, P], [0, 0, 0], ["text_mining", "text_mining", "radiologist"])
    settled, counts = settle_readers(said, ("mass",), AssemblySettings())
    assert settled.state.tolist() == [[P]]
    assert (counts.positive.tolist(), counts.negative.tolist()) == ([[1]], [[0]])
    assert settled.rules[settled.rule[0, 0]] == "radiologist first"
    turned = AssemblySettings(evidence_order=("text_mining",))
    settled, _ = settle_readers(said, ("mass",), turned)
    assert settled.state.tolist() == [[N]]
    assert settled.rules[settled.rule[0, 0]] == "text_mining first"
