"""Words of `predict` behind the first run: further runs, then files."""

from collections.abc import Sequence
from pathlib import Path

from labelassemble.errors import SettingsError, some
from labelassemble.inference.hub_folder import is_hub_folder
from labelassemble.inference.pack_file import PACK_SUFFIX


def split_runs(words: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Tell runs from what to predict for: run folders and files called ``*.laz`` are runs.

    Args:
        words: in the order of the command line.

    Returns:
        Further runs, and files.

    Raises:
        SettingsError: a run behind a word that is none, such as a run folder whose name is wrong.
    """
    runs = [place for place, word in enumerate(words) if names_run(word)]
    count = len(runs)
    if runs != list(range(count)):
        strange = [str(word) for word in words[: runs[-1]] if not names_run(word)]
        raise SettingsError(
            "runs first, then files",
            f"{some(strange, 3)} before the run {words[runs[-1]]}",
            "Fix that name if it is to be a run, or name it last",
        )
    return list(words[:count]), list(words[count:])


def names_run(path: Path) -> bool:
    """Tell whether a path means a run, and not images: a run folder, a repository of the Hub, or a
    file called ``*.laz``.
    """
    run = ("checkpoints/best.ckpt", "table.json", "done.json")
    if path.suffix.lower() == PACK_SUFFIX or is_hub_folder(path):
        return True
    return any((path / name).is_file() for name in run)
