"""A run and DICOM studies in, a folder with its answers as DICOM objects out."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from labelassemble.dicom.answer_settings import AnswerSettings
from labelassemble.dicom.find_objects import find_objects
from labelassemble.dicom.finish_object import write_object
from labelassemble.dicom.source_object import NotAskedError, show_value
from labelassemble.errors import ImageError, plural, some
from labelassemble.files.dicom_codes import text_of
from labelassemble.files.printable import printable
from labelassemble.pipeline.answer_objects import Answerer

if TYPE_CHECKING:
    from pydicom import Dataset

_Say = Callable[[str], None]


class StudiesAnswered(NamedTuple):
    """What came of a call.

    Attributes:
        answered: images, or series of slices.
        objects: that were written, by their modality.
        refused: images or series that have no answer, though they were asked for.
    """

    answered: int
    objects: Counter[str]
    refused: int


class _Found(NamedTuple):
    path: Path
    uid: str
    series: str
    study: str
    patient: str


def answer_studies(
    run: Path,
    studies: Sequence[Path],
    output: Path,
    settings: AnswerSettings,
    complain: _Say,
    progress: Callable[[int, int], None] | None = None,
) -> StudiesAnswered:
    """Answer every image of some studies, or every series of slices; the same call, the same bytes.

    Args:
        run: a folder that ``train`` made, or a file that ``pack`` wrote.
        studies: DICOM files, and folders of them.
        output: folder for answers, a folder a study, called by its UID.
        settings: what is asked for.
        complain: takes what a reader of the answers should know.
        progress: called with (done, in all).

    Raises:
        ImageError: nothing at all can be answered; says why of the first.
        RunError, SettingsError: as ``Answerer``.
    """
    answerer = Answerer(run, settings)
    refused, others = list[ImageError](), list[ImageError]()
    found = list(_collect(answerer, studies, refused, others))
    works = _plan(found, answerer.takes_volumes, refused)
    told = [*refused, *others]
    if not works:
        raise (
            told[0]
            if told
            else ImageError(
                "DICOM images in what was named", "none", "Name DICOM files, or folders of them"
            )
        )
    written = Counter[str]()
    answered = 0
    for done, work in enumerate(works, start=1):
        try:
            made = _answer(answerer, work)
        except ImageError as error:
            refused.append(error)
        else:
            written.update(_write(made, output / work[0].study))
            answered += 1
        if progress:
            progress(done, len(works))
    if not answered:
        raise refused[0]
    for one in refused:
        complain(f"No answer: {one.got} (expected {one.expected}). {one.do}")
    if nameless := sum(not work[0].patient for work in works):
        complain(f"{plural(nameless, 'answer')} without a patient ID, as the image has none")
    if others:
        kinds = Counter(error.got for error in others)
        counted = [f"{count} x {got}" for got, count in kinds.most_common()]
        complain(f"Passed over, as they were not asked for: {some(counted)}")
    return StudiesAnswered(answered, written, len(refused))


def _collect(
    answerer: Answerer,
    studies: Sequence[Path],
    refused: list[ImageError],
    others: list[ImageError],
) -> Iterator[_Found]:
    """Objects that are asked for, each once."""
    seen = dict[str, Path]()
    for path, named in find_objects(studies):
        try:
            header = answerer.read_asked(path)
        except NotAskedError as error:
            (refused if named else others).append(error)
        except ImageError as error:
            refused.append(error)
        else:
            uid = str(header.SOPInstanceUID)
            if uid in seen:
                place, before = printable(str(path)), printable(str(seen[uid]))
                got = f"the object of {before} again, at {place}"
                others.append(NotAskedError("each object once", got, "Leave copies out"))
                continue
            seen[uid] = path
            series, study = str(header.SeriesInstanceUID), str(header.StudyInstanceUID)
            yield _Found(path, uid, series, study, text_of(header, "PatientID"))


def _plan(found: Sequence[_Found], volumes: bool, refused: list[ImageError]) -> list[list[_Found]]:
    """What is answered together: an image, or all slices of a series. A study of two patients has
    no answer: nobody knows whose it would be."""
    patients = dict[str, set[str]]()
    for one in found:
        patients.setdefault(one.study, set()).add(one.patient)
    works = dict[str, list[_Found]]()
    for one in found:
        if len(patients[one.study]) > 1:
            refused.append(
                ImageError(
                    f"one patient in the study of {printable(str(one.path))}",
                    f"{len(patients[one.study])} patient IDs under one StudyInstanceUID, "
                    f"{show_value(one.study)}",
                    "Find out whose images they are, and export each patient's own",
                )
            )
        else:
            works.setdefault(one.series if volumes else one.uid, []).append(one)
    return list(works.values())


def _answer(answerer: Answerer, work: Sequence[_Found]) -> list["Dataset"]:
    if not answerer.takes_volumes:
        return answerer.answer_radiograph(work[0].path)
    with _gather([one.path for one in work]) as folder:
        return answerer.answer_series(folder, work[0].series)


@contextmanager
def _gather(paths: Sequence[Path]) -> Iterator[Path]:
    """A folder that holds these slices: their own, or links where they lie in several."""
    folders = {path.parent for path in paths}
    if len(folders) == 1:
        yield folders.pop()
        return
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(paths):
            (Path(folder) / f"{number:06}.dcm").symlink_to(path.resolve())
        yield Path(folder)


def _write(made: Sequence["Dataset"], folder: Path) -> Counter[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for one in made:
        write_object(one, folder)
    return Counter(str(one.Modality) for one in made)
