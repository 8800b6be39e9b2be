import torch

from labelassemble.losses.bce import bce_loss
from labelassemble.losses.unknown_as_negative import unknown_as_negative


def test_unknown_cells_become_absent_and_known_ones_stay() -> None:
    label = torch.tensor([[1.0, float("nan")], [0.5, 1.0]])
    known = torch.tensor([[True, False], [True, False]])
    made, all_known = unknown_as_negative(label, known)
    assert torch.equal(made, torch.tensor([[1.0, 0.0], [0.5, 0.0]]))
    assert all_known.all()
    assert not known.all(), "what was given stays as it was"


def test_where_everything_is_known_nothing_changes() -> None:
    logit, label = torch.randn(4, 3), torch.randint(0, 2, (4, 3)).float()
    known = torch.ones(4, 3, dtype=torch.bool)
    assert bce_loss(logit, *unknown_as_negative(label, known)) == bce_loss(logit, label, known)
