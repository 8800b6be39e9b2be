"""A recipe and its table in, trained networks out."""

from pathlib import Path

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import RunError
from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.train_networks import train_networks
from labelassemble.recipe import find_recipe
from labelassemble.settings import Recipe


def train(recipe: Recipe | Path | str, table: AssembledTable | None = None) -> list[Path]:
    """Train every network that a recipe asks for.

    Finished networks are not trained again, broken ones resume.

    Args:
        recipe: settings, or the path of a recipe; ``methods`` and ``seeds`` say which networks.
        table: the table that ``assemble`` made of this recipe, or that table with other labels or
            fewer images; None: as it lies below the output.

    Returns:
        A run folder per network, method by method and seed by seed; ``Predictor`` opens one.

    Raises:
        RunError: nothing was assembled with these settings, or the table has other images.
        LabelAssembleError: what else is wrong.

    Examples:
        ```python
        runs = la.train("recipe.toml", la.read_table("results"))
        ```
    """
    settings = find_recipe(recipe)
    saved, store = open_assembled(settings)
    if table is None:
        table = saved
    strange = table.records.join(saved.records, on="record", how="anti")
    if strange.height:
        raise RunError(
            f"a table of images that were assembled below {settings.output}",
            f"{strange.height:,} others, such as {strange['record'][0]}",
            "Assemble this recipe first: table = labelassemble.assemble(recipe)",
        )
    return train_networks(settings, table, store)
