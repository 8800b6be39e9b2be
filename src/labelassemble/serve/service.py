"""All that is served: the runs, and how an upload is answered with them."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from labelassemble import __version__
from labelassemble.deploy.describe_model import INTENDED_USE
from labelassemble.errors import LabelAssembleError, SettingsError, plural
from labelassemble.files.read_image import decode_image
from labelassemble.inference.operating_file import EVERY_SOURCE
from labelassemble.serve.answers import (
    About,
    Answers,
    ImageAnswer,
    Limits,
    PassedFile,
    Refusal,
)
from labelassemble.serve.meter import Meter
from labelassemble.serve.open_upload import OpenedImage, UploadedFile, UploadLimits, open_upload
from labelassemble.serve.refused_request import RefusedRequestError
from labelassemble.serve.review_desk import ReviewDesk
from labelassemble.serve.serve_settings import ServeSettings
from labelassemble.serve.served_run import ServedRun
from labelassemble.serve.shown_image import show_image
from labelassemble.serve.viewer import VIEWER
from labelassemble.storage.write_aside import write_aside

_MIB = 2**20


class Service:
    """The runs that are served, and what an upload may cost.

    Args:
        runs: run folders, or files that ``pack`` wrote.
        settings: what is shown, and limits.

    Raises:
        RunError: one of them is no run that predicts whole images.
        SettingsError: no run, the same one twice, no such source, or a folder that cannot be made.
    """

    def __init__(self, runs: Sequence[Path], settings: ServeSettings) -> None:
        self.settings, self.meter, self._keeping = settings, Meter(), threading.Lock()
        self.runs = [
            ServedRun(place, name, settings.source, settings.neighbours)
            for place, name in zip(runs, _name_runs(runs), strict=True)
        ]
        self.limits = UploadLimits(
            settings.images,
            int(settings.image_megapixels * 1e6),
            settings.unpacked_mib * _MIB,
        )
        if settings.keep is not None:
            _make_private(settings.keep)
        self.desk: ReviewDesk | None = None
        if settings.review is not None:
            self.desk = ReviewDesk(runs[0], self.runs, settings)

    def close(self) -> None:
        """Give back what it holds."""
        if self.desk is not None:
            self.desk.room.close()

    def about(self) -> About:
        """Say what is served, and what an upload may cost."""
        settings = self.settings
        return About(
            version=__version__,
            intended_use=INTENDED_USE,
            source="" if settings.source == EVERY_SOURCE else settings.source,
            keeps=settings.keep is not None,
            viewer=VIEWER if settings.viewer else None,
            review=0 if self.desk is None else len(self.desk.room.cells),
            runs=tuple(one.describe() for one in self.runs),
            limits=Limits(
                upload_bytes=settings.upload_mib * _MIB,
                image_pixels=self.limits.pixels,
                unpacked_bytes=self.limits.unpacked,
                images=settings.images,
                per_minute=settings.per_minute,
                time_s=settings.time_s,
            ),
        )

    def answer(self, files: list[UploadedFile], view: bool, deadline: float) -> bytes:
        """Answer an upload: JSON of ``Answers``. It is called in threads.

        Args:
            files: as they came.
            view: give what the page shows too: images, maps, training images.
            deadline: of ``time.monotonic``, when nobody waits any more.

        Raises:
            SourceError: more files, or more bytes once unpacked, than may be.
            RefusedRequestError: it took too long, or cannot be kept.
        """
        images, passed = list[ImageAnswer](), list[PassedFile]()
        for one in open_upload(files, self.limits):
            if time.monotonic() > deadline:
                raise RefusedRequestError(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    f"an upload that is answered within {self.settings.time_s:g} s",
                    f"{plural(len(images), 'image')} answered until then",
                    "Send fewer images at a time",
                )
            if one.passed:
                passed.append(PassedFile(file=one.name, reason=one.passed))
                continue
            images.append(self._answer_one(one, view))
        told = Answers(images=tuple(images), passed=tuple(passed), intended_use=INTENDED_USE)
        return told.model_dump_json().encode()

    def _answer_one(self, one: OpenedImage, view: bool) -> ImageAnswer:
        started = time.perf_counter()
        try:
            if one.wrong is not None:
                raise one.wrong
            path = Path(one.name)
            grey = decode_image(one.data, path)
            answers = tuple(run.answer(one.data, grey, path, view) for run in self.runs)
            told = ImageAnswer(
                file=one.name, runs=answers, image=show_image(grey) if view else None
            )
        except LabelAssembleError as error:
            self.meter.images.labels("refused").inc()
            return ImageAnswer(file=one.name, error=Refusal.of(error))
        self._keep(one.data, told)
        self.meter.images.labels("answered").inc()
        self.meter.image_seconds.observe(time.perf_counter() - started)
        return told

    def _keep(self, data: bytes, told: ImageAnswer) -> None:
        """Write an upload and its answer where that was asked for; no name of the client's is one
        of a file."""
        if self.settings.keep is None:
            return
        stem = hashlib.sha256(data).hexdigest()
        bare = [
            run.model_copy(
                update={
                    "classes": tuple(one.model_copy(update={"map": None}) for one in run.classes),
                    "neighbours": (),
                }
            )
            for run in told.runs
        ]
        kept = told.model_copy(update={"runs": tuple(bare), "image": None})
        parts = {stem: data, f"{stem}.json": kept.model_dump_json(indent=2).encode()}
        try:
            for name, content in parts.items():
                with self._keeping, write_aside(self.settings.keep / name) as aside:
                    aside.write_bytes(content)
        except OSError as error:
            raise RefusedRequestError(
                HTTPStatus.INSUFFICIENT_STORAGE,
                "room to keep what was sent",
                error.strerror or str(error),
                "Tell those who run this server",
            ) from error


def _name_runs(runs: Sequence[Path]) -> list[str]:
    """Call runs by their folders, those of one name with the folders above.

    Raises:
        SettingsError: no run, or one twice.
    """
    places = [one.resolve() for one in runs]
    if not places or len(set(places)) < len(places):
        raise SettingsError(
            "runs to serve, each once",
            "none" if not places else "one of them twice",
            "Name folders below OUTPUT/runs, or files that `labelassemble pack` wrote",
        )
    count = Counter(one.name for one in places)
    parts = {one: 1 if count[one.name] == 1 else 2 for one in places}
    while len({_tail(one, number) for one, number in parts.items()}) < len(places):
        parts = {one: number + 1 for one, number in parts.items()}
    return [_tail(one, parts[one]) for one in places]


def _tail(path: Path, number: int) -> str:
    return "/".join(path.parts[-number:])


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"a folder to keep uploads in, at {folder}",
            error.strerror or str(error),
            "Name another one, or leave --keep out",
        ) from error
