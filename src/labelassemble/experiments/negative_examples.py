"""Do other diseases help a class of interest as negative examples? Same images, more classes."""

from collections.abc import Sequence

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.experiments.arms import Comparison, Plan, make_arm, same_budget
from labelassemble.experiments.experiment import Conclusion, Experiment, Finished
from labelassemble.experiments.table_changes import check_table_classes, keep_classes
from labelassemble.experiments.variants import change_settings, choose_variants
from labelassemble.experiments.wording import count_significant, difference_row, say_difference
from labelassemble.settings import Recipe

_MAX = 3
"""Classes of interest where the recipe names none: the first ones of the table."""

TOGETHER = "all-classes"


def plan_negative_examples(recipe: Recipe, table: AssembledTable, seeds: Sequence[int]) -> Plan:
    """Train on each class of interest alone, and once on all classes; the images are the same.

    Raises:
        AssemblyError: a class of interest that the table does not have.
        SettingsError: no such variant.
    """
    asked = recipe.experiment.classes_of_interest or table.classes[:_MAX]
    check_table_classes(table, asked)
    variant = list(choose_variants(recipe.experiment.variants, ("label-assemble",)).values())[-1]
    budget = same_order(same_budget(recipe, [table]))
    arms = [
        make_arm(
            f"alone-{name}",
            variant,
            budget,
            tables=dict.fromkeys(seeds, keep_classes(table, [name])),
            sources=tuple(table.scopes),
            title=f"the labels of {name} alone",
        )
        for name in asked
    ]
    arms.append(
        make_arm(
            TOGETHER,
            variant,
            budget,
            tables=dict.fromkeys(seeds, table),
            sources=tuple(table.scopes),
            title=f"the labels of all {len(table.classes)} classes, on the same images",
        )
    )
    comparisons = [Comparison(f"alone-{name}", TOGETHER, (name,)) for name in asked]
    caution = (
        "All networks see the same images in the same order; the best epoch is chosen by the "
        "mean validation AUROC over the classes that a network knows."
    )
    return Plan(tuple(arms), tuple(comparisons), table, (caution,))


def same_order(recipe: Recipe) -> Recipe:
    """Draw images without regard to their labels, which differ between arms."""
    balance = {"class": "none", "both": "source"}.get(recipe.training.balance)
    return recipe if balance is None else change_settings(recipe, {"training.balance": balance})


def conclude_negative_examples(finished: Finished) -> Conclusion:
    """Say for each class of interest what the other classes brought."""
    differences = finished.found.differences
    answer, rows = [], []
    for pair in finished.plan.comparisons:
        name = pair.classes[0]
        row = difference_row(differences, pair.first, pair.second, name)
        rows.append(row)
        answer.append(f"{name}: {say_difference(row)} with the other classes' labels.")
    better = sum(row["difference"] > 0 for row in rows)
    answer.insert(
        0,
        f"{better} of {len(rows)} classes of interest are predicted better when the other classes "
        f"are learned too; {count_significant(rows)} differ with p < .05.",
    )
    return Conclusion(tuple(answer))


NEGATIVE_EXAMPLES = Experiment(
    title="Other diseases as negative examples",
    question="A class of interest, learned alone and learned together with other classes, on the "
    "same images: do the other labels help it?",
    plan=plan_negative_examples,
    conclude=conclude_negative_examples,
    papers=(
        (
            "six classification and two detection tasks",
            "the class of interest gains in all",
            "Kang 2023",
        ),
    ),
)
