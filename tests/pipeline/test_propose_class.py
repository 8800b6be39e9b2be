import pytest

from labelassemble.pipeline.propose_class import propose_class
from labelassemble.vocabulary.vocabulary import load_vocabulary

CHEST = load_vocabulary("chest_radiograph")


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("Pneumonia/Viral", "viral_pneumonia"),
        ("Pneumonia/Viral/COVID-19", "covid_19"),
        ("Lung > Mass", "mass"),
        ("Pneumonia/Foo", None),
        ("Mass", None),  # the vocabulary finds it by itself
        ("a large effusion", None),
        ("/", None),
        ("", None),
    ],
)
def test_paths(term, name):
    assert propose_class(term, CHEST) == name


def test_a_proposal_is_always_a_class():
    names = {finding.name for finding in CHEST.findings}
    for finding in CHEST.findings:
        assert propose_class(f"x/{finding.title}", CHEST) in names
