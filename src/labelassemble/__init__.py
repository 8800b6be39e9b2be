"""Several partly labelled medical-imaging datasets: one table, one model, one report.

``import labelassemble as la`` gives what ``PUBLIC`` names; each is imported when it is first used,
so that torch is loaded by what trains or predicts, and by nothing else.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelassemble.api.add import add_class as add_class
    from labelassemble.api.add import add_source as add_source
    from labelassemble.api.evaluate import compare as compare
    from labelassemble.api.evaluate import evaluate as evaluate
    from labelassemble.api.load import load as load
    from labelassemble.api.recipe_from_frames import recipe_from_frames as recipe_from_frames
    from labelassemble.api.table import Table as Table
    from labelassemble.api.table import assemble as assemble
    from labelassemble.api.table import read_table as read_table
    from labelassemble.api.train import train as train
    from labelassemble.errors import LabelAssembleError as LabelAssembleError
    from labelassemble.inference.predictor import Predictor as Predictor
    from labelassemble.losses.total import total_loss as total_loss
    from labelassemble.pipeline.check_source import check_source as check_source
    from labelassemble.recipe import read_recipe as read_recipe
    from labelassemble.settings import Recipe as Recipe
    from labelassemble.vocabulary.vocabulary import load_vocabulary as load_vocabulary

__version__ = "0.1.0"

PUBLIC = {
    "Recipe": "labelassemble.settings",
    "read_recipe": "labelassemble.recipe",
    "recipe_from_frames": "labelassemble.api.recipe_from_frames",
    "check_source": "labelassemble.pipeline.check_source",
    "load_vocabulary": "labelassemble.vocabulary.vocabulary",
    "assemble": "labelassemble.api.table",
    "read_table": "labelassemble.api.table",
    "Table": "labelassemble.api.table",
    "train": "labelassemble.api.train",
    "Predictor": "labelassemble.inference.predictor",
    "load": "labelassemble.api.load",
    "add_class": "labelassemble.api.add",
    "add_source": "labelassemble.api.add",
    "evaluate": "labelassemble.api.evaluate",
    "compare": "labelassemble.api.evaluate",
    "total_loss": "labelassemble.losses.total",
    "LabelAssembleError": "labelassemble.errors",
}
"""Name to the module that defines it, in the order of the work."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(PUBLIC[name]), name)
    except ModuleNotFoundError as error:
        from labelassemble.errors import missing_extra

        raise missing_extra(error) or error from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
