"""A trained run, ready to predict for image files."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, UInt8

from labelassemble.errors import ImageError, RunError
from labelassemble.files.read_image import read_image, show_array
from labelassemble.images.count_cores import count_cores
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.scale_grey import scale_grey
from labelassemble.inference.checkpoint_file import (
    NetworkDescription,
    describe_network,
    network_weights,
    read_checkpoint,
)
from labelassemble.inference.coherent import implied_classes, make_coherent
from labelassemble.inference.decode_ahead import decode_ahead
from labelassemble.inference.operating_file import (
    EVERY_SOURCE,
    OPERATING,
    Operation,
    read_operation,
)
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.model.query_head import QueryHead

if TYPE_CHECKING:
    import polars as pl

BATCH_SIZE = 16
"""Images a forward pass, where nobody says how many: on a CPU more gain nothing."""


def load_network(checkpoint: Path, device: torch.device | None = None) -> Network:
    """Build a network again from its checkpoint alone, in evaluation mode.

    Args:
        checkpoint: a checkpoint that a training wrote.
        device: where to put it; none: a GPU where there is one.

    Raises:
        RunError: no checkpoint, a foreign one, or one whose weights do not fit its description.
    """
    network, _ = _load(checkpoint, device)
    return network


class Predictor:
    """The best network of a run folder, with the image path that it was trained on.

    A class is never less probable than a class that implies it (``coherent.py``).

    Args:
        run_folder: a folder that ``train`` made.
        device: where to compute; none: a GPU where there is one.

    Raises:
        RunError: not a run folder, or one without a usable checkpoint.
    """

    def __init__(self, run_folder: Path, device: torch.device | None = None) -> None:
        checkpoint = run_folder / "checkpoints" / "best.ckpt"
        if not checkpoint.is_file():
            raise RunError(
                f"a run folder with checkpoints/best.ckpt at {run_folder}",
                "no such folder" if not run_folder.is_dir() else "no such checkpoint in it",
                "Name a folder below OUTPUT/runs, such as OUTPUT/runs/label-assemble-seed0",
            )
        self.run_folder = run_folder
        self.network, self.description = _load(checkpoint, device)
        self.implied = self.description.implied
        if self.implied is None:
            named = self.description.vocabulary, self.description.vocabulary_version
            self.implied = implied_classes(*named, self.classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the predictions."""
        return self.description.classes

    @cached_property
    def operation(self) -> Operation | None:
        """Calibration and thresholds of the run; None: it has none."""
        place = self.run_folder / OPERATING
        return read_operation(place) if place.is_file() else None

    def calibrate(
        self, probability: Float[np.ndarray, "images classes"], source: str = EVERY_SOURCE
    ) -> Float[np.ndarray, "images classes"]:
        """Make probabilities come true, as far as the validation images tell.

        Args:
            probability: as ``predict`` gives those of several images.
            source: whose images they are; one with too few patients is calibrated as all are.

        Returns:
            Probabilities in [0, 1], no class less probable than one that implies it; nan where a
            class has too few patients.

        Raises:
            RunError: a run without ``operating.json``.
            SettingsError: no such source.
        """
        calibrated = self._require_operation().calibrate(probability, self.classes, source)
        return self._cohere(calibrated)

    def call(
        self, probability: Float[np.ndarray, "images classes"], source: str = EVERY_SOURCE
    ) -> Float[np.ndarray, "images classes"]:
        """Say 1, present, or 0, absent, by the run's thresholds; nan where a class has none.

        A class is called present where one is that implies it.

        Args:
            probability: as ``predict`` gives those of several images, not calibrated.
            source: as in ``calibrate``.

        Raises:
            RunError, SettingsError: as in ``calibrate``.
        """
        return self._cohere(self._require_operation().call(probability, self.classes, source))

    def prepare_file(self, path: Path) -> np.ndarray:
        """Read an image file as training read it: uint8, ``size`` by ``size``.

        Raises:
            ImageError: the file is missing, empty, truncated or carries no image.
        """
        images = self.description.images
        return prepare_radiograph(read_image(path), images.size, images.fit)

    def predict(
        self, images: Path | str | np.ndarray | Iterable[Path | str | np.ndarray]
    ) -> Float[np.ndarray, "images classes"] | Float[np.ndarray, " classes"]:
        """Predict the probability of every class.

        Args:
            images: one image, or several: paths, or arrays ``height width`` of grey values or
                ``height width 3`` of colours. An array is read as a file that holds it would be:
                8 bits are divided by 255, deeper ones stretched from their range.

        Returns:
            Probabilities in [0, 1], float64, in the order of ``classes``; of several images a row
            each.

        Raises:
            ImageError: a file that is missing or damaged, or an array that is no image; names it.
        """
        if isinstance(images, Path | str | np.ndarray):
            alone: np.ndarray = self._probability(self._prepare(images, "the array")[None])[0]
            return alone
        rows = []
        for batch in self.predict_batches(images):
            for row in batch:
                if isinstance(row, ImageError):
                    raise row
                rows.append(row)
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.classes))

    def predict_batches(
        self,
        images: Iterable[Path | str | np.ndarray],
        batch_size: int = BATCH_SIZE,
        workers: int = 0,
    ) -> Iterator[list[Float[np.ndarray, " classes"] | ImageError]]:
        """Predict image by image, and give what was predicted batch by batch.

        Files are read ahead in threads, and no more than three batches are in memory. The same
        images and batch size give the same bits; another batch size may move the seventh digit.

        Args:
            images: as ``predict`` takes several.
            batch_size: images a forward pass.
            workers: threads that read files; 0: one a core.

        Yields:
            For each image its probabilities, or why it cannot be read.
        """
        prepared = decode_ahead(
            enumerate(images), self._try_to_prepare, workers or count_cores(), 2 * batch_size
        )
        while batch := list(islice(prepared, batch_size)):
            read = [image for image in batch if isinstance(image, np.ndarray)]
            rows = iter(self._probability(np.stack(read)) if read else ())
            yield [image if isinstance(image, ImageError) else next(rows) for image in batch]

    def predict_file(self, path: Path) -> "pl.DataFrame":
        """Predict for one image file: columns class and prediction (a probability), one row a
        class.

        Raises:
            ImageError: the file is missing, empty, truncated or carries no image.
        """
        # Here, and below: `predict` writes text without it.
        import polars as pl

        return pl.DataFrame(
            {"class": list(self.classes), "probability": self.predict(path)},
            schema={"class": pl.String, "probability": pl.Float64},
        )

    def predict_files(self, paths: Sequence[Path]) -> "pl.DataFrame":
        """Predict for image files: column file, then one column a class, one row a file.

        Raises:
            ImageError: a file is missing, empty, truncated or carries no image.
        """
        import polars as pl

        predictions = self.predict(list(paths))
        files = pl.Series("file", [str(path) for path in paths], dtype=pl.String)
        columns = [
            pl.Series(name, predictions[:, place], dtype=pl.Float64)
            for place, name in enumerate(self.classes)
        ]
        return pl.DataFrame([files, *columns])

    def _prepare(self, image: Path | str | np.ndarray, name: str) -> UInt8[np.ndarray, "size size"]:
        if not isinstance(image, np.ndarray):
            return self.prepare_file(Path(image))
        images = self.description.images
        return prepare_radiograph(show_array(image, name), images.size, images.fit)

    def _try_to_prepare(
        self, numbered: tuple[int, Path | str | np.ndarray]
    ) -> UInt8[np.ndarray, "size size"] | ImageError:
        place, image = numbered
        try:
            return self._prepare(image, f"array {place}")
        except ImageError as error:
            return error

    def _require_operation(self) -> Operation:
        if self.operation is None:
            raise RunError(
                f"a run with {OPERATING} at {self.run_folder}",
                "none",
                "Write it: labelassemble train RECIPE (finished runs are kept)",
            )
        return self.operation

    def _cohere(
        self, values: Float[np.ndarray, "images classes"]
    ) -> Float[np.ndarray, "images classes"]:
        """Raise each class to those that imply it; what is nan says nothing and stays so."""
        held = make_coherent(np.nan_to_num(values, nan=-1.0), self.classes, self.implied or {})
        return np.where(np.isnan(values), np.nan, held)

    @torch.inference_mode()
    def _probability(
        self, images: UInt8[np.ndarray, "batch size size"]
    ) -> Float[np.ndarray, "batch classes"]:
        grey = scale_grey(torch.from_numpy(images).to(next(self.network.parameters()).device))
        probability = self.network(grey).double().sigmoid().cpu().numpy()
        return make_coherent(probability, self.classes, self.implied or {})


def _load(path: Path, device: torch.device | None) -> tuple[Network, NetworkDescription]:
    checkpoint = read_checkpoint(path)
    description = describe_network(checkpoint, path)
    # The weights come from the checkpoint: pre-trained ones, and a text encoder that queries
    # started from, need not be on this machine.
    model = description.model.model_copy(
        update={"pretrained": None, "sha256": None, "query_start": "random"}
    )
    # Building draws weights that are then overwritten: the caller's random state is not for that.
    with torch.random.fork_rng(range(torch.cuda.device_count())):
        network = build_network(
            model,
            description.method,
            description.classes,
            sources=description.sources,
            detection=description.detection,
        )
    if isinstance(network.head, QueryHead):
        # A class that is added later starts as the others did.
        network.head.queries.start = description.model.query_start
    try:
        network.load_state_dict(network_weights(checkpoint))
    except RuntimeError as error:
        raise RunError(
            f"weights in {path} that fit its own description",
            str(error).splitlines()[-1].strip(),
            "The file is damaged: take another checkpoint of the run, or train again",
        ) from error
    if device is None:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return network.to(device).eval(), description
