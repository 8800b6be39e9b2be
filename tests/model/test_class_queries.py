import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.class_queries import ClassQueries
from labelassemble.model.name_vectors import name_vectors


def test_one_query_a_class_from_the_generator() -> None:
    first = ClassQueries(("a", "b"), 5, torch.Generator().manual_seed(1))
    again = ClassQueries(("a", "b"), 5, torch.Generator().manual_seed(1))
    assert first().shape == (2, 5)
    assert torch.equal(first(), again())
    assert first.query.requires_grad


def test_a_new_class_leaves_the_others_as_they_are() -> None:
    queries = ClassQueries(("a", "b"), 5)
    before = queries().detach().clone()
    queries.add_class("c", torch.Generator().manual_seed(1))
    assert queries.classes == ("a", "b", "c")
    assert torch.equal(queries()[:2], before)
    assert queries.query.requires_grad
    with pytest.raises(ModelError, match="'b', which it knows"):
        queries.add_class("b")


@pytest.mark.parametrize(("classes", "said"), [((), "no class"), (("a", "b", "a"), "a twice")])
def test_classes_must_be_there_once(classes: tuple[str, ...], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        ClassQueries(classes, 4)


def test_a_new_query_has_the_others_precision() -> None:
    queries = ClassQueries(("mass",), 4).double()
    queries.add_class("edema")
    assert queries().dtype == torch.float64


def test_new_classes_start_as_the_first_did() -> None:
    queries = ClassQueries(("mass",), 6, start="names")
    queries.add_class("edema")
    assert torch.equal(queries(), name_vectors(("mass", "edema"), 6))
    with pytest.raises(ModelError, match="'random', 'names' or 'hf:FOLDER'"):
        queries.add_class("hernia", start="letters")
    assert queries.classes == ("mass", "edema")
    with pytest.raises(ModelError, match="query_start = 'letters'"):
        ClassQueries(("mass",), 6, start="letters")
