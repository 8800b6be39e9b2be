"""Model files opened by the runtime that each is for: an array in, an array out."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from labelassemble.deploy.trace_network import INPUT_NAME
from labelassemble.errors import missing_extra

Compute = Callable[[Float[np.ndarray, "batch 1 *space"]], Float[np.ndarray, "batch *classes"]]
"""A batch of images to probabilities, float32."""


def open_onnx(path: Path, threads: int = 0) -> Compute:
    """Open an ONNX file with onnxruntime on the CPU; threads: 0, as many as it likes."""
    runtime = need("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, {INPUT_NAME: batch})[0]


def open_openvino(path: Path, threads: int = 0) -> Compute:
    """Open an OpenVINO model (or an ONNX file) on the CPU, in float32: bf16 moves answers."""
    runtime = need("openvino")
    settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    compiled = runtime.Core().compile_model(str(path), "CPU", settings)
    return lambda batch: np.asarray(next(iter(compiled(batch).values())))


def open_torch_export(path: Path) -> Compute:
    """Open an exported program of PyTorch."""
    module = torch.export.load(path).module()
    return lambda batch: np.asarray(module(torch.from_numpy(batch)).detach().numpy())


def need(name: str) -> Any:
    """Import an optional package, or say how to install it.

    Raises:
        ExtraError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise missing_extra(error) or error from error
