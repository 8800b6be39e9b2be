"""A finished run in, a model file of another runtime out, or none."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from labelassemble.deploy.check_images import check_images
from labelassemble.deploy.describe_model import describe_model
from labelassemble.deploy.hold_parity import hold_parity
from labelassemble.deploy.open_run import known_images, open_run, trace_run
from labelassemble.deploy.runtimes import need
from labelassemble.deploy.write_model import (
    MODEL_FORMS,
    WEB_DIST,
    ModelForm,
    refuse_no_runtime,
)
from labelassemble.errors import ModelError, SettingsError, plural, unknown_name
from labelassemble.inference.operating_file import hash_weights
from labelassemble.storage.write_aside import forget_asides, write_aside, write_folder_aside


class ExportedModel(NamedTuple):
    """What was written.

    Attributes:
        output: file or folder.
        size: bytes of all of it.
        images: real images on which it was held against the run.
        difference: the largest of a probability there.
        free_sides: whether it takes images of other sides.
    """

    output: Path
    size: int
    images: int
    difference: float
    free_sides: bool


def export_model(
    run: Path,
    form: str,
    output: Path,
    check: Sequence[Path] = (),
    runtime: Path = WEB_DIST,
) -> ExportedModel:
    """Export the network of a run, with what prepares an image and what calibrates.

    What is written is opened by its own runtime and held against the run on real images, in
    batches of 1, 3 and 16; where a probability differs by more than 1e-4 nothing is left.

    Args:
        run: a folder that ``train`` made, of a finished run, or a file that ``pack`` wrote.
        form: a name out of ``MODEL_FORMS``.
        output: file or folder to write; must not be there.
        check: images to compare on; empty: up to 16 of those that the run knows.
        runtime: of the form web: folder ``dist`` of onnxruntime-web.

    Raises:
        SettingsError: no such form, another suffix, an output that is there, no onnxruntime-web.
        ExtraError: a package that is not installed.
        RunError: no run, one that is not finished or damaged, or no images to compare on.
        ModelError: a form that cannot hold this network, or a file with other probabilities.
        ImageError: an image that cannot be read.
    """
    if form not in MODEL_FORMS:
        raise SettingsError(
            "a form that a model can be exported in",
            unknown_name("form", form, MODEL_FORMS),
            "Name one of these",
        )
    asked = MODEL_FORMS[form]
    _refuse_output(output, asked)
    write = asked.write
    if form == "web":
        refuse_no_runtime(runtime)
        write = partial(write, runtime=runtime)
    for name in asked.packages:
        need(name)
    predictor = open_run(run)
    if predictor.description.detection is not None and not asked.dense:
        raise ModelError(
            f"a run that predicts whole images, for the form {form}",
            f"{run}, which finds lesions",
            "Export it as " + ", ".join(name for name, one in MODEL_FORMS.items() if one.dense),
        )
    checked = check_images(predictor, check or known_images(run))
    traced = trace_run(predictor)
    facts = {"run": run.stem if run.is_file() else run.name, "checkpoint": hash_weights(run)}
    told = describe_model(predictor.description, traced, predictor.operation, facts)
    output.parent.mkdir(parents=True, exist_ok=True)
    with write_new(output, asked.suffix) as aside:
        write(traced, told, aside)
        difference = hold_parity(asked.open(aside), checked, f"a {form} model")
    inside = [output] if output.is_file() else [one for one in output.rglob("*") if one.is_file()]
    size = sum(one.stat().st_size for one in inside)
    return ExportedModel(output, size, len(checked.images), difference, traced.free_sides)


def describe_export(made: ExportedModel) -> str:
    """Say what was written, in words."""
    sides = "any multiple of 32 pixels from 64 on" if made.free_sides else "the run's own"
    return (
        f"{made.size:>12,} bytes  {made.output}\n"
        f"Differs from the run by at most {made.difference:.1e}: {plural(made.images, 'image')} "
        f"in batches of 1, 3 and 16\nBatch: any; sides of an image: {sides}\n"
        "How to read it, and what it says of itself: docs/deploy.md"
    )


@contextmanager
def write_new(output: Path, suffix: str) -> Iterator[Path]:
    """Give a hidden name to write at, which takes its own name at the end.

    Args:
        output: file or folder to be.
        suffix: of the file; blank: it is a folder, which is there then.

    Raises:
        SettingsError: it cannot be put there.
    """
    try:
        forget_asides(output.parent, output.name)
        with write_aside(output) if suffix else write_folder_aside(output) as aside:
            yield aside
    except OSError as error:
        raise SettingsError(
            f"a folder that can be written to at {output.parent}",
            f"{error.strerror or error}: {error.filename or output}",
            "Choose another output, or free some room there",
        ) from error


def _refuse_output(output: Path, asked: ModelForm) -> None:
    what = f"a new file called *{asked.suffix}" if asked.suffix else "a new folder"
    wrong = output.suffix != asked.suffix if asked.suffix else not output.name
    if wrong or os.path.lexists(output):
        got = f"{output}, which is there" if os.path.lexists(output) else str(output)
        raise SettingsError(what, got, "Choose another name")
