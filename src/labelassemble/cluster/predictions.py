"""Predictions for many files as work in parts, whose rows are joined to the file of one call."""

import json
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from labelassemble.cluster.work import Work, WorkPart
from labelassemble.errors import RunError, SettingsError, some
from labelassemble.inference.predictor import Predictor
from labelassemble.pipeline.asked_images import STANDARD_INPUT, list_asked_images
from labelassemble.pipeline.predict_options import PredictOptions
from labelassemble.pipeline.prediction_output import SUFFIXES
from labelassemble.storage.write_aside import write_aside

PARTS_FOLDER = "{}.parts"
"""Beside the output: its parts and their logs."""


def plan_predictions(
    runs: Sequence[Path], images: Sequence[Path], options: PredictOptions, parts: int
) -> Work:
    """Deal files out to calls of ``predict``.

    A part holds whole batches, so that its rows are, to the byte, those of one call for all files.

    Args:
        runs: as in ``predict_images``.
        images: as in ``predict_images``.
        options: with an output; of the other options those that a part can have alone.
        parts: how many there may be.

    Raises:
        SettingsError: no output, one of another suffix, one that no such work made, or an option
            that needs to see all files at once.
    """
    output = _check_options(options)
    folder = output.with_name(PARTS_FOLDER.format(output.name))
    if output.exists() and not folder.is_dir():
        raise SettingsError(
            f"no file yet at {output}, or one that the same command made from {folder.name}",
            "a file of which nobody knows how it was made",
            "Choose another --output, or delete that file",
        )
    detection = Predictor(runs).description.detection
    volumes = detection is not None and detection.dimensions == 3
    asked = [str(one.path) for one in list_asked_images(images, volumes, options.column)]
    batches = -(-len(asked) // options.batch_size)
    size = -(-batches // parts) * options.batch_size
    folder.mkdir(parents=True, exist_ok=True)
    words = _list_words(runs, options)
    made, places = list[WorkPart](), list[Path]()
    for start in range(0, len(asked), size):
        name = f"{len(made):04}"
        names = "".join(f"{one}\0" for one in asked[start : start + size])
        # Names as the system has them: a zero byte ends each.
        (folder / f"{name}.list").write_bytes(names.encode("utf-8", "surrogateescape"))
        places.append(folder / f"{name}{output.suffix.lower()}")
        own = ("--output", str(places[-1]), "--", str(STANDARD_INPUT))
        made.append(WorkPart(name, (*words, *own), folder / f"{name}.list"))
    return Work(folder, (tuple(made),), partial(join_parts, places, output))


def join_parts(places: Sequence[Path], output: Path, say: Callable[[str], None]) -> int:
    """Write the rows of all parts to one file.

    Returns:
        3 where an image cannot be read, else 0.

    Raises:
        RunError: a part that is not finished.
    """
    states = [_read_state(place) for place in places]
    if late := [
        place.name for place, state in zip(places, states, strict=True) if not state.get("finished")
    ]:
        raise RunError(
            f"{len(places)} finished parts of {output.name}",
            f"not finished: {some(late, 5)}",
            "Give the same command again; finished parts are kept",
        )
    with write_aside(output) as aside:
        if output.suffix.lower() == ".parquet":
            import polars as pl

            pl.scan_parquet(list(places), glob=False).sink_parquet(aside, compression="zstd")
        else:
            _join_text(places, aside, header=output.suffix.lower() == ".csv")
    refused = sum(int(state["refused"]) for state in states)
    say(f"Predictions: {output}")
    return 3 if refused else 0


def _join_text(places: Sequence[Path], aside: Path, header: bool) -> None:
    with aside.open("wb") as joined:
        for number, place in enumerate(places):
            with place.open("rb") as part:
                if header and number:
                    part.readline()
                shutil.copyfileobj(part, joined)


def _read_state(place: Path) -> dict[str, Any]:
    file = place.with_name(f"{place.name}.run.json")
    state: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    return state


def _check_options(options: PredictOptions) -> Path:
    if options.output is None or options.output.suffix.lower() not in SUFFIXES:
        raise SettingsError(
            f"an output called {', '.join(f'*{one}' for one in SUFFIXES)}, for submit predict",
            "none" if options.output is None else options.output.name,
            "Name one: --output FILE",
        )
    alone = {"--masks": options.masks, "--ids-key": options.ids_key}
    if given := [name for name, value in alone.items() if value is not None]:
        raise SettingsError(
            "options that each part can follow by itself",
            f"{given[0]}, which names files by all of them",
            f"Leave {given[0]} out, or use predict without submit",
        )
    return options.output.absolute()


def _list_words(runs: Sequence[Path], options: PredictOptions) -> tuple[str, ...]:
    """The same call on the command line, without output and files."""
    words = ["predict"]
    for name in ("ranked", "source", "views", "batch_size", "workers"):
        words += [f"--{name.replace('_', '-')}", str(getattr(options, name))]
    for one in options.operating:
        words += ["--operating", str(one)]
    return (*words, *(["--strict"] if options.strict else []), *map(str, runs))
