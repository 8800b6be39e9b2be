"""Whether a run that goes on is taught by the same runs."""

from pathlib import Path

from labelassemble.errors import RunError
from labelassemble.settings import Recipe
from labelassemble.storage.sums import hash_file
from labelassemble.training.run_folder import BEST, CHECKPOINTS, TEACHERS, read_json


def refuse_other_teachers(recipe: Recipe, folder: Path) -> None:
    """Refuse to resume with a student whose teachers have been trained again since.

    Teachers that are gone cannot be asked, nor need they be: what they said is kept.

    Raises:
        RunError: names the teacher.
    """
    if not recipe.training.teachers:
        return
    told = read_json(folder / TEACHERS).get("teachers")
    digests = {one["run"]: one["sha256"] for one in told} if isinstance(told, list) else {}
    for run in recipe.training.teachers:
        weights = run / CHECKPOINTS / BEST
        if weights.is_file() and digests.get(run.name) != hash_file(weights):
            raise RunError(
                f"the teacher {run} as it was when it taught {folder}",
                "another network in its place",
                "Start the student again: --training.no-resume, or choose another output folder",
            )
