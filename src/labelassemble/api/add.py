"""A finished run and a manifest in, the next run out, which knows a class or a source more."""

from pathlib import Path

from labelassemble.pipeline.add_to_run import add_to_run
from labelassemble.pipeline.addition_recipe import Addition


def add_class(
    run: Path | str,
    manifest: Path | str,
    name: str,
    *,
    quick: bool = True,
    folder: Path | str | None = None,
    source: str | None = None,
    epochs: int | None = None,
    output: Path | str | None = None,
) -> Path:
    """Add a class to a finished run, from a manifest that knows it.

    Args:
        run: a run folder.
        manifest: a TOML file, or the name of a built-in manifest.
        name: of the class, in the vocabulary.
        quick: let the new class alone learn; the predictions of the others stay, to the last bit.
            False: all of the network learns on, from all sources.
        folder: where the source's tables lie; None: beside its manifest.
        source: what to call it; None: as its manifest does.
        epochs: passes over the images; None: as the run had, or few where ``quick``.
        output: folder for the new table, run and results; None: beside the run's output.

    Returns:
        The new run folder; ``recipe.toml`` lies in its output.

    Raises:
        LabelAssembleError: what is wrong with run, manifest, class, images or output.

    Examples:
        ```python
        run = "results/runs/label-assemble-seed0"
        la.add_class(run, "north/manifest.toml", "nodule_or_mass", epochs=3)
        ```
    """
    return add_to_run(
        Path(run),
        Addition(
            manifest=str(manifest),
            name=name,
            quick=quick,
            folder=_path(folder),
            source=source,
            epochs=epochs,
            output=_path(output),
        ),
    ).run


def add_source(
    run: Path | str,
    manifest: Path | str,
    *,
    quick: bool = True,
    folder: Path | str | None = None,
    source: str | None = None,
    epochs: int | None = None,
    output: Path | str | None = None,
) -> Path:
    """Add a source to a finished run; the classes stay those of the run.

    Args:
        run: a run folder.
        manifest: as ``add_class`` takes it.
        quick: let the network stay as it is: the source has its own calibration and thresholds.
            False: all of it learns on, from all sources.
        folder: as ``add_class`` takes it.
        source: likewise.
        epochs: likewise.
        output: likewise.

    Returns:
        The new run folder.

    Raises:
        LabelAssembleError: as ``add_class``.

    Examples:
        ```python
        run = "results/runs/label-assemble-seed0"
        la.add_source(run, "try/north/manifest.toml", source="fourth")
        ```
    """
    return add_to_run(
        Path(run),
        Addition(
            manifest=str(manifest),
            quick=quick,
            folder=_path(folder),
            source=source,
            epochs=epochs,
            output=_path(output),
        ),
    ).run


def _path(given: Path | str | None) -> Path | None:
    return None if given is None else Path(given)
