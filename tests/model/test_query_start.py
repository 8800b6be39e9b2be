from pathlib import Path

import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.class_queries import name_start, start_queries
from labelassemble.model.name_vectors import name_vectors

NAMES = ("mass", "edema")


def test_random_is_the_standard_normal_of_the_generator() -> None:
    drawn = start_queries("random", NAMES, 7, torch.Generator().manual_seed(3))
    assert torch.equal(drawn, torch.randn(2, 7, generator=torch.Generator().manual_seed(3)))


def test_names_draw_as_much_and_use_none_of_it() -> None:
    first, second = torch.Generator().manual_seed(3), torch.Generator().manual_seed(3)
    start_queries("random", NAMES, 7, first)
    assert torch.equal(start_queries("names", NAMES, 7, second), name_vectors(NAMES, 7))
    assert torch.equal(first.get_state(), second.get_state())


@pytest.mark.parametrize("start", ["", "name", "bert"])
def test_another_start_is_refused(start: str) -> None:
    with pytest.raises(ModelError) as caught:
        start_queries(start, NAMES, 7)
    assert caught.value.got == f"model.query_start = {start!r}"


def test_an_encoder_is_named_without_its_folder(tmp_path: Path) -> None:
    assert name_start(f"hf:{tmp_path / 'encoder'}") == "hf:encoder"
    assert name_start("random") == "random"
