import math

import torch

from labelassemble.model.patch_grid import (
    patchify,
    position_code,
    resize_positions,
    stretch_to_multiple,
)


def test_patches_are_those_of_a_loop() -> None:
    image = torch.rand(1, 1, 8, 12)
    patches = patchify(image, 4)
    for row in range(2):
        for column in range(3):
            cut = image[0, 0, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            assert torch.equal(patches[0, 3 * row + column], cut.flatten())


def test_stretching_keeps_what_fits_and_covers_the_rest() -> None:
    fits = torch.rand(1, 1, 32, 48)
    assert stretch_to_multiple(fits, 16) is fits
    ramp = torch.linspace(0.0, 1.0, 50).expand(1, 1, 33, 50)
    stretched = stretch_to_multiple(ramp, 16)
    assert stretched.shape == (1, 1, 48, 64)
    assert stretched[..., 0].max() < 0.01
    assert stretched[..., -1].min() > 0.99
    assert stretch_to_multiple(ramp, 16, smallest=96).shape == (1, 1, 96, 96)


def test_position_codes_are_sines_and_cosines_of_column_and_row() -> None:
    code = position_code(3, 4, 16)
    assert code.shape == (12, 16)
    row, column = 2, 3
    for part, number in ((code[4 * row + column, :8], column), (code[4 * row + column, 8:], row)):
        rates = [10_000 ** (-place / 4) for place in range(4)]
        expected = [math.sin(number * rate) for rate in rates]
        expected += [math.cos(number * rate) for rate in rates]
        torch.testing.assert_close(part, torch.tensor(expected))
    assert len({tuple(one) for one in code.tolist()}) == 12


def test_positions_of_another_grid_lie_between_their_own() -> None:
    rows = torch.arange(14.0)[:, None].expand(14, 14).reshape(1, 196, 1)
    assert resize_positions(rows, 14, 14) is rows
    larger = resize_positions(rows, 28, 7).reshape(28, 7)
    torch.testing.assert_close(larger, larger[:, :1].expand(28, 7))
    assert (larger.diff(dim=0) > -0.2).all()
    # Away from the border, two places stand where one stood.
    expected = (torch.arange(28.0) + 0.5) / 2 - 0.5
    torch.testing.assert_close(larger[6:22, 0], expected[6:22], rtol=0.0, atol=0.05)
