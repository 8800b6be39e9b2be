"""The experiment on lesions, from simulated volumes to its page and tables."""

import math
import re

import polars as pl
import pytest

from labelassemble.detection.open_cases import open_annotated
from labelassemble.errors import RunError, SettingsError
from labelassemble.experiments.lesion_detection import plan_lesion_detection
from labelassemble.experiments.variants import change_settings
from labelassemble.pipeline.assemble_sources import open_assembled
from labelassemble.pipeline.run_experiment import run_experiment
from labelassemble.recipe import read_recipe
from labelassemble.report.number_format import format_score
from labelassemble_phantoms.abdominal_ct.hospitals import simulate_abdominal_hospitals

OVERRIDES = {
    "training.epochs": 1,
    "detection.width": 4,
    "detection.levels": 2,
    "detection.patches_per_epoch": 4,
    "detection.volumes": {"spacing_mm": [12.0, 12.0, 12.0], "window_hu": [-100.0, 240.0]},
    "detection.patches": {"size": [16, 16, 8]},
    "experiment.variants": ["single", "label-assemble", "full"],
    "experiment.classes_of_interest": ["pdac"],
    "evaluation.replicates": 20,
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lesions") / "abdomens"
    path = simulate_abdominal_hospitals(
        folder, 8, 12, shape=(32, 32, 16), seed=3, complete=True, field="pancreas"
    )
    recipe = change_settings(read_recipe(path), OVERRIDES)
    said = []
    return recipe, run_experiment("lesion-detection", recipe, said.append), said


def test_page_and_tables(finished):
    recipe, page, said = finished
    assert "pdac, alone -&gt; label-assemble" in page.read_text()
    tables = recipe.output / "experiments" / "lesion-detection" / "tables"
    scores = pl.read_csv(tables / "lesion_scores.csv")
    assert scores["method"].unique(maintain_order=True).to_list() == [
        "alone",
        "alone-share",
        "single",
        "label-assemble",
        "full",
    ]
    assert scores.filter(method="alone")["class"].unique().sort().to_list() == ["mean", "pdac"]
    pdac = scores.filter(source="all").filter(pl.col("class") == "pdac")
    assert pdac["n_positive"].n_unique() == pdac["n_lesions"].n_unique() == 1
    assert pdac["n_positive"][0] + pdac["n_negative"][0] == 12
    differences = pl.read_csv(tables / "lesion_differences.csv")
    assert set(differences["first"]) == {"alone", "alone-share", "single", "full"}
    assert (tables / "figure_1.png").is_file()
    # What the papers tell is a sensitivity: ours stands beside it, not an AUROC.
    own = scores.filter(method="label-assemble", source="all").filter(pl.col("class") == "pdac")
    result = (tables / "result.md").read_text()
    told = own["sensitivity_score"][0]
    papers = result[result.index("## What the papers report") :]
    if not math.isnan(told):
        assert f"| Kang 2023 | label-assemble {format_score(told)}" in papers
    lesions = result[result.index("## Lesions: pdac") : result.index("## Lesions: mean")]
    froc = format_score(own["froc_score"][0])
    assert re.search(rf"\| label-assemble \| (\*\*)?{re.escape(froc)} ", lesions)
    # One class alone has no mean over all classes.
    mean = result[result.index("## Lesions: mean") : result.index("## Mean AUROC")]
    assert "| full |" in mean
    assert "| alone |" not in mean
    assert "Lesions from partial labels" in "\n".join(said)


def test_finished_networks_are_kept_and_other_settings_refused(finished):
    recipe, _, _ = finished
    said = []
    run_experiment("lesion-detection", recipe, said.append)
    assert any("7 networks, 7 of them finished before" in line for line in said)
    losses = recipe.losses.model_copy(update={"dice_weight": 0.25})
    with pytest.raises(RunError, match="dice_weight"):
        run_experiment("lesion-detection", recipe.model_copy(update={"losses": losses}), print)
    # Who keeps what is no setting of a network; its labels are others then.
    parts = change_settings(recipe, {"experiment.parts": {"pdac_clinic": ["pdac", "pannet"]}})
    with pytest.raises(RunError, match="other images, splits or labels"):
        run_experiment("lesion-detection", parts, print)


def test_a_block_around_the_pancreas_holds_its_lesions(finished):
    recipe, _, _ = finished
    truth = pl.read_csv(recipe.sources[0].folder.parent / "lesions.csv")
    large = truth.filter(pl.col("volume_mm3") > 3000)
    assert large.height > 10
    # No lesion is cut off: its voxels of 6 mm have its volume, but for its faded edge.
    share = large["voxels"] * 6.0**3 / large["volume_mm3"]
    assert share.min() > 0.7
    assert share.max() < 1.1


def test_parts_that_patients_are_dealt_out_to_keep_their_masks(finished):
    recipe, _, _ = finished
    parts = {"first": ["pdac"], "second": ["pannet"]}
    changed = change_settings(
        recipe, {"experiment.parts": parts, "experiment.variants": ["masked", "full"]}
    )
    table, _ = open_assembled(recipe)
    plan = plan_lesion_detection(changed, table, (0,))
    own = plan.arm("full").tables[0]
    names = own.records.filter(pl.col("split") == "train")["record"].to_list()
    annotated = open_annotated(changed, own, names, store=None, drawn_on=set(names))
    drawn = sum(len(annotated.lesions(0)) > 0 for annotated in annotated.values())
    said = own.cells.filter(pl.col("class") == own.classes[0], pl.col("label") > 0)
    assert drawn == said.filter(pl.col("record").is_in(names)).height > 0
    single = change_settings(changed, {"experiment.variants": ["single", "masked"]})
    with pytest.raises(SettingsError, match="Leave single out"):
        plan_lesion_detection(single, table, (0,))
