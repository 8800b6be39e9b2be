"""A trained run, ready to predict for image files."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8

from labelassemble.errors import ImageError, RunError
from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import decode_image, show_array
from labelassemble.images.count_cores import count_cores
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.scale_grey import scale_grey
from labelassemble.inference.coherent import implied_classes, make_coherent
from labelassemble.inference.decode_ahead import decode_ahead
from labelassemble.inference.dicom_checks import TrainedHeaders, check_header
from labelassemble.inference.open_model import find_operation, open_model
from labelassemble.inference.operating_file import (
    EVERY_SOURCE,
    OPERATING,
    Operation,
)

if TYPE_CHECKING:
    import polars as pl

BATCH_SIZE = 16
"""Images a forward pass, where nobody says how many: on a CPU more gain nothing."""


class Prediction(NamedTuple):
    """What is predicted of one image.

    Attributes:
        probability: in [0, 1], in the order of the classes.
        unlike: ``yes`` where the network sees it farther from training images than 95 % of
            validation images are, ``no`` where not, ``yes: Modality MR`` where its DICOM header is
            another one; blank where the run does not tell.
    """

    probability: Float[np.ndarray, " classes"]
    unlike: str


class _Prepared(NamedTuple):
    """An image as the network takes it, and what of its DICOM header is unlike training images."""

    image: UInt8[np.ndarray, "size size"]
    header: str | None


class Predictor:
    """The best network of a run, with the image path that it was trained on.

    A class is never less probable than a class that implies it (``coherent.py``). What training
    images look like, ``unlike``, is None of runs that do not tell it.

    Args:
        run_folder: a folder that ``train`` made, or a file that ``pack`` wrote.
        device: where to compute; none: a GPU where there is one.

    Raises:
        RunError: neither of them, or one without a usable checkpoint; or what tells unlike images
            is damaged.

    Examples:
        ```python
        predictor = la.Predictor("results/runs/label-assemble-seed0")
        predictor.predict("a.png")                     # classes
        probability = predictor.predict(["a.png", "b.dcm"])    # images x classes
        predictor.calibrate(probability), predictor.call(probability)
        ```
    """

    def __init__(self, run_folder: Path | str, device: torch.device | None = None) -> None:
        self.run_folder = Path(run_folder)
        self._opened = open_model(self.run_folder, device)
        self.network, self.description = self._opened.network, self._opened.description
        self.unlike = self._opened.unlike
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
        return find_operation(self.run_folder, self._opened.operation)

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
            ImageError: the file is missing, empty, truncated or carries no image, or is a DICOM
                Secondary Capture that shows no such image (``dicom_checks``).
        """
        return self._read(path).image

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
            return self._predict([self._prepare(images, "the array")])[0].probability
        rows = []
        for batch in self.predict_batches(images):
            for row in batch:
                if isinstance(row, ImageError):
                    raise row
                rows.append(row.probability)
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.classes))

    def predict_batches(
        self,
        images: Iterable[Path | str | np.ndarray],
        batch_size: int = BATCH_SIZE,
        workers: int = 0,
    ) -> Iterator[list[Prediction | ImageError]]:
        """Predict image by image, and give what was predicted batch by batch.

        Files are read ahead in threads, and no more than three batches are in memory. The same
        images and batch size give the same bits; another batch size may move the seventh digit.

        Args:
            images: as ``predict`` takes several.
            batch_size: images a forward pass.
            workers: threads that read files; 0: one a core.

        Yields:
            For each image what is predicted, or why it cannot be read.
        """
        prepared = decode_ahead(
            enumerate(images), self._try_to_prepare, workers or count_cores(), 2 * batch_size
        )
        while batch := list(islice(prepared, batch_size)):
            read = [image for image in batch if isinstance(image, _Prepared)]
            rows = iter(self._predict(read) if read else ())
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

    def find_unlike(self, images: Iterable[Path | str | np.ndarray]) -> list[str]:
        """Tell of images whether they are unlike the training images: ``Prediction.unlike``.

        Args:
            images: as ``predict`` takes several.

        Raises:
            ImageError: as ``predict``.
        """
        told = []
        for row in (one for batch in self.predict_batches(images) for one in batch):
            if isinstance(row, ImageError):
                raise row
            told.append(row.unlike)
        return told

    def _prepare(self, image: Path | str | np.ndarray, name: str) -> _Prepared:
        if not isinstance(image, np.ndarray):
            return self._read(Path(image))
        images = self.description.images
        return _Prepared(prepare_radiograph(show_array(image, name), images.size, images.fit), None)

    def _read(self, path: Path) -> _Prepared:
        images, data = self.description.images, read_file(path)
        trained = self.unlike.headers if self.unlike else TrainedHeaders()
        header = check_header(data, path, trained)
        return _Prepared(
            prepare_radiograph(decode_image(data, path), images.size, images.fit), header
        )

    def _try_to_prepare(
        self, numbered: tuple[int, Path | str | np.ndarray]
    ) -> _Prepared | ImageError:
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
    def _predict(self, prepared: Sequence[_Prepared]) -> list[Prediction]:
        images = torch.from_numpy(np.stack([one.image for one in prepared]))
        feature = self.network.backbone(
            scale_grey(images.to(next(self.network.parameters()).device))
        )
        probability = self.network.predict_feature(feature).double().sigmoid().cpu().numpy()
        coherent = make_coherent(probability, self.classes, self.implied or {})
        pooled = feature.flatten(2).mean(dim=2).cpu().numpy()
        far = None if self.unlike is None else self.unlike.is_unlike(pooled)
        words = [""] * len(prepared) if far is None else ["yes" if one else "no" for one in far]
        return [
            Prediction(row, word if one.header is None else f"yes: {one.header}")
            for row, word, one in zip(coherent, words, prepared, strict=True)
        ]
