"""Real images of a run, prepared as it does it, and what it predicts for them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from labelassemble.deploy.hold_parity import Checked
from labelassemble.errors import RunError
from labelassemble.images.radiograph import unit_grey
from labelassemble.inference.predictor import Predictor
from labelassemble.settings import DetectionSettings


@torch.inference_mode()
def check_images(predictor: Predictor, paths: Sequence[Path]) -> Checked:
    """Prepare images and predict for them.

    Args:
        predictor: of one run, on the CPU.
        paths: images or volumes, as the run takes them.

    Raises:
        RunError: no images.
        ImageError: one that cannot be read.
    """
    if not paths:
        raise RunError(
            "real images to hold the file against the run",
            f"none: those that {predictor.run_folder} learned from are not on this machine",
            "Name some: --check FILE ...",
        )
    settings = predictor.description.detection
    if settings is None:
        stored = np.stack([predictor.prepare_file(path) for path in paths])
        seen = predictor.look_at([stored])
        return Checked(unit_grey(stored)[:, None], seen.each[0])
    patches = np.stack([_cut_patch(predictor, path, settings) for path in paths])[:, None]
    network = predictor.network
    each = [
        network(torch.from_numpy(one[None]), dense=True).double().sigmoid().numpy()[0]
        for one in patches
    ]
    return Checked(patches, np.stack(each))


def _cut_patch(predictor: Predictor, path: Path, settings: DetectionSettings) -> np.ndarray:
    """The middle of an image, as large as a window; blank where the image is smaller."""
    if settings.dimensions == 3:
        # Only here: diagnosis needs no volumes.
        from labelassemble.detection.predict_image import prepare_volume
        from labelassemble.volumes.read_volume import read_volume

        image = prepare_volume(read_volume(path, settings.volumes), settings).voxels
    else:
        image = unit_grey(predictor.prepare_file(path))
    patch = np.zeros(settings.patches.size, dtype=np.float32)
    sides = [min(pair) for pair in zip(patch.shape, image.shape, strict=True)]
    starts = [(whole - side) // 2 for whole, side in zip(image.shape, sides, strict=True)]
    cut = tuple(slice(start, start + side) for start, side in zip(starts, sides, strict=True))
    patch[tuple(slice(0, side) for side in sides)] = np.asarray(image[cut])
    return patch
