import pytest
import torch

from labelassemble.errors import ModelError
from labelassemble.model.source_shares import check_sources, source_shares


def test_sources_that_teach_a_class_share_its_prediction() -> None:
    teaches = torch.tensor([[True, False, False], [True, True, False], [False, True, False]])
    share = source_shares(teaches)
    half, third = 1 / 2, 1 / 3
    expected = [[half, 0.0, third], [half, half, third], [0.0, half, third]]
    torch.testing.assert_close(share, torch.tensor(expected))


@pytest.mark.parametrize(("sources", "said"), [((), "no source"), (("a", "b", "a"), "a twice")])
def test_sources_must_be_there_once(sources: tuple[str, ...], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        check_sources(sources)
