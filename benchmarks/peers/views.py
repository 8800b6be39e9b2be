"""Random views of a 64 x 64 x 64 patch with a mask: turned, zoomed, greys changed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

SIDE, ITEMS = 64, 4
WHAT, UNIT = "augmented patches of 64 x 64 x 64 with a mask", "patches/s"
NOTE = (
    "10 degrees, zoom 0.9 to 1.1, mirrored, contrast or gamma, brightness, noise; ours makes a "
    "weak and a strong view of each and erases a box, the peers one view"
)


def make(folder: Path) -> None:
    generator = np.random.default_rng(0)
    image = generator.random((ITEMS, 1, SIDE, SIDE, SIDE), dtype=np.float32)
    np.savez(folder / "patches.npz", image=image, label=(image > 0.9).astype(np.float32))


def _ours(folder: Path) -> Callable[[], None]:
    import torch

    from labelassemble.settings import DenseAugmentSettings
    from labelassemble.volumes.dense_views import dense_weak_and_strong, draw_dense_views

    image, label = _read(folder)
    known = torch.ones(label.shape, dtype=torch.bool)
    generator = torch.Generator().manual_seed(0)
    settings = DenseAugmentSettings(flip=(0.5, 0.5, 0.5))

    def call() -> None:
        views = draw_dense_views(generator, ITEMS, (SIDE,) * 3, settings)
        dense_weak_and_strong(image, label, known, views)

    return call


def _batchgenerators(folder: Path) -> Callable[[], None]:
    from batchgeneratorsv2.transforms.intensity.brightness import MultiplicativeBrightnessTransform
    from batchgeneratorsv2.transforms.intensity.contrast import ContrastTransform
    from batchgeneratorsv2.transforms.intensity.gamma import GammaTransform
    from batchgeneratorsv2.transforms.intensity.gaussian_noise import GaussianNoiseTransform
    from batchgeneratorsv2.transforms.spatial.mirroring import MirrorTransform
    from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
    from batchgeneratorsv2.transforms.utils.compose import ComposeTransforms

    image, label = _read(folder)
    turn = float(np.deg2rad(10))
    steps = ComposeTransforms(
        [
            SpatialTransform(
                (SIDE,) * 3,
                patch_center_dist_from_border=0,
                random_crop=False,
                p_rotation=1,
                rotation=(-turn, turn),
                p_scaling=1,
                scaling=(0.9, 1.1),
            ),
            GaussianNoiseTransform((0, 0.05**2)),
            MultiplicativeBrightnessTransform((0.8, 1.2), synchronize_channels=True),
            ContrastTransform((0.6, 1.4), preserve_range=True, synchronize_channels=True),
            GammaTransform(
                (0.7, 1.3),
                p_invert_image=0,
                synchronize_channels=True,
                p_per_channel=1,
                p_retain_stats=0,
            ),
            MirrorTransform((0, 1, 2)),
        ]
    )

    def call() -> None:
        for place in range(ITEMS):
            steps(image=image[place].clone(), segmentation=label[place].to(int))

    return call


def _torchio(folder: Path) -> Callable[[], None]:
    import torchio

    image, label = _read(folder)
    steps = torchio.Compose(
        [
            torchio.RandomAffine(scales=(0.9, 1.1), degrees=10, translation=3),
            torchio.RandomFlip(axes=(0, 1, 2)),
            torchio.RandomGamma(log_gamma=(-0.3, 0.3)),
            torchio.RandomNoise(std=(0, 0.05)),
        ]
    )

    def call() -> None:
        for place in range(ITEMS):
            steps(
                torchio.Subject(
                    image=torchio.ScalarImage(tensor=image[place]),
                    label=torchio.LabelMap(tensor=label[place]),
                )
            )

    return call


def _read(folder: Path) -> tuple["torch.Tensor", "torch.Tensor"]:
    import torch

    torch.set_num_threads(1)
    stored = np.load(folder / "patches.npz")
    return torch.from_numpy(stored["image"]), torch.from_numpy(stored["label"])


WAYS = {"ours": _ours, "batchgeneratorsv2 (nnU-Net)": _batchgenerators, "TorchIO": _torchio}
