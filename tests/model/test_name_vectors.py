import pytest
import torch

from labelassemble.model.name_vectors import name_pieces, name_vectors, standardise


def test_a_name_always_gets_the_same_vector() -> None:
    # Fixed numbers: the hash must not depend on process or machine.
    vector = name_vectors(("edema",), 6)[0]
    assert torch.equal(vector, name_vectors(("mass", "edema", "hernia"), 6)[1])
    expected = torch.tensor([0.2673, -0.5345, 1.8708, -1.3363, 0.2673, -0.5345])
    torch.testing.assert_close(vector, expected, atol=1e-4, rtol=0.0)


@pytest.mark.parametrize("features", [16, 128, 500])
def test_vectors_have_the_statistics_of_the_standard_normal(features: int) -> None:
    vectors = name_vectors(("pleural_thickening", "mass", "covid_19"), features)
    torch.testing.assert_close(vectors.mean(dim=1), torch.zeros(3), atol=1e-6, rtol=0.0)
    torch.testing.assert_close(vectors.square().mean(dim=1), torch.ones(3))


def test_names_that_share_words_are_nearer() -> None:
    names = ("bacterial_pneumonia", "viral_pneumonia", "rib_fracture", "spine_fracture")
    vectors = name_vectors(names, 256)
    likeness = vectors @ vectors.T / 256
    assert min(likeness[0, 1], likeness[2, 3]) > 0.3
    assert likeness[:2, 2:].abs().max() < 0.2


def test_pieces_know_the_ends_of_words() -> None:
    assert name_pieces("ab") == ["<ab", "ab>", "<ab>"]
    assert name_pieces("AB_c") == ["<ab", "ab>", "<ab>", "<c>"]
    # A name without letters still has pieces.
    assert name_pieces("--") == ["<--", "-->", "<-->"]


def test_equal_numbers_become_zero_not_nan() -> None:
    assert torch.equal(standardise(torch.full((1, 4), 2.0)), torch.zeros(1, 4))
