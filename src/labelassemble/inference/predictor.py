"""A trained run, ready to predict for image files."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import torch
from jaxtyping import Float, UInt8

from labelassemble.errors import RunError
from labelassemble.files.read_image import read_image, show_array
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.scale_grey import scale_grey
from labelassemble.inference.checkpoint_file import (
    NetworkDescription,
    describe_network,
    network_weights,
    read_checkpoint,
)
from labelassemble.inference.coherent import implied_classes, make_coherent
from labelassemble.model.build import build_network
from labelassemble.model.network import Network
from labelassemble.model.query_head import QueryHead


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
        self.network, self.description = _load(checkpoint, device)
        self.implied = self.description.implied
        if self.implied is None:
            named = self.description.vocabulary, self.description.vocabulary_version
            self.implied = implied_classes(*named, self.classes)

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes in the order of the predictions."""
        return self.description.classes

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
            return self._probability(self._prepare(images, "the array"))
        rows = [
            self._probability(self._prepare(image, f"array {place}"))
            for place, image in enumerate(images)
        ]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.classes))

    def predict_file(self, path: Path) -> pl.DataFrame:
        """Predict for one image file: columns class and prediction (a probability), one row a
        class.

        Raises:
            ImageError: the file is missing, empty, truncated or carries no image.
        """
        return pl.DataFrame(
            {"class": list(self.classes), "probability": self.predict(path)},
            schema={"class": pl.String, "probability": pl.Float64},
        )

    def predict_files(self, paths: Sequence[Path]) -> pl.DataFrame:
        """Predict for image files: column file, then one column a class, one row a file.

        Files are read and predicted one by one, so that a prediction does not depend on what else
        was asked for.

        Raises:
            ImageError: a file is missing, empty, truncated or carries no image.
        """
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

    @torch.inference_mode()
    def _probability(self, image: UInt8[np.ndarray, "size size"]) -> Float[np.ndarray, " classes"]:
        stored = torch.from_numpy(image[None])
        grey = scale_grey(stored.to(next(self.network.parameters()).device))
        probability = self.network(grey).double().sigmoid().cpu().numpy()
        coherent: np.ndarray = make_coherent(probability, self.classes, self.implied or {})[0]
        return coherent


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
