"""Commands that answer DICOM objects with DICOM objects."""

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from labelassemble.cli.positionals import RunWord
from labelassemble.cli.say import say
from labelassemble.cli.streams import complain
from labelassemble.dicom.answer_settings import AnswerSettings
from labelassemble.dicom.listen_settings import ListenSettings

StudiesWords = Annotated[tuple[Path, ...], Positional, arg(metavar="STUDY ...")]


class DicomAnswer(AnswerSettings):
    """Answer studies: a structured report an image, maps of classes, lesions, as DICOM files.

    The same images and run give the same files. Status 3: an image that was asked for has no
    answer, and it is said why. For research, not a medical device.
    """

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote (*.laz)."""
    studies: StudiesWords
    """DICOM files, and folders that are looked through at any depth; of a run on volumes, series
    of slices."""
    output: Path
    """Folder for the answers, a folder a study."""

    def run(self) -> int:
        """Carry the command out; 3 where an image has no answer. The others have theirs."""
        from labelassemble.cli.dispatch import check_output
        from labelassemble.pipeline.answer_studies import answer_studies
        from labelassemble.pipeline.progress import show_progress

        check_output(self.output)
        with show_progress("Answer") as progress:
            done = answer_studies(
                self.run_folder, self.studies, self.output, self, complain, progress
            )
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(done.objects.items()))
        say(f"{done.answered} answered: {kinds} in {self.output}")
        return 3 if done.refused else 0


class DicomListen(ListenSettings):
    """Listen to a PACS: answer what it sends, and send the answers back, until it is stopped.

    Objects and answers wait on the disk: a kill, or a PACS that is down, loses nothing. The log
    names no patient. For research, not a medical device.
    """

    run_folder: RunWord
    """A run folder that `train` made, or a file that `pack` wrote (*.laz)."""

    def run(self) -> None:
        """Carry the command out, until SIGINT or SIGTERM; what is begun is finished."""
        import logging
        import signal
        import threading
        import warnings

        from labelassemble.cli.dispatch import check_output
        from labelassemble.pipeline.listen import listen

        check_output(self.queue)
        # Libraries tell values of headers in their remarks: they may name a patient.
        logging.disable(logging.CRITICAL)
        warnings.simplefilter("ignore")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        listen(self.run_folder, self, say, stop)
