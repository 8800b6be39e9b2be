"""A command on the installation itself."""

from pathlib import Path

from labelassemble.cli.say import say
from labelassemble.setting_types import Settings


class Doctor(Settings):
    """Try packages, codecs, GPU and disks; prints a text to paste into an issue."""

    output: Path = Path()
    """Folder in which output would be written."""

    def run(self) -> int:
        """Carry the command out; 1 where something that is needed is broken."""
        from labelassemble.pipeline.examine_installation import examine_installation

        return 1 if examine_installation(self.output, say) else 0
