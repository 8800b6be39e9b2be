"""A traced network as an ONNX file, its description in the file's metadata."""

import io
import logging
import warnings
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

import torch

from labelassemble.deploy.trace_network import INPUT_NAME, OUTPUT_NAME, Traced

OPSET = 20
"""Of ONNX; runtimes of 2024 and later take it."""


def write_onnx(traced: Traced, metadata: Mapping[str, str], path: Path) -> None:
    """Write the model with its weights in one file, and texts into its metadata.

    Args:
        traced: with a free batch.
        metadata: key to text (``metadata_props``).
        path: the file.

    Source: ONNX, IR specification; ``torch.onnx.export`` of PyTorch.
    """
    import onnx

    for name in ("torch.onnx", "onnxscript", "onnx_ir"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        made = torch.onnx.export(
            traced.program,
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert made is not None
    model = made.model_proto
    onnx.helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
