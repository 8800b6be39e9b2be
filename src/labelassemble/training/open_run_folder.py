"""A run folder for a run that begins or goes on: empty, or of the same settings and table."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from labelassemble.errors import RunError, some
from labelassemble.setting_types import WhenBusy
from labelassemble.storage.hold_folder import hold_folder
from labelassemble.storage.sums import begin_sums
from labelassemble.storage.write_aside import forget_asides
from labelassemble.training.run_folder import (
    CHECKPOINTS,
    CONTENTS,
    SETTINGS,
    TABLE,
    has_learned,
    is_done,
    write_json,
)
from labelassemble.training.same_run import refuse_other_settings, refuse_other_table


@contextmanager
def claim_run_folder(
    folder: Path,
    settings: Mapping[str, Any],
    table: Mapping[str, Any],
    when_busy: WhenBusy = "refuse",
) -> Iterator[None]:
    """Open a run folder as ``open_run_folder``, for this process alone as long as it trains.

    Settings of a run that learned nothing, because it was refused or stopped, bind nobody: they
    are forgotten when it ends, or before the next one begins. Of a finished run
    goes what a killed writer had not yet renamed; else it is only looked at.

    Raises:
        RunError: as ``open_run_folder``.
        BusyError: another process trains there, and this one does not ``wait``.
    """
    refuse_foreign(folder)
    if is_done(folder) and settings["recipe"]["training"]["resume"]:
        forget_asides(folder)
        open_run_folder(folder, settings, table)
        yield
        return
    with hold_folder(folder, forget_unlearned, when_busy=when_busy):
        if is_done(folder) and settings["recipe"]["training"]["resume"]:  # While this one waited.
            open_run_folder(folder, settings, table)
            yield
            return
        forget_unlearned(folder)
        open_run_folder(folder, settings, table)
        yield


def open_run_folder(folder: Path, settings: Mapping[str, Any], table: Mapping[str, Any]) -> None:
    """Make the run folder, or check that the one there was made with the same settings and table.

    ``training.resume = false`` empties it first, whatever it was made with.

    Args:
        folder: the run folder.
        settings: from ``describe_settings``.
        table: from ``describe_contents``.

    Raises:
        RunError: the folder holds something else, or a run with other settings or another table;
            the message names the settings that differ.
    """
    refuse_foreign(folder)
    if not settings["recipe"]["training"]["resume"]:
        empty_run_folder(folder)
    if (folder / SETTINGS).exists():
        refuse_other_settings(folder, settings)
        refuse_other_table(folder, table)
    else:
        empty_run_folder(folder)
        (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        begin_sums(folder)
        begin_sums(folder / CHECKPOINTS)
        write_json(table, folder / TABLE)
        write_json(settings, folder / SETTINGS)


def forget_unlearned(folder: Path) -> None:
    """Delete what a run left that did not come to the end of an epoch."""
    if not has_learned(folder):
        empty_run_folder(folder)
        with suppress(OSError):  # It is not there, or somebody put a file of his own into it.
            folder.rmdir()


def empty_run_folder(folder: Path) -> None:
    """Delete what a run made, and nothing else."""
    for name in CONTENTS:
        place = folder / name
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds what no run made.

    Raises:
        RunError: names what lies there.
    """
    if folder.exists() and not folder.is_dir():
        got = f"a file at {folder}"
    elif folder.is_dir() and not (folder / TABLE).exists():
        # Names that begin with a dot are locks, and files written aside that a crash left behind.
        names = sorted(entry.name for entry in folder.iterdir() if entry.name[0] != ".")
        # A run writes its table before its settings: settings alone are another program's.
        foreign = [name for name in names if name not in CONTENTS or name == SETTINGS]
        if not foreign:
            return
        absent = TABLE if (folder / SETTINGS).exists() else SETTINGS
        got = f"{folder} holds {some(foreign, 5)} and no {absent}"
    else:
        return
    raise RunError("a new folder, or a run folder", got, "Choose another output folder")
