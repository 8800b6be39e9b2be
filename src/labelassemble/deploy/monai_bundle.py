"""The texts of a MONAI bundle: what it is, and how it is run with MONAI and torch alone."""

import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labelassemble import __version__


def write_bundle(told: Mapping[str, Any], output: Path) -> None:
    """Write ``configs/metadata.json``, ``configs/inference.json`` and ``docs/README.md``.

    ``inference.json`` predicts for the images of ``dataset_dir`` (8-bit PNG or JPEG) and writes
    ``predictions.csv``, a row an image. It needs neither this package nor a network's code: the
    program is in ``models``. Resizing is torch's by area, which for images of another size than the
    model's may move a probability in the third digit.

    Args:
        told: description of a model that predicts whole images.
        output: the bundle, with ``models/model.pt2``.

    Source: MONAI 1.5, "MONAI Bundle Specification".
    """
    for name in ("configs", "docs"):
        (output / name).mkdir()
    _write(output / "configs" / "metadata.json", _metadata(told))
    _write(output / "configs" / "inference.json", _inference(told))
    lines = ["# " + str(told.get("run", "model")), "", str(told["intended_use"]), ""]
    lines += ["    python -m monai.bundle run --config_file configs/inference.json \\"]
    lines += ["        --bundle_root . --dataset_dir IMAGES", ""]
    lines += [f"Classes: {', '.join(told['classes'])}. Calibration and thresholds stand in"]
    lines += ["`configs/metadata.json` under `labelassemble`."]
    (output / "docs" / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _metadata(told: Mapping[str, Any]) -> dict[str, Any]:
    sides, classes = told["input"]["sides"], told["classes"]
    versions = {name: importlib.metadata.version(name) for name in ("monai", "torch", "numpy")}
    image = {
        "type": "image",
        "format": "magnitude",
        "modality": "xray",
        "num_channels": 1,
        "spatial_shape": sides,
        "dtype": "float32",
        "value_range": [0, 1],
        "is_patch_data": False,
        "channel_def": {"0": "grey"},
    }
    probability = {
        "type": "probabilities",
        "format": "classes",
        "num_channels": len(classes),
        "spatial_shape": [len(classes)],
        "dtype": "float32",
        "value_range": [0, 1],
        "is_patch_data": False,
        "channel_def": {str(place): name for place, name in enumerate(classes)},
    }
    return {
        "version": "0.1.0",
        "changelog": {"0.1.0": f"exported by labelassemble {__version__}"},
        "monai_version": versions["monai"],
        "pytorch_version": versions["torch"],
        "numpy_version": versions["numpy"],
        "required_packages_version": {"pillow": importlib.metadata.version("pillow")},
        "name": str(told.get("run", "model")),
        "task": "classification",
        "description": f"Probabilities of {', '.join(classes)}.",
        "authors": "whoever trained the run",
        "copyright": "as the sources' licences allow",
        "intended_use": told["intended_use"],
        "network_data_format": {"inputs": {"image": image}, "outputs": {"pred": probability}},
        "labelassemble": dict(told),
    }


def _inference(told: Mapping[str, Any]) -> dict[str, Any]:
    size, fit = told["input"]["size"], told["input"]["fit"]
    square: dict[str, list[dict[str, Any]]] = {
        "stretch": [],
        "pad": [{"_target_": "Lambdad", "keys": "image", "func": "$@pad_square"}],
        "crop": [{"_target_": "Lambdad", "keys": "image", "func": "$@crop_square"}],
    }
    keys = {"keys": "image"}
    transforms = [
        {
            "_target_": "LoadImaged",
            **keys,
            "reader": "PILReader",
            "converter": "$lambda image: image.convert('L')",
            "reverse_indexing": False,
        },
        {"_target_": "EnsureChannelFirstd", **keys, "channel_dim": "no_channel"},
        {"_target_": "ScaleIntensityRanged", **keys, "a_min": 0, "a_max": 255}
        | {"b_min": 0.0, "b_max": 1.0, "clip": True},
        *square[fit],
        {"_target_": "Resized", **keys, "spatial_size": [size, size], "mode": "area"},
    ]
    middle = "$lambda x: monai.transforms.{}([{}(x.shape[1:])] * 2)(x)"
    return {
        "imports": ["$import monai", "$import pathlib", "$import torch", "$import numpy"],
        "bundle_root": ".",
        "dataset_dir": "$@bundle_root + '/images'",
        "output_file": "$@bundle_root + '/predictions.csv'",
        "classes": list(told["classes"]),
        "pad_square": middle.format("SpatialPad", "max"),
        "crop_square": middle.format("CenterSpatialCrop", "min"),
        "files": "$sorted(str(one) for one in pathlib.Path(@dataset_dir).iterdir())",
        "network_def": "$torch.export.load(@bundle_root + '/models/model.pt2').module()",
        "preprocessing": {"_target_": "Compose", "transforms": transforms},
        "dataset": {
            "_target_": "Dataset",
            "data": "$[{'image': one} for one in @files]",
            "transform": "@preprocessing",
        },
        "dataloader": {"_target_": "DataLoader", "dataset": "@dataset", "batch_size": 16},
        "pred": "$torch.cat([@network_def(one['image'].as_tensor()) for one in @dataloader])",
        "run": [
            "$numpy.savetxt(@output_file, @pred.detach().numpy(), delimiter=',', "
            "header=','.join(@classes), comments='')"
        ],
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
