import torch

from labelassemble.images.augment_radiograph import move_image
from labelassemble.training.pretrain_views import draw_crops


def test_parts_lie_within_the_image_and_have_the_share_asked_for() -> None:
    affine = draw_crops(torch.Generator().manual_seed(0), 2000, 0.5, 0.0)
    area = affine[:, 0, 0] * affine[:, 1, 1]
    assert 0.5 - 1e-5 <= float(area.min()) < 0.52
    assert 0.98 < float(area.max()) <= 1.0 + 1e-5
    torch.testing.assert_close(area.mean(), torch.tensor(0.75), rtol=0.0, atol=0.02)
    # The corners of the output, from -1 to 1, come from within -1 to 1.
    for axis in (0, 1):
        half, centre = affine[:, axis, axis], affine[:, axis, 2]
        assert float((centre.abs() + half).max()) <= 1.0 + 1e-5
        assert float(centre.max()) > 0.2
        assert float(centre.min()) < -0.2


def test_a_crop_enlarges_what_is_there() -> None:
    affine = draw_crops(torch.Generator().manual_seed(1), 1, 0.5, 0.0)
    ramp = torch.linspace(0.0, 1.0, 64).expand(1, 1, 64, 64)
    moved = move_image(ramp, affine)
    span = float(moved.max() - moved.min())
    assert abs(span - float(affine[0, 0, 0])) < 0.03
    # Nothing black from outside.
    assert float(move_image(torch.ones(1, 1, 64, 64), affine).min()) > 0.99


def test_flips_are_drawn_where_they_are_asked_for() -> None:
    flipped = draw_crops(torch.Generator().manual_seed(0), 1000, 1.0, 0.25)[:, 0, 0] < 0
    assert 200 < int(flipped.sum()) < 300
