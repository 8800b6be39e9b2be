"""A PACS sends images, a run answers them, answers go back: until somebody stops it."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from labelassemble.dicom.finish_object import silently
from labelassemble.dicom.listen_settings import ListenSettings
from labelassemble.dicom.object_queue import ObjectQueue
from labelassemble.dicom.receive_objects import start_receiver
from labelassemble.dicom.send_objects import Destination, Sent, open_destination
from labelassemble.dicom.source_object import refuse_frames, refuse_source
from labelassemble.errors import ImageError, plural, raise_machine_fault
from labelassemble.pipeline.answer_objects import Answerer
from labelassemble.storage.write_aside import write_aside

if TYPE_CHECKING:
    from pydicom import Dataset

_Say = Callable[[str], None]

MOST_AT_ONCE = 20
"""Answers that are sent over one association."""

_IDLE_S = 0.2


def listen(run: Path, settings: ListenSettings, say: _Say, stop: threading.Event) -> None:
    """Receive, answer and send until ``stop`` is set; what is begun is finished then.

    Args:
        run: a folder that ``train`` made, or a file that ``pack`` wrote.
        settings: where to listen, and what is asked for.
        say: takes lines of the log; no patient stands in them.
        stop: ends it.

    Raises:
        RunError, SettingsError: as ``Answerer``, ``ObjectQueue``, ``start_receiver`` and
            ``open_destination``.
    """
    log = _stamp(say)
    destination = open_destination(settings.send_to, settings.aet)
    answerer = Answerer(run, settings)
    made_for = {
        "weights": answerer.model.weights,
        "classes": json.dumps(answerer.predictor.classes),
    }
    queue = ObjectQueue(settings.queue, made_for, settings.reserve_mib << 20)
    try:
        server = start_receiver(settings, queue, _judge(answerer), log)
        told = queue.count()
        log(
            f"listening on {settings.host}:{settings.port} as {settings.aet}; "
            f"{plural(told['objects'], 'object')} and {plural(told['answers'], 'answer')} wait"
            + ("; dry run: nothing is sent" if settings.dry_run else "")
        )
        sender = threading.Thread(
            target=_send, args=(queue, destination, settings, log, stop), daemon=True
        )
        if not settings.dry_run:
            sender.start()
        try:
            while not stop.is_set():
                try:
                    idle = not _work(answerer, queue, settings, log)
                except OSError as error:
                    # No room for answers: objects wait until there is some.
                    log(f"nothing can be written ({error.strerror})")
                    idle = not stop.wait(settings.retry_s)
                if idle:
                    stop.wait(_IDLE_S)
        finally:
            stop.set()
            server.shutdown()
            if sender.is_alive():
                sender.join()
        told = queue.count()
        log(
            f"stopped; {plural(told['objects'], 'object')} and "
            f"{plural(told['answers'], 'answer')} wait"
        )
    finally:
        queue.close()


def _judge(answerer: Answerer) -> Callable[["Dataset", str], None]:
    def judge(header: "Dataset", name: str) -> None:
        refuse_source(header, name)
        answerer.asked.refuse_other(header, name)
        refuse_frames(header, name)

    return judge


def _work(answerer: Answerer, queue: ObjectQueue, settings: ListenSettings, log: _Say) -> bool:
    """Answer one image, or one series; False: none is there."""
    if answerer.takes_volumes:
        return _work_series(answerer, queue, settings, log)
    path = queue.next_image()
    if path is None:
        return False
    name = f"object {path.stem}"
    started = time.monotonic()
    try:
        made = answerer.answer_radiograph(path)
    except OSError:
        raise
    except Exception as error:  # One object must not stop the others, now and at the next start.
        raise_machine_fault(error)
        log(f"no answer to {name}: {_tell(error)}")
        queue.finish(path.parent.name, path.stem, ())
        return True
    queue.finish(path.parent.name, path.stem, _keep(made, queue))
    log(f"answered {name}: {_name_kinds(made)} in {time.monotonic() - started:.2f} s")
    return True


def _work_series(
    answerer: Answerer, queue: ObjectQueue, settings: ListenSettings, log: _Say
) -> bool:
    for series in queue.drop_old_series(settings.series_hours * 3600.0):
        log(f"gave up series {series}: it did not become whole")
    one = queue.next_series(settings.series_quiet_s)
    if one is None:
        return False
    folder, started = queue.received / one.series, time.monotonic()
    name = f"series {one.series} of {plural(one.slices, 'slice')}"
    try:
        made = answerer.answer_series(folder, _read_series(folder))
    except OSError:
        raise
    except Exception as error:
        raise_machine_fault(error)
        log(f"no answer to {name} as it is: {_tell(error)}; waiting for more of it")
        queue.postpone_series(one)
        return True
    queue.finish(one.series, None, _keep(made, queue))
    log(f"answered {name}: {_name_kinds(made)} in {time.monotonic() - started:.2f} s")
    return True


def _tell(error: Exception) -> str:
    """Say what went wrong without what stands in a header: it may name a patient."""
    if isinstance(error, ImageError):
        return f"expected {error.expected}"
    return type(error).__name__


def _read_series(folder: Path) -> str:
    import pydicom

    path = next(iter(sorted(folder.glob("*.dcm"))))
    with silently():
        return str(pydicom.dcmread(path, stop_before_pixels=True).SeriesInstanceUID)


def _keep(made: list["Dataset"], queue: ObjectQueue) -> list[Path]:
    """Write answers into the queue."""
    paths = []
    for one in made:
        paths.append(queue.answers / f"{one.SOPInstanceUID}.dcm")
        with write_aside(paths[-1], locked=True) as aside, silently():
            one.save_as(aside, enforce_file_format=True)
    return paths


def _name_kinds(made: list["Dataset"]) -> str:
    return " ".join(str(one.Modality) for one in made)


def _send(
    queue: ObjectQueue,
    destination: Destination,
    settings: ListenSettings,
    log: _Say,
    stop: threading.Event,
) -> None:
    """Send what is due; where the PACS is not reached, wait longer each time."""
    failures = 0
    while not stop.is_set():
        due = queue.due_answers(MOST_AT_ONCE)
        if not due:
            stop.wait(_IDLE_S)
            continue
        reached = True
        try:
            for sent in destination.send(due):
                reached = sent.reached
                _note_sent(sent, queue, settings, log)
                if stop.is_set():
                    return
        except Exception as error:  # Whatever a PACS does, the others are sent.
            log(f"sending failed ({type(error).__name__})")
            reached = False
        failures = 0 if reached else failures + 1
        if not reached:
            wait = min(settings.retry_most_s, settings.retry_s * 2.0 ** min(failures - 1, 20))
            log(f"{plural(queue.count()['answers'], 'answer')} wait, again in {wait:.0f} s")
            stop.wait(wait)


def _note_sent(sent: Sent, queue: ObjectQueue, settings: ListenSettings, log: _Say) -> None:
    name = f"answer {sent.path.stem}"
    if not sent.reason:
        queue.mark_sent(sent.path)
        log(f"sent {name}")
    elif sent.reached:
        wait = queue.postpone_answer(sent.path, settings.retry_s, settings.retry_most_s)
        log(f"{name} was not taken: {sent.reason}; again in {wait:.0f} s")
    else:
        log(f"not sent: {sent.reason}")


def _stamp(say: _Say) -> _Say:
    lock = threading.Lock()

    def log(line: str) -> None:
        with lock:
            say(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}")

    return log
