"""Table, runs and results in, the page out."""

from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.evaluation.fit_operation import calibrate_predictions, fit_operation
from labelassemble.evaluation.score_calibration import pool_calibration, score_calibration
from labelassemble.images.radiograph import prepare_radiograph
from labelassemble.images.store import ImageStore
from labelassemble.inference.heat_map import predict_heat_map
from labelassemble.inference.load_network import load_network
from labelassemble.metrics.roc_curve import roc_curve
from labelassemble.pipeline.draw_lesions import choose_typical, draw_lesion_maps
from labelassemble.pipeline.evaluate_networks import (
    evaluate_networks,
    read_all_predictions,
    take_first_seed,
)
from labelassemble.pipeline.plan_runs import plan_runs
from labelassemble.pipeline.report_examples import choose_examples, show_wrong_predictions, title_of
from labelassemble.pipeline.show_prototypes import show_prototypes
from labelassemble.report.content import (
    DrawnRocCurve,
    HeatMapImage,
    ReportContent,
)
from labelassemble.report.detection.content import LesionContent
from labelassemble.report.write_report import write_report
from labelassemble.settings import Recipe, RunSettings
from labelassemble.training.csv_log import read_log
from labelassemble.vocabulary.choose_vocabulary import choose_vocabulary
from labelassemble.vocabulary.vocabulary import Vocabulary, load_vocabulary

_PACKAGES = ("labelassemble", "torch", "lightning", "monai", "polars", "numpy")
ACROSS_SOURCES = (
    "A score over all sources together flatters wherever the source alone gives the class away. "
    "Where several sources were tested, their scores stand below the pooled ones."
)
TYPICAL = (
    "The heat maps show a typical positive of each class, the one with the median prediction, "
    "found or missed."
)


OutlineOf = Callable[[str, str], np.ndarray | None]
"""Image and class to a mask of where the finding lies, Bool ``height width``, if known."""


def make_report(
    recipe: Recipe, table: AssembledTable, store: ImageStore, outline: OutlineOf | None = None
) -> Path:
    """Write ``report.html`` into the recipe's output folder.

    Args:
        recipe: resolved settings.
        table: the assembled table.
        store: its decoded images.
        outline: lesions to draw on the heat maps, where somebody knows them.

    Raises:
        RunError: a run is not finished.
    """
    vocabulary = load_vocabulary(choose_vocabulary(recipe))
    results = evaluate_networks(recipe, table, store)
    lesions = results.lesions
    predictions = read_all_predictions(recipe, table)
    diagnosis, least = recipe.detection.task == "diagnosis", recipe.evaluation.min_patients
    first_seed = {str(method): by_seed[0] for method, by_seed in predictions.items()}
    calibrated: dict[str, pl.DataFrame] = {}
    if diagnosis:
        first_seed = take_first_seed(recipe, table, predictions)
        calibrated = {
            method: calibrate_predictions(
                own, fit_operation(own, table, {}, recipe.evaluation, intervals=False)
            )
            for method, own in first_seed.items()
        }
    content = ReportContent(
        title=recipe.name,
        settings=recipe.model_dump(mode="json"),
        table=table,
        results=results.scores,
        comparisons=results.differences,
        logs={
            run.folder_name: read_log(recipe.output / "runs" / run.folder_name / "log.csv")
            for run in plan_runs(recipe, table)
        },
        roc_curves={
            method: roc_curves_of(predictions, table) for method, predictions in first_seed.items()
        },
        examples=choose_examples(table, store, vocabulary, recipe.report.examples),
        heat_maps=draw_heat_maps(recipe, table, store, vocabulary, outline),
        titles={name: title_of(vocabulary, name) for name in table.classes},
        notes=describe_caveats(recipe, table),
        versions={name: version(name) for name in _PACKAGES},
        reference=recipe.methods[0],
        candidate=recipe.methods[-1],
        calibration=score_calibration(first_seed, table, least, calibrated=calibrated)
        if diagnosis
        else None,
        reliability=pool_calibration(first_seed, table, least) if diagnosis else {},
        reliability_calibrated=pool_calibration(calibrated, table, least) if diagnosis else {},
        operating_points=results.operating_points,
        wrong_predictions=show_wrong_predictions(
            recipe, table, store, results.operating_points, first_seed
        ),
        prototypes=[
            one
            for run in plan_runs(recipe, table)
            if run.method == "xprotonet" and run.seed == recipe.seeds[0]
            for one in show_prototypes(
                recipe.output / "runs" / run.folder_name,
                store,
                lambda name: title_of(vocabulary, name),
            )
        ],
        lesions=None
        if lesions is None
        else LesionContent(lesions.scores, lesions.differences, lesions.curves),
    )
    return write_report(content, recipe.output / "report.html")


def roc_curves_of(predictions: pl.DataFrame, table: AssembledTable) -> dict[str, DrawnRocCurve]:
    """Trace the ROC curve of every class that has known positives and negatives in test."""
    test = table.records.filter(pl.col("split") == "test").select("record")
    known = table.cells.filter(pl.col("label").is_in([0.0, 1.0])).join(
        test, on="record", how="semi"
    )
    cells = known.join(predictions, on=["record", "class"])
    curves: dict[str, DrawnRocCurve] = {}
    for name in table.classes:
        of_class = cells.filter(pl.col("class") == name)
        label = of_class["label"].to_numpy()
        if label.min(initial=1.0) == 0.0 and label.max(initial=0.0) == 1.0:
            probability = of_class["probability"].to_numpy()
            curve = roc_curve(probability, label, np.ones(label.size, dtype=bool))
            curves[name] = (curve.false_positive_rate, curve.true_positive_rate)
    return curves


def draw_heat_maps(
    recipe: Recipe,
    table: AssembledTable,
    store: ImageStore,
    vocabulary: Vocabulary,
    outline: OutlineOf | None,
) -> list[HeatMapImage]:
    """Ask the last method's first network about a typical positive image of some classes.

    That is the one with the median prediction, found or missed. The surest one would flatter, and
    its map is near 1 all over. Of volumes a slice is shown.
    """
    method = recipe.methods[-1]
    if method == "single" or recipe.report.heat_maps == 0:
        return []
    run = RunSettings(method=method, seed=recipe.seeds[0])
    network = load_network(recipe.output / "runs" / run.folder_name / "checkpoints" / "best.ckpt")
    predictions = read_all_predictions(recipe, table)[method][0]
    typical = choose_typical(table, predictions, recipe.report.heat_maps)
    if recipe.detection.task == "detection":
        records = store if recipe.detection.dimensions == 2 else None
        return draw_lesion_maps(
            recipe, table, records, network, typical, lambda name: title_of(vocabulary, name)
        )
    sources = dict(table.records.select("record", "source").iter_rows())
    maps = []
    for record, name, probability in typical:
        image = store.read(np.array([store.row[record]]))[0]
        place = network.classes.index(name)
        mask = outline(record, name) if outline is not None else None
        if mask is not None:
            fitted = prepare_radiograph(mask.astype(np.float32), store.size, recipe.images.fit)
            mask = fitted > 127
        maps.append(
            HeatMapImage(
                image=image,
                class_title=title_of(vocabulary, name),
                probability_map=predict_heat_map(network, image)[place],
                probability=probability,
                true_label=True,
                lesion_mask=mask,
                caption=f"{sources[record]}, test image",
            )
        )
    return maps


def describe_caveats(recipe: Recipe, table: AssembledTable) -> list[str]:
    """What a reader must know beside the scores."""
    notes = [ACROSS_SOURCES] if len(table.scopes) > 1 else []
    if recipe.report.heat_maps and recipe.methods[-1] != "single":
        notes.append(TYPICAL)
    unscored = table.manifest.get("unscored_classes")
    if isinstance(unscored, Sequence) and unscored:
        names = ", ".join(str(name) for name in unscored)
        notes.append(
            f"Without known positives or negatives in validation, so not used there: {names}."
        )
    return notes
