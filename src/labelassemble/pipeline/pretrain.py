"""Pre-training on a recipe's own training images, and what to do with the outcome."""

from pathlib import Path

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.images.store import ImageStore
from labelassemble.settings import Recipe
from labelassemble.training.pretrain import pretrain

FOLDER = "pretrained"
"""Below the recipe's output."""


def pretrain_encoder(recipe: Recipe, table: AssembledTable, store: ImageStore) -> Path:
    """Pre-train as ``recipe.pretrain`` says; a finished one returns at once.

    Returns:
        The path of the weights: ``OUTPUT/pretrained/encoder.safetensors``.

    Raises:
        As ``training.pretrain.pretrain``.
    """
    return pretrain(recipe, table, store, recipe.output / FOLDER)


def describe_next(recipe: Recipe, encoder: Path) -> str:
    """Say where the weights lie and which words train with them."""
    return (
        f"Encoder: {encoder}\n"
        f"Next:    labelassemble train RECIPE --model.backbone {recipe.pretrain.backbone} "
        f"--model.pretrained {encoder}"
    )
