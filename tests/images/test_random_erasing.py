import torch

from labelassemble.images.make_views import draw_batch_views, make_views
from labelassemble.images.random_erasing import Erasing, apply_erasing, draw_erasing
from labelassemble.settings import AugmentSettings


def test_rectangles_are_as_large_and_as_often_as_asked() -> None:
    generator = torch.Generator().manual_seed(0)
    box = draw_erasing(generator, 4000, 224, 0.25).box.double()
    area = (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1]) / 224**2
    there = area > 0
    assert abs(float(there.double().mean()) - 0.25) < 0.03
    assert float(area[there].min()) > 0.015
    assert float(area[there].max()) < 0.35
    tall = ((box[:, 2] - box[:, 0]) / (box[:, 3] - box[:, 1]))[there]
    assert 0.28 < float(tall.min()) < 0.5 < 2.0 < float(tall.max()) < 3.6
    assert (box >= 0).all()
    assert (box <= 224).all()


def test_noise_takes_the_place_of_the_rectangle_alone() -> None:
    image = torch.full((2, 1, 40, 40), 2.0)
    drawn = Erasing(torch.tensor([[4, 6, 34, 36], [0, 0, 0, 0]]), 7)
    erased = apply_erasing(image, drawn)
    inside = erased[0, 0, 4:34, 6:36]
    assert (inside <= 1.0).all()
    assert abs(float(inside.mean()) - 0.449) < 0.03
    assert (erased[0] == 2.0).sum() == 1600 - 900
    assert torch.equal(erased[1], image[1])
    assert torch.equal(apply_erasing(image, drawn), erased)


def test_the_views_that_are_asked_for_are_erased() -> None:
    image = torch.rand(5, 1, 32, 32)

    def see(**words: object) -> tuple[torch.Tensor, ...]:
        settings = AugmentSettings.model_validate(words)
        return make_views(
            image, draw_batch_views(torch.Generator().manual_seed(0), 5, 32, settings), 2
        )

    plain, strong, both = see(), see(erase_chance=1.0), see(erase_chance=1.0, rand_views="both")
    assert torch.equal(plain[0], strong[0])
    assert not torch.equal(plain[1], strong[1])
    assert not torch.equal(plain[0], both[0])
