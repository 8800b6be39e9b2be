from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.inference.dicom_checks import TrainedHeaders
from labelassemble.inference.unlike import UnlikeStatistics
from labelassemble.settings import Recipe
from labelassemble.training.card_header import split_header
from labelassemble.training.model_card import write_card


def test_says_what_it_knows_and_from_whom(
    toy_table: AssembledTable, make_recipe: Callable[..., Recipe]
) -> None:
    recipe = make_recipe()
    policies = {"uncertain": "soft", "uncertain_by_class": {"left": "positive"}}
    table = replace(toy_table, manifest={**toy_table.manifest, "settings": policies})
    cells = table.cells.with_columns(
        label=pl.when(pl.col("class") == "right").then(None).otherwise(pl.col("label"))
    )
    description = NetworkDescription(
        version="1.2.3",
        method="label-assemble",
        source=None,
        seed=7,
        classes=table.classes,
        vocabulary="toy",
        vocabulary_version="9",
        model=recipe.model,
        images=recipe.images,
    )
    done = {
        "epochs": 12,
        "best_epoch": 4,
        "validation_auroc_score": 0.87654,
        "validation_auroc_by_class": {"left": 0.87654, "right": None},
    }
    table = replace(table, cells=cells)
    seen = UnlikeStatistics(*[np.ones(1)] * 4, 1.0, 1.25, (40, 20), TrainedHeaders())
    card = write_card("Squares", table, description, done, weights="ab12", unlike=seen)
    assert "Came from" not in card, "it began with nobody"
    header, body = split_header(card)
    assert body.startswith("# Squares: label-assemble, seed 7\n")
    assert header["license"] == "other", "CC0 and CC BY 4.0"
    assert header["datasets"] == ["west", "east"]
    for said in (
        "labelassemble 1.2.3 on all sources",
        "Vocabulary toy, version 9.",
        "| left | 12 | 12 | 0.877 |",
        "| right | 0 | 0 |  |",
        "Epoch 5 of 12 was kept: mean validation AUROC 0.8765",
        "| west | West | CC0 | left |",
        "| east | East | CC BY 4.0 | right |",
        "- west: West 2020. w",
        "- Uncertain assessments become: soft.",
        "- Uncertain assessments of single classes become: left: positive.",
        "Not a medical device",
        "Weights: SHA-256 ab12",
        "farther than 1.25 from those of training",
    ):
        assert said in card, said
    assert "never counted as negative" in card
    careless = description.model_copy(update={"method": "unknown-as-negative"})
    card = write_card("Squares", table, careless, done)
    assert "never counted as negative" not in card
    assert "a cell that nobody judged was counted as negative" in card


def test_a_source_without_citation(
    toy_table: AssembledTable, make_recipe: Callable[..., Recipe]
) -> None:
    recipe = make_recipe()
    description = NetworkDescription(
        version="1",
        method="single",
        source="east",
        seed=0,
        classes=("right",),
        vocabulary="toy",
        vocabulary_version="9",
        model=recipe.model,
        images=recipe.images,
    )
    done = {
        "epochs": 1,
        "best_epoch": 0,
        "validation_auroc_score": None,
        "validation_auroc_by_class": {"right": None},
    }
    card = write_card("Squares", replace(toy_table, classes=("right",)), description, done)
    assert "West" not in card
    assert "| east | East | CC BY 4.0 | right |\n\n## Licences" in card
    assert "too few to know them by" in card
    assert split_header(card)[0]["license"] == "cc-by-4.0"
