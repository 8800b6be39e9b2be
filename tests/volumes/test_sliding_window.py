from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from labelassemble.errors import SettingsError
from labelassemble.volumes.sliding_window import make_importance, sliding_window, window_starts

CLASSES = 3


def make_network(axes: int) -> nn.Module:
    torch.manual_seed(0)
    convolution = nn.Conv3d if axes == 3 else nn.Conv2d
    return nn.Sequential(convolution(1, CLASSES, 3, padding=1), nn.Sigmoid()).eval()


@pytest.mark.parametrize(
    ("shape", "patch", "overlap"),
    [
        ((20, 17, 23), (8, 8, 8), 0.5),
        ((20, 17, 23), (8, 6, 10), 0.25),
        ((9, 30, 11), (16, 8, 16), 0.5),
        ((16, 16, 16), (16, 16, 16), 0.5),
        ((13, 5, 7), (4, 8, 8), 0.7),
        ((33, 41), (16, 12), 0.6),
        ((10, 41), (16, 12), 0.0),
    ],
)
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
def test_predictions_are_those_of_monai(
    shape: tuple[int, ...], patch: tuple[int, ...], overlap: float
) -> None:
    from monai.inferers.utils import sliding_window_inference

    network = make_network(len(shape))
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    ours = sliding_window(network, image, classes=CLASSES, patch=patch, overlap=overlap, batch=3)
    with torch.inference_mode():
        theirs = sliding_window_inference(
            torch.from_numpy(image)[None, None], patch, 3, network, overlap, mode="gaussian"
        )[0]
    assert ours.shape == (CLASSES, *shape)
    assert np.abs(ours - theirs.numpy()).max() < 1e-5


@given(
    shape=st.tuples(*(st.integers(1, 14),) * 3),
    patch=st.tuples(*(st.integers(1, 9),) * 3),
    overlap=st.floats(0.0, 0.9),
    batch=st.integers(1, 5),
)
@settings(max_examples=40, deadline=None)
def test_a_network_that_gives_back_what_it_sees_gives_back_the_image(
    shape: tuple[int, ...], patch: tuple[int, ...], overlap: float, batch: int
) -> None:
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    got = sliding_window(
        lambda one: torch.cat([one, -one], 1),
        image,
        classes=2,
        patch=patch,
        overlap=overlap,
        batch=batch,
    )
    assert np.allclose(got, np.stack([image, -image]), atol=1e-5)


def average_windows(
    predict: nn.Module, image: np.ndarray, patch: tuple[int, ...], overlap: float
) -> np.ndarray:
    """The definition, window by window, in float64 and whole arrays."""
    pads = [(gap // 2, gap - gap // 2) for gap in np.maximum(0, np.subtract(patch, image.shape))]
    padded = np.pad(image, pads)
    summed, weight = np.zeros((CLASSES, *padded.shape)), np.zeros(padded.shape)
    importance = make_importance(patch).double().numpy()
    starts = [window_starts(*pair, overlap) for pair in zip(padded.shape, patch, strict=True)]
    for corner in product(*starts):
        inside = tuple(slice(one, one + side) for one, side in zip(corner, patch, strict=True))
        with torch.inference_mode():
            probability = predict(torch.from_numpy(padded[inside])[None, None])[0].double().numpy()
        summed[(slice(None), *inside)] += probability * importance
        weight[inside] += importance
    crop = tuple(slice(low, low + side) for (low, _), side in zip(pads, image.shape, strict=True))
    return (summed / weight)[(slice(None), *crop)]


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@given(
    shape=st.tuples(*(st.integers(1, 14),) * 3),
    patch=st.tuples(*(st.integers(2, 9),) * 3),
    overlap=st.floats(0.0, 0.75),
    batch=st.integers(1, 5),
)
@settings(max_examples=15, deadline=None)
def test_predictions_are_the_weighed_mean_over_windows(
    in_place: bool,
    kind: torch.dtype,
    shape: tuple[int, ...],
    patch: tuple[int, ...],
    overlap: float,
    batch: int,
) -> None:
    network = make_network(3)
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    out = None if in_place else np.empty((CLASSES, *shape))
    got = sliding_window(
        lambda one: network(one).to(kind),
        image,
        classes=CLASSES,
        patch=patch,
        overlap=overlap,
        batch=batch,
        out=out,
    )
    if in_place:
        assert got.dtype == (np.float64 if kind == torch.float64 else np.float32)
    assert np.abs(got - average_windows(network, image, patch, overlap)).max() < 1e-6


@pytest.mark.parametrize(("shape", "batch"), [((10, 8, 8), 5), ((18, 4, 4), 3), ((4, 4, 4), 4)])
def test_calls_are_few_and_equally_large(shape: tuple[int, ...], batch: int) -> None:
    sizes = []

    def watch(patches: Tensor) -> Tensor:
        sizes.append(len(patches))
        return patches

    sliding_window(watch, np.zeros(shape, np.float32), classes=1, patch=(4, 4, 4), batch=batch)
    windows = np.prod([len(window_starts(whole, 4, 0.5)) for whole in shape])
    assert sum(sizes) == windows
    assert len(sizes) == -(-windows // batch)
    assert max(sizes) - min(sizes) <= 1


def test_half_precision_is_summed_in_float32() -> None:
    image = np.random.default_rng(0).random((12, 9, 9), dtype=np.float32)
    got = sliding_window(lambda one: one.half(), image, classes=1, patch=(6, 6, 6), overlap=0.75)
    assert got.dtype == np.float32
    assert np.abs(got[0] - image.astype(np.float16)).max() < 1e-6


def test_mapped_files_go_in_and_out(tmp_path: Path) -> None:
    image = np.random.default_rng(0).random((12, 10, 9)).astype(np.float16)
    np.save(tmp_path / "image.npy", image)
    mapped = np.load(tmp_path / "image.npy", mmap_mode="r")
    out = np.lib.format.open_memmap(
        tmp_path / "out.npy", mode="w+", dtype=np.float32, shape=(CLASSES, 12, 10, 9)
    )
    network = make_network(3)
    got = sliding_window(network, mapped, classes=CLASSES, patch=(6, 6, 6), out=out)
    assert got is out
    tensor = torch.from_numpy(image.astype(np.float32))
    assert np.allclose(
        got, sliding_window(network, tensor, classes=CLASSES, patch=(6, 6, 6)), atol=1e-6
    )


def test_what_is_held_does_not_grow_with_the_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    plain = torch.zeros

    def watch(*size: int, **more: object) -> Tensor:
        held.append(int(np.prod(size)))
        return plain(*size, **more)

    monkeypatch.setattr(torch, "zeros", watch)
    for length in (16, 160):
        held.clear()
        image = np.zeros((length, 8, 8), dtype=np.float32)
        out = np.empty((5, length, 8, 8))
        sliding_window(
            lambda one: one.repeat(1, 5, 1, 1, 1), image, classes=5, patch=(8, 8, 8), out=out
        )
        assert sum(held) == 6 * 8 * 8 * 8


def test_windows_cover_everything_and_end_at_the_end() -> None:
    assert window_starts(5, 5, 0.5) == [0]
    assert window_starts(3, 5, 0.5) == [0]
    for whole in range(5, 40):
        starts = window_starts(whole, 5, 0.3)
        assert starts[-1] == whole - 5
        assert max(np.diff(starts), default=0) <= 3
    importance = make_importance((8, 8, 9))
    assert importance.shape == (8, 8, 9)
    assert float(importance.min()) == pytest.approx(1e-3)
    assert torch.equal(importance, importance.flip(0, 1, 2))
    assert float(importance.max()) == float(importance[3, 4, 4])


def test_settings_and_predictions_that_do_not_fit_are_an_error() -> None:
    image = np.zeros((8, 8, 8), dtype=np.float32)
    for patch, overlap, batch in (((4, 4), 0.5, 1), ((4, 4, 4), 1.0, 1), ((4, 4, 4), 0.5, 0)):
        with pytest.raises(SettingsError, match="window"):
            sliding_window(
                make_network(3), image, classes=CLASSES, patch=patch, overlap=overlap, batch=batch
            )
    with pytest.raises(SettingsError, match=r"\(3, 2, 4, 4, 4\)"):
        sliding_window(make_network(3), image, classes=2, patch=(4, 4, 4))
