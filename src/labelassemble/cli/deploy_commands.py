"""Commands by which a trained network leaves for other runtimes."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from tyro.conf import UseAppendAction

from labelassemble.cli.positionals import FileWord, FormWord, RunWord
from labelassemble.cli.say import say
from labelassemble.setting_types import Settings


class ExportModel(Settings):
    """Write a finished run as a model of another runtime, held against the run, or nothing.

    onnx; openvino; torch-export; web: a page that computes in the browser; monai: a bundle.
    """

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote."""
    form: FormWord
    """onnx, openvino, torch-export, web or monai."""
    output: FileWord
    """File (*.onnx, *.pt2) or folder to write; must not be there."""
    check: Annotated[tuple[Path, ...], UseAppendAction] = ()
    """A real image to compare on, once an image; none: up to 16 that the run knows."""
    runtime: Path = Path("node_modules/onnxruntime-web/dist")
    """Of the form web: where onnxruntime-web lies."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.export_model import describe_export, export_model

        made = export_model(self.run_folder, self.form, self.output, self.check, self.runtime)
        say(describe_export(made))


class BenchmarkModel(Settings):
    """Measure torch, onnxruntime and OpenVINO on this machine: images a second, and agreement."""

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote."""
    check: Annotated[tuple[Path, ...], UseAppendAction] = ()
    """A real image to compute, once an image; none: up to 16 that the run knows."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads of each runtime."""
    seconds: Annotated[float, Field(gt=0)] = 2.0
    """Of measuring, for each runtime and batch."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.benchmark_model import benchmark_model, describe_speeds

        speeds = benchmark_model(self.run_folder, self.check, self.threads, self.seconds)
        say(describe_speeds(speeds, self.threads))
