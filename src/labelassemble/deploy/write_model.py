"""A traced network as files of one runtime."""

import json
import shutil
import warnings
from collections.abc import Callable, Mapping
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, NamedTuple

import torch

from labelassemble.deploy.describe_model import METADATA
from labelassemble.deploy.monai_bundle import write_bundle
from labelassemble.deploy.onnx_model import write_onnx
from labelassemble.deploy.runtimes import (
    Compute,
    need,
    open_onnx,
    open_openvino,
    open_torch_export,
)
from labelassemble.deploy.trace_network import Traced
from labelassemble.errors import SettingsError

_PAGE = ("index.html", "app.mjs")
WEB_RUNTIME = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
"""What the page needs of onnxruntime-web."""

WEB_DIST = Path("node_modules") / "onnxruntime-web" / "dist"
"""Where npm puts them, below the working folder."""

MODEL_ONNX, MODEL_XML, MODEL_PT2, MODEL_JSON = (
    *("model.onnx", "openvino_model.xml", "model.pt2"),
    "model.json",
)


class ModelForm(NamedTuple):
    """A form of a model.

    Attributes:
        suffix: of its file; empty: it is a folder.
        packages: that it needs beside torch.
        write: program, description and output, which is not there yet.
        open: the output, to compute with.
        dense: whether networks that find lesions have it.
    """

    suffix: str
    packages: tuple[str, ...]
    write: Callable[..., None]
    open: Callable[[Path], Compute]
    dense: bool = True


def write_onnx_file(traced: Traced, told: Mapping[str, Any], output: Path) -> None:
    """Write an ONNX file; the description is in its metadata."""
    write_onnx(traced, {METADATA: _json(told)}, output)


def write_openvino(traced: Traced, told: Mapping[str, Any], output: Path) -> None:
    """Write OpenVINO's two files, in float32, and the description beside them."""
    runtime = need("openvino")
    output.mkdir(exist_ok=True)
    between = output / MODEL_ONNX
    write_onnx_file(traced, told, between)
    model = runtime.convert_model(str(between))
    model.set_rt_info(_json(told), [METADATA])
    runtime.save_model(model, str(output / MODEL_XML), compress_to_fp16=False)
    between.unlink()
    (output / MODEL_JSON).write_text(_json(told), encoding="utf-8")


def write_torch_export(traced: Traced, told: Mapping[str, Any], output: Path) -> None:
    """Write a program of PyTorch, with the description as an extra file in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of shared storage, which a network of ours does not have.
        torch.export.save(traced.program, output, extra_files={f"{METADATA}.json": _json(told)})


def write_monai(traced: Traced, told: Mapping[str, Any], output: Path) -> None:
    """Write a bundle of MONAI's around the program of PyTorch."""
    (output / "models").mkdir(parents=True)
    write_torch_export(traced, told, output / "models" / MODEL_PT2)
    write_bundle(told, output)


def refuse_no_runtime(runtime: Path) -> None:
    """Refuse a folder without what the page needs of onnxruntime-web.

    Raises:
        SettingsError: says how to get it.
    """
    missing = [name for name in WEB_RUNTIME if not (runtime / name).is_file()]
    if missing:
        raise SettingsError(
            f"onnxruntime-web's {' and '.join(WEB_RUNTIME)} in {runtime}",
            f"no {missing[0]}",
            "npm install onnxruntime-web, or name its folder dist: --runtime FOLDER",
        )


def write_web(
    traced: Traced, told: Mapping[str, Any], output: Path, runtime: Path = WEB_DIST
) -> None:
    """Write a page that computes in the browser.

    Args:
        traced: the program.
        told: its description.
        output: the folder to make.
        runtime: folder ``dist`` of onnxruntime-web.

    Raises:
        SettingsError: as ``refuse_no_runtime``.
    """
    refuse_no_runtime(runtime)
    output.mkdir(exist_ok=True)
    write_onnx_file(traced, told, output / MODEL_ONNX)
    (output / MODEL_JSON).write_text(_json(told), encoding="utf-8")
    for name in _PAGE:
        content = package_files("labelassemble.deploy") / "page" / name
        (output / name).write_bytes(content.read_bytes())
    for name in WEB_RUNTIME:
        shutil.copyfile(runtime / name, output / name)


def _open_bundle(output: Path) -> Compute:
    return open_torch_export(output / "models" / MODEL_PT2)


MODEL_FORMS: dict[str, ModelForm] = {
    "onnx": ModelForm(".onnx", ("onnx", "onnxscript", "onnxruntime"), write_onnx_file, open_onnx),
    "openvino": ModelForm(
        "",
        ("onnx", "onnxscript", "openvino"),
        write_openvino,
        lambda output: open_openvino(output / MODEL_XML),
    ),
    "torch-export": ModelForm(".pt2", (), write_torch_export, open_torch_export),
    "web": ModelForm(
        "",
        ("onnx", "onnxscript", "onnxruntime"),
        write_web,
        lambda output: open_onnx(output / MODEL_ONNX),
        dense=False,
    ),
    "monai": ModelForm("", (), write_monai, _open_bundle, dense=False),
}
"""What ``export-model`` writes."""


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, allow_nan=False)
