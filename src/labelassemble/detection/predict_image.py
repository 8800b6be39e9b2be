"""A whole image in, a prediction a class and place out, in memory as thick as one window."""

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from labelassemble.errors import ModelError
from labelassemble.model.network import Network
from labelassemble.settings import DetectionSettings
from labelassemble.volumes.resample import resample
from labelassemble.volumes.sliding_window import sliding_window
from labelassemble.volumes.volume import Volume
from labelassemble.volumes.window import window


def predict_image(
    network: Network,
    image: Shaped[np.ndarray, "*space"],
    settings: DetectionSettings,
    out: Float[np.ndarray, "classes *space"] | None = None,
) -> Float[np.ndarray, "classes *space"]:
    """Predict an image or a volume, all classes in one pass.

    Args:
        network: one that predicts densely; it computes where it is.
        image: grey values in [0, 1], in memory or mapped.
        settings: the window is the patch; its overlap and how many are predicted at once.
        out: where predictions go, such as a mapped file; None: a new array.

    Returns:
        Probabilities in [0, 1], float64: in float32 every logit above 17 is the prediction 1, and
        the surest lesions could not be told apart. Held besides: one window's thickness of them.

    Raises:
        ModelError: a network that does not predict densely.
        SettingsError: as ``sliding_window``.
    """
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()

    def predict(patches: Float[Tensor, "batch 1 *patch"]) -> Float[Tensor, "batch classes *patch"]:
        # Fewer bits would round predictions near 1 to the same number.
        probability: Tensor = network(patches, dense=True).double().sigmoid()
        if probability.shape[2:] != patches.shape[2:]:
            raise ModelError(
                "a network that predicts at every place (detection.task = 'detection')",
                f"{tuple(probability.shape[2:])} predictions for {tuple(patches.shape[2:])} places",
                "Train with detection.task = 'detection'",
            )
        return probability

    try:
        return sliding_window(
            predict,
            image,
            classes=len(network.classes),
            patch=settings.patches.size,
            overlap=settings.window_overlap,
            batch=settings.window_batch,
            device=device,
            out=out,
        )
    finally:
        network.train(was_training)


def prepare_volume(volume: Volume, settings: DetectionSettings) -> Volume:
    """Bring a volume as ``read_volume`` gives it to the spacing and window that training saw.

    Returns:
        Voxels in [0, 1], float32, which ``predict_volume`` takes; its file's geometry stays with
        it.
    """
    spacing = settings.volumes.spacing_mm
    placed = volume if spacing is None else resample(volume, spacing)
    return placed._replace(voxels=window(placed.voxels, *settings.volumes.window_hu))


@torch.inference_mode()
def predict_volume(
    network: Network,
    volume: Volume,
    settings: DetectionSettings,
    out: Float[np.ndarray, "classes right anterior superior"] | None = None,
) -> Float[np.ndarray, "classes right anterior superior"]:
    """Predict a volume that ``prepare_volume`` made, or that a cache gave (``CachedVolume.like``).

    Args:
        network: one that predicts volumes.
        volume: voxels in [0, 1].
        settings: those of the network's training.
        out: where predictions go; None: a new array.

    Returns:
        Probabilities on the volume's grid; ``write_prediction`` brings them back to the file's.

    Raises:
        ModelError: a network that does not predict densely.
        SettingsError: as ``sliding_window``.
    """
    return predict_image(network, volume.voxels, settings, out)
