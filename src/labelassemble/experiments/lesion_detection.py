"""The second application of Kang 2023: one lesion's labels alone against those of all lesions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.detection.candidates import join_single_candidates, read_candidates
from labelassemble.detection.match_candidates import match_tables
from labelassemble.detection.open_cases import make_cases, open_annotated
from labelassemble.errors import SettingsError, some
from labelassemble.evaluation.compare_detections import compare_detections
from labelassemble.evaluation.detection_scores import score_detections
from labelassemble.evaluation.scored_sample import MEAN
from labelassemble.experiments.arms import Arm, Comparison, Plan, make_arm
from labelassemble.experiments.choices import UNHIDDEN, hide_parts, judge, one_class
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.lesion_figures import (
    draw_differences,
    froc_figure,
    list_sensitivities,
    say_lesions,
    tabulate_lesions,
)
from labelassemble.experiments.run_arms import read_arm_predictions
from labelassemble.experiments.table_changes import (
    LEARNED,
    count_labels,
    keep_classes,
    keep_records,
    labelled_records,
)
from labelassemble.experiments.variants import VARIANTS, change_settings, choose_variants
from labelassemble.images.batch import make_labels
from labelassemble.metrics.lesions.match_lesions import Matches
from labelassemble.settings import Recipe
from labelassemble.training.run_folder import CANDIDATES

ALONE = "alone"
SHARE = "alone-share"
_DEFAULT = ("masked", "med3d", "dodnet", "label-assemble", "full")
PAPERS_CLASS = "pdac"

_Network = tuple[pl.DataFrame, Mapping[str, Matches]]
"""One network's predictions, and its candidates matched by image."""


def plan_lesion_detection(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """One lesion from the scans that are known for it, alone, and every variant on all sources.

    Every network is shown ``detection.patches_per_epoch`` patches an epoch. Patches are drawn for
    the classes equally often, so one lesion alone gets several times as many as it gets among
    others; ``alone-share`` is shown no more of it than they are.

    Raises:
        SettingsError: the recipe's task is not detection, several classes of interest, one that no
            part keeps, no such variant, parts that are partly sources, or single of parts that are
            none.
        AssemblyError: a class that the table does not have.
    """
    if recipe.detection.task != "detection":
        raise SettingsError(
            "detection.task = 'detection' for the experiment lesion-detection",
            f"{recipe.detection.task!r}",
            "Set it in the recipe, or run partial-labels",
        )
    name = one_class(recipe, table, otherwise=table.classes[0])
    variants = choose_variants(recipe.experiment.variants, _DEFAULT)
    sees_all = [one.method == UNHIDDEN for one in variants.values()]
    judged = judge(tuple(variants), sees_all, recipe.experiment.judged)
    complete, partial, parts = hide_parts(recipe, table)
    dealt = not set(parts) <= set(table.scopes)
    if dealt and any(one.method == "single" for one in variants.values()):
        raise SettingsError(
            "parts that are sources, for the variant single of lesions",
            f"parts that patients are dealt out to: {some(parts)}",
            "Leave single out of experiment.variants; alone is the network of one lesion's labels",
        )
    if dealt:
        complete, partial = (_with_origins(one, table) for one in (complete, partial))
    teaching = [part for part in parts if _has_lesions(partial, part)]
    own = keep_classes(keep_records(partial, labelled_records(partial, name, LEARNED)), [name])
    if count_labels(own).positives == 0:
        raise SettingsError(
            f"a part that keeps labels of {name}, the class of interest, with a training image "
            "that has it",
            "none",
            f"Give {name} to a part in experiment.parts, or name another in "
            "experiment.classes_of_interest",
        )
    arms = [
        make_arm(
            ALONE,
            VARIANTS["masked"],
            recipe,
            tables=dict.fromkeys(seeds, own),
            title=f"one linear head on the scans that are known for {name}, and nothing else",
        )
    ]
    comparisons = [Comparison(ALONE, judged, (name,))]
    if len(table.classes) > 1:
        arms.append(_share(arms[0], recipe, len(table.classes)))
        comparisons.append(Comparison(SHARE, judged, (name,)))
    for variant_name, variant in variants.items():
        learned = complete if variant.method == UNHIDDEN else partial
        tables = dict.fromkeys(seeds, learned)
        arms.append(make_arm(variant_name, variant, recipe, tables=tables, sources=teaching))
        if variant_name != judged:
            comparisons.append(Comparison(variant_name, judged, table.classes))
    cautions = (
        "AUROC is that of patients, by the largest prediction of each scan; how lesions were found "
        "is "
        "in the prediction, the tables of lesions, lesion_scores.csv and lesion_differences.csv.",
        "With several seeds, interval and p say what other patients and training anew would have "
        "changed; of patients alone they are called so.",
    )
    return Plan(tuple(arms), tuple(comparisons), complete, cautions)


def _share(alone: Arm, recipe: Recipe, classes: int) -> Arm:
    """The same network, shown as many patches of its lesion as those of all classes are."""
    patches = max(1, round(recipe.detection.patches_per_epoch / classes))
    own = change_settings(recipe, {"detection.patches_per_epoch": patches})
    title = f"as {ALONE}, shown {patches:,} patches an epoch: a share for one of {classes} classes"
    return replace(alone, name=SHARE, title=title, recipe=own)


def _with_origins(dealt: AssembledTable, table: AssembledTable) -> AssembledTable:
    """Let images that were dealt out to parts stay their sources' too, whose masks are theirs."""
    members = pl.concat([dealt.members, table.members.select(dealt.members.columns)])
    unique = members.unique(["record", "source", "image"], maintain_order=True)
    return replace(dealt, members=unique)


def _has_lesions(table: AssembledTable, source: str) -> bool:
    """Whether a source says of a training scan that a lesion is there: else it teaches no place."""
    own = table.records.filter(pl.col("split") == "train", pl.col("source") == source)
    said = table.cells.filter(pl.col("label") > 0).join(own, on="record", how="semi")
    return said.height > 0


def conclude_lesion_detection(finished: Finished) -> Conclusion:
    """Read every arm's candidates, match them with what is drawn, score and compare."""
    plan, settings = finished.plan, finished.recipe.evaluation
    found = _Found(finished)
    scores = pl.concat(
        score_detections(
            predictions,
            matches,
            keep_classes(plan.reference, arm.classes),
            settings,
            method=arm.name,
            seed=seed,
        )
        for arm in plan.arms
        for seed, (predictions, matches) in zip(
            finished.seeds, found.networks(arm, arm.classes), strict=True
        )
    )
    differences = pl.concat(
        compare_detections(
            found.networks(plan.arm(pair.first), pair.classes),
            found.networks(plan.arm(pair.second), pair.classes),
            keep_classes(plan.reference, pair.classes),
            settings,
        ).with_columns(first=pl.lit(pair.first), second=pl.lit(pair.second))
        for pair in plan.comparisons
    )
    name, every = plan.comparisons[0].classes[0], plan.reference.classes
    table = tabulate_lesions(scores, plan.arms, name, finished.recipe)
    answering = [arm for arm in plan.arms if set(arm.classes) == set(every)]
    tables = [table]
    if len(every) > 1:
        tables.append(tabulate_lesions(scores, answering, MEAN, finished.recipe))
    return Conclusion(
        answer=tuple(
            say_lesions(pair, differences, name, finished.recipe) for pair in plan.comparisons
        ),
        figures=(
            froc_figure(scores, plan, name, len(finished.seeds)),
            *draw_differences(differences, plan, finished.recipe),
        ),
        files={
            "lesion_scores.csv": scores.write_csv().rstrip("\n"),
            "lesion_differences.csv": differences.write_csv().rstrip("\n"),
        },
        score_tables=tuple(tables),
        reached=list_sensitivities(table) if name == PAPERS_CLASS else {},
    )


class _Found:
    """What every network predicted and found, matched with what is drawn; masks are read once."""

    def __init__(self, finished: Finished) -> None:
        self.finished = finished
        recipe, table = finished.recipe, finished.plan.reference
        test = table.records.filter(pl.col("split") == "test")["record"].to_list()
        store = finished.store if recipe.detection.dimensions == 2 else None
        self.annotated = open_annotated(recipe, table, test, store=store, drawn_on=set(test))
        self.kept: dict[tuple[str, tuple[str, ...]], list[_Network]] = {}

    def networks(self, arm: Arm, classes: Sequence[str]) -> list[_Network]:
        """Predictions and matches of an arm for some of its classes, one a seed."""
        key = (arm.name, tuple(classes))
        if key not in self.kept:
            self.kept[key] = self._match(arm, classes)
        return self.kept[key]

    def _match(self, arm: Arm, classes: Sequence[str]) -> list[_Network]:
        recipe, plan, seeds, folder = (
            self.finished.recipe,
            self.finished.plan,
            self.finished.seeds,
            self.finished.runs,
        )
        labels = make_labels(keep_classes(plan.reference, classes), tuple(classes))
        rows = labels.rows("test")
        every, exclusive = plan.reference.classes, recipe.detection.exclusive
        cases = make_cases(self.annotated, labels, every, rows, exclusive)
        asked = pl.col("class").is_in(list(classes))
        predictions = [frame.filter(asked) for frame in read_arm_predictions(arm, seeds, folder)]
        tables = []
        for seed, probability in zip(seeds, predictions, strict=True):
            own = {
                run.source or "": read_candidates(folder / arm.folder_name(run, seed) / CANDIDATES)
                for run in arm.runs
            }
            joined = own[""] if "" in own else join_single_candidates(probability, own)
            tables.append(joined.filter(asked))
        matches = match_tables(tables, cases, tuple(classes), recipe.detection)
        return list(zip(predictions, matches, strict=True))


LESION_DETECTION = Experiment(
    title="Lesions from partial labels",
    question="Every source draws one kind of lesion. How much better is one of them found when the "
    "labels of the others are assembled with it?",
    plan=plan_lesion_detection,
    conclude=conclude_lesion_detection,
    papers=(
        ("PDAC alone: sensitivity at 98.0 % specificity", "52.1 %", "Kang 2023"),
        ("label-assemble, with cysts and PanNETs", "84.0 %", "Kang 2023"),
    ),
)
