"""A trained run, or several together, ready to predict for image files."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from labelassemble.errors import ImageError
from labelassemble.files.open_file import read_file
from labelassemble.files.read_image import decode_image, show_array
from labelassemble.images.count_cores import count_cores
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.inference.batch_size import BATCH_SIZE
from labelassemble.inference.decode_ahead import decode_ahead
from labelassemble.inference.dicom_checks import check_header
from labelassemble.inference.ensemble import Ensemble, SeenTogether
from labelassemble.storage.read_ahead import count_far_readers


class Prediction(NamedTuple):
    """What is predicted of one image.

    Attributes:
        each: probabilities of each network, in [0, 1], in the order of the classes.
        unlike: ``yes`` where the network sees it farther from training images than 95 % of
            validation images are, ``no`` where not, ``yes: Modality MR`` where its DICOM header is
            another one; blank where the run does not tell. Of several networks the mean distance
            counts, each in units of its threshold.
    """

    each: Float[np.ndarray, "networks classes"]
    unlike: str

    @property
    def probability(self) -> Float[np.ndarray, " classes"]:
        """Mean over the networks."""
        mean: Float[np.ndarray, " classes"] = self.each.mean(axis=0)
        return mean


class PreparedImage(NamedTuple):
    """An image as the networks take it.

    Attributes:
        forms: in each of the ``Ensemble.forms``.
        header: what of its DICOM header is unlike training images; None: nothing.
    """

    forms: tuple[UInt8[np.ndarray, "_ _"], ...]
    header: str | None


class Predictor(Ensemble):
    """The best network of a run, or those of several runs, which predict together.

    Args and errors: as ``Ensemble``.

    Examples:
        ```python
        predictor = la.Predictor("results/runs/masked-seed0")
        predictor.predict("a.png")                     # classes
        probability = predictor.predict(["a.png", "b.dcm"])    # images x classes
        predictor.calibrate(probability), predictor.call(probability)
        ```
    """

    def prepare_file(self, path: Path) -> np.ndarray:
        """Read an image file as training read it: uint8, ``size`` by ``size``.

        Raises:
            ImageError: the file is missing, empty, truncated or carries no image, or is a DICOM
                Secondary Capture that shows no such image (``dicom_checks``).
        """
        return self._read(path).forms[0]

    def predict(
        self, images: Path | str | np.ndarray | Iterable[Path | str | np.ndarray]
    ) -> Float[np.ndarray, "images classes"] | Float[np.ndarray, " classes"]:
        """Predict the probability of every class; of several networks the mean.

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
        mean: Float[np.ndarray, ...] = self.predict_each(images).mean(axis=0)
        return mean

    def predict_each(
        self, images: Path | str | np.ndarray | Iterable[Path | str | np.ndarray]
    ) -> Float[np.ndarray, "networks images classes"] | Float[np.ndarray, "networks classes"]:
        """Predict by each network: what ``calibrate``, ``call`` and ``spread`` take of several.

        Args and errors: as ``predict``.
        """
        if isinstance(images, Path | str | np.ndarray):
            return self._predict([self._prepare(images, "the array")])[0].each
        rows = []
        for batch in self.predict_batches(images):
            for row in batch:
                if isinstance(row, ImageError):
                    raise row
                rows.append(row.each)
        each = np.array(rows, dtype=np.float64).reshape(
            len(rows), len(self.members), len(self.classes)
        )
        return each.transpose(1, 0, 2)

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
        threads = max(workers or count_cores(), count_far_readers(images))
        prepared = decode_ahead(enumerate(images), self._try_to_prepare, threads, 2 * batch_size)
        while batch := list(islice(prepared, batch_size)):
            read = [image for image in batch if isinstance(image, PreparedImage)]
            rows = iter(self._predict(read) if read else ())
            yield [image if isinstance(image, ImageError) else next(rows) for image in batch]

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

    def check_header(self, data: bytes, path: Path) -> str | None:
        """Say what of a DICOM header training images did not have; None: nothing, or no DICOM file.

        Args:
            data: the file's bytes.
            path: of the file, for errors.

        Raises:
            ImageError: as ``dicom_checks.check_header``.
        """
        told = [check_header(data, path, trained) for trained in self.headers]
        return next((one for one in told if one is not None), None)

    def prepare_grey(
        self, grey: Float[np.ndarray, "height width"], header: str | None
    ) -> PreparedImage:
        """Bring an image to the networks' forms.

        Args:
            grey: in [0, 1], as ``read_image`` gives it.
            header: as ``check_header`` gives it.
        """
        return PreparedImage(tuple(prepare_radiograph(grey, *form) for form in self.forms), header)

    def look_at_prepared(self, prepared: Sequence[PreparedImage]) -> SeenTogether:
        """Predict for a batch of prepared images."""
        return self.look_at(
            [np.stack(one) for one in zip(*(each.forms for each in prepared), strict=True)]
        )

    def _prepare(self, image: Path | str | np.ndarray, name: str) -> PreparedImage:
        if not isinstance(image, np.ndarray):
            return self._read(Path(image))
        return self.prepare_grey(show_array(image, name), None)

    def _read(self, path: Path) -> PreparedImage:
        data = read_file(path)
        header = self.check_header(data, path)
        return self.prepare_grey(decode_image(data, path), header)

    def _try_to_prepare(
        self, numbered: tuple[int, Path | str | np.ndarray]
    ) -> PreparedImage | ImageError:
        place, image = numbered
        try:
            return self._prepare(image, f"array {place}")
        except ImageError as error:
            return error

    def _predict(self, prepared: Sequence[PreparedImage]) -> list[Prediction]:
        return describe_seen(self.look_at_prepared(prepared), prepared)


def describe_seen(seen: SeenTogether, prepared: Sequence[PreparedImage]) -> list[Prediction]:
    """Say what is predicted of each image of a batch.

    Args:
        seen: what ``look_at_prepared`` makes of them.
        prepared: the images.
    """
    words = [""] * len(prepared)
    if seen.distance is not None:
        words = ["yes" if one > 1.0 else "no" for one in seen.distance]
    return [
        Prediction(seen.each[:, row], word if one.header is None else f"yes: {one.header}")
        for row, (word, one) in enumerate(zip(words, prepared, strict=True))
    ]
