"""Published ways to pre-train a masked autoencoder, by name."""

from collections.abc import Mapping
from typing import Any

RATE_OF_256 = 1.5e-4
"""Learning rate for 256 images a step; it grows with them. Source: He 2022, Xiao 2023."""

_MEDICAL_MAE: Mapping[str, Any] = {
    "epochs": 800,
    "batch_size": 2048,
    "weight_decay": 0.05,
    "warm_up": 0.05,
    "mask_ratio": 0.9,
    "smallest_crop": 0.5,
    "crop_aspect": 4 / 3,
    "normalise_patches": False,
    "input": {"mean": (0.5056,), "deviation": (0.252,), "side": 224},
    "decoder_features": 512,
    "flip": 0.5,
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "medical-mae-s": {"backbone": "vit_s16", "decoder_layers": 2, **_MEDICAL_MAE},
    "medical-mae-b": {"backbone": "vit_b16", "decoder_layers": 8, **_MEDICAL_MAE},
}
"""Settings of ``pretrain`` that a name stands for. Source: Xiao 2023, ViT-S/16 and ViT-B/16."""


def known_preset(name: str | None) -> str | None:
    """Give the name back.

    Raises:
        ValueError: no such preset.
    """
    if name is not None and name not in PRESETS:
        raise ValueError(f"no such preset; there are {', '.join(PRESETS)}")
    return name
