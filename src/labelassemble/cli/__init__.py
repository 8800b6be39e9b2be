"""The command line: one settings class per sub-command, each with ``run()``.

A stage is imported inside the sub-command that needs it, so that ``--help`` and the commands that
only read tables answer without torch.
"""

from labelassemble.cli.dispatch import main

__all__ = ["main"]
