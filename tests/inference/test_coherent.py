import numpy as np
import pytest

from labelassemble.inference.coherent import implied_classes, make_coherent
from labelassemble.vocabulary.vocabulary import load_vocabulary


def test_no_child_is_more_probable_than_its_parents() -> None:
    vocabulary = load_vocabulary("chest_radiograph")
    classes = [one.name for one in vocabulary.findings]
    implied = implied_classes("chest_radiograph", vocabulary.version, classes)
    probability = np.random.default_rng(0).random((50, len(classes)))
    coherent = make_coherent(probability, classes, implied)
    place = {name: number for number, name in enumerate(classes)}
    pairs = [(child, parent) for child, parents in implied.items() for parent in parents]
    assert len(pairs) > 10
    for child, parent in pairs:
        assert (coherent[:, place[child]] <= coherent[:, place[parent]]).all()
    assert (coherent >= probability).all()
    # What is coherent stays, bit for bit.
    assert (make_coherent(coherent, classes, implied) == coherent).all()


@pytest.mark.parametrize(
    ("vocabulary", "version"), [("gone.toml", "1"), ("chest_radiograph", "0.1"), ("nowhere", "1")]
)
def test_of_another_vocabulary_nothing_is_known(vocabulary: str, version: str) -> None:
    assert implied_classes(vocabulary, version, ["nodule", "nodule_or_mass"]) == {}
    probability = np.array([[0.9, 0.1]])
    assert (make_coherent(probability, ["nodule", "nodule_or_mass"], {}) == probability).all()
