"""The command that makes a finished run again."""

from pathlib import Path
from typing import Annotated

from tyro.conf import UseAppendAction

from labelassemble.cli.import_quickly import import_quickly
from labelassemble.cli.positionals import RunWord
from labelassemble.cli.say import say
from labelassemble.errors import SettingsError
from labelassemble.setting_types import Settings


class Reproduce(Settings):
    """Make a finished run again from its settings and sources, and say what differs."""

    run_folder: RunWord
    """A run folder that `train` made, here or on another machine."""
    output: Path
    """A folder for table, store and run."""
    moved: Annotated[tuple[str, ...], UseAppendAction] = ()
    """OLD=NEW: where the run's paths begin with OLD, here it is NEW."""

    def run(self) -> int:
        """Carry the command out; 3: another result came out, beyond what seeds explain."""
        with import_quickly():
            from labelassemble.pipeline.progress import show_progress
            from labelassemble.pipeline.reproduce_run import describe_reproduced, reproduce_run

        wrong = next((one for one in self.moved if not all(one.partition("="))), None)
        if wrong is not None:
            raise SettingsError("OLD=NEW after --moved", wrong, "Write both, with = between them")
        moved = {old: new for old, _, new in (one.partition("=") for one in self.moved)}
        with show_progress("Read images") as progress:
            found = reproduce_run(self.run_folder, self.output, moved, say=say, progress=progress)
        for line in describe_reproduced(found):
            say(line)
        return 0 if found.holds else 3
