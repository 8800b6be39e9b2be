"""Commands that add a class or a source to a finished run."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from tyro.conf import Positional, arg

from labelassemble.cli.say import say
from labelassemble.cli.streams import complain
from labelassemble.errors import SettingsError
from labelassemble.setting_types import Settings


class AddSource(Settings):
    """Add a source to a finished run: a new output with a table and a run, the old one stays.

    Classes stay those of the run. --quick: its network stays as it is, and the source has its own
    calibration and thresholds and is no longer unlike. --full: the network learns on from all
    sources. --plan: what each would cost.
    """

    run_folder: Annotated[Positional[Path], arg(metavar="RUN")]
    """A finished run that `train` made."""
    manifest: Annotated[Positional[str], arg(metavar="MANIFEST")]
    """The source's manifest: a TOML file, or the name of a built-in one."""
    quick: bool = False
    """Leave all that the run knows as it is, to the last bit; seconds to minutes."""
    full: bool = False
    """Train on from the run's weights, on all sources; what changes is told with intervals."""
    plan: bool = False
    """Say what --quick and --full would cost and bring, and do nothing."""
    folder: Path | None = None
    """Where the source's tables lie; none: beside its manifest."""
    name: str | None = None
    """What to call the source; none: as its manifest does."""
    output: Path | None = None
    """Folder for the new table, run and results; none: beside the run's output."""
    epochs: Annotated[int, Field(ge=1)] | None = None
    """Passes over the images; none: --full as many as the run had, --quick 20."""
    split: Literal["joint", "official", "train", "test"] = "joint"
    """Whether the source is drawn into train, validation and test, as published, or is all of one;
    patients that the run has seen are never tested."""
    missing_images: Literal["error", "exclude", "keep"] = "error"
    """Rows whose image file is not there: an error; listed and left out; or kept without a file."""
    unreadable_images: Literal["error", "exclude"] = "error"
    """Images that cannot be read: an error, or listed and left out."""
    vocabulary: str | None = None
    """A vocabulary that has the run's classes, and the new one; none: the run's."""
    adviser: Path | None = None
    """--plan: an adviser.json that the experiment `similarity` saved; none: similarity alone."""

    def run(self) -> None:
        """Carry the command out."""
        from labelassemble.pipeline.add_to_run import add_to_run
        from labelassemble.pipeline.addition_recipe import Addition
        from labelassemble.pipeline.describe_addition import describe_added, describe_plan
        from labelassemble.pipeline.plan_addition import plan_addition
        from labelassemble.pipeline.progress import show_progress

        asked = [name for name in ("quick", "full", "plan") if getattr(self, name)]
        if len(asked) != 1:
            raise SettingsError(
                "one of --quick, --full and --plan",
                " and ".join(f"--{name}" for name in asked) or "none of them",
                "Add --plan to see what each costs, then one of the others",
            )
        own = {name for name in Addition.model_fields if name in type(self).model_fields}
        addition = Addition(
            **{
                **self.model_dump(include=own - {"name"}),
                "name": self.added_class(),
                "source": self.name,
            }
        )
        if self.plan:
            with show_progress("Read some images") as progress:
                plan = plan_addition(self.run_folder, addition, self.adviser, progress)
            say(describe_plan(plan))
            return
        with show_progress("Read and store images") as progress:
            added = add_to_run(self.run_folder, addition, progress, complain)
        say(describe_added(added))

    def added_class(self) -> str | None:
        """Name of the class; None: the source alone is added."""
        return None


class AddClass(AddSource):
    """Add a class to a finished run, from a manifest that knows it: a new output, the old stays.

    --quick: the new class alone learns, on features that are computed once, and the predictions of
    the run's classes stay as they are, to the last bit. --full: the network learns on, from all
    sources. --plan: what each would cost.
    """

    added: Annotated[Positional[str], arg(metavar="CLASS")]
    """The class, as the vocabulary calls it: `labelassemble vocabulary "a term"` tells."""

    def added_class(self) -> str | None:
        """The class that is named."""
        return self.added
