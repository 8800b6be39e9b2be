"""Commands whose work is shared out: to a SLURM cluster, or to processes of this machine."""

from pathlib import Path
from typing import Annotated

from tyro.conf import UseAppendAction

from labelassemble.cli.experiment_command import ExperimentCommand
from labelassemble.cli.import_quickly import import_quickly
from labelassemble.cli.model_commands import Predict
from labelassemble.cli.recipe_commands import RecipeCommand
from labelassemble.cli.say import say
from labelassemble.cluster_settings import JobSettings
from labelassemble.setting_types import Count
from labelassemble.settings import Recipe


class SubmitRun(RecipeCommand):
    """Do what run does as jobs of SLURM, a network each; --local: as processes.

    The same command goes on where something was lost.
    """

    def run(self) -> int:
        """Carry the command out."""
        return _submit_networks(self.recipe, None)


class SubmitExperiment(ExperimentCommand):
    """Do an experiment as jobs of SLURM, a network each; --local: as processes.

    The same command goes on where something was lost.
    """

    def run(self) -> int:
        """Carry the command out."""
        return _submit_networks(self.recipe, self.name)


class SubmitPredict(JobSettings, Predict):
    """Predict for many files as jobs of SLURM; --local: as processes. The output is the same."""

    nodes: Count = 1
    """So many parts of the files at once."""
    sbatch: Annotated[tuple[str, ...], UseAppendAction] = ()
    """A further option of sbatch, such as account=chest."""

    def run(self) -> int:
        """Carry the command out; 3 where a file cannot be read."""
        with import_quickly():
            from labelassemble.cluster.predictions import plan_predictions
            from labelassemble.cluster.run_locally import run_locally
            from labelassemble.cluster.slurm import refuse_where_no_job_can_be, submit_work
            from labelassemble.pipeline.predict_options import PredictOptions
            from labelassemble.pipeline.split_runs import split_runs

        runs, images = split_runs(self.images)
        options = PredictOptions(**{name: getattr(self, name) for name in PredictOptions._fields})
        if not self.local:
            refuse_where_no_job_can_be(Path())
        work = plan_predictions([self.run_folder, *runs], images, options, self.nodes)
        if self.local:
            return run_locally(work, self.nodes, say)
        say(submit_work(work, self))
        return 0


def _submit_networks(recipe: Recipe, name: str | None) -> int:
    from labelassemble.cluster import networks
    from labelassemble.cluster.run_locally import run_locally
    from labelassemble.cluster.slurm import (
        in_a_job,
        refuse_where_no_job_can_be,
        submit_prepare,
        submit_work,
    )
    from labelassemble.cluster.work import WorkPart

    settings, folder = recipe.cluster, networks.work_folder(recipe, name)
    if settings.local:
        return run_locally(networks.plan_networks(recipe, name, say), settings.nodes, say)
    refuse_where_no_job_can_be(folder)
    if in_a_job() or networks.is_prepared(recipe, name):
        say(submit_work(networks.plan_networks(recipe, name, say), settings))
        return 0
    frozen = str(networks.freeze_recipe(recipe, name))
    words = ("submit", "run", frozen) if name is None else ("submit", "experiment", name, frozen)
    say(submit_prepare(WorkPart("prepare", words), folder, settings))
    return 0
