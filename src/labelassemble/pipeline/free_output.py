"""Whether a file can be written where it is asked for: asked before the work, not after it."""

import os
from pathlib import Path

from labelassemble.errors import SettingsError


def refuse_output(
    path: Path, got: str = "one that is there", do: str = "Choose another --output, or delete it"
) -> None:
    """Refuse a file that is there already, or that has no folder to lie in.

    Args:
        path: the file to be written.
        got, do: of the error where it is there.

    Raises:
        SettingsError: it is there, or its folder is not, or may not be written.
    """
    if os.path.lexists(path):
        raise SettingsError(f"no file yet at {path}", got, do)
    folder = path.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise SettingsError(
            f"a folder that can be written, for {path}",
            f"{folder}, which may not be written" if folder.is_dir() else f"no folder {folder}",
            "Make it, or choose another place",
        )
