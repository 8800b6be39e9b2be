"""What adding a class or a source would cost, and what it did, as lines for a terminal."""

from collections.abc import Iterator

import polars as pl

from labelassemble.errors import as_word, plural, some
from labelassemble.evaluation.enough_patients import say_too_few
from labelassemble.evaluation.scored_sample import ALL, MEAN
from labelassemble.pipeline.add_to_run import CHANGES, RECIPE, Added
from labelassemble.pipeline.describe_score import describe_score
from labelassemble.pipeline.plan_addition import AdditionPlan, Cost
from labelassemble.training.progress import format_seconds


def describe_plan(plan: AdditionPlan) -> str:
    """Say what both ways would cost, and what the adviser expects."""
    source, name = plan.added
    unread, every = plan.read
    lines = [
        f"To add {f'{name}, with the source {source}' if name else f'the source {source}'}",
        f"Images to read: {unread:,} of {every:,}; the others are decoded already",
    ]
    if name is not None:
        counts = "; ".join(
            f"{positive:,} and {negative:,} in {split}"
            for split, (positive, negative) in plan.known.items()
        )
        lines.append(f"Images with and without {name}: {counts}")
    lines += ["", *_align(_cost_rows(plan, name))]
    lines += [
        "By a few images read, and steps measured on them, on this machine as busy as it is.",
        "",
        f"What {name or source} would bring to each class of the run with --full; --quick leaves "
        "them as they are.",
        plan.advice,
    ]
    return "\n".join(lines)


def describe_added(added: Added) -> str:
    """Say what was added, what it did to what the run knew, and how to go on."""
    recipe = added.recipe
    reading, training = (format_seconds(one) for one in added.seconds)
    lines = [
        f"{added.new or added.source} added to {added.before.folder.name} of "
        f"{added.before.recipe.name}",
        f"Tables and images took {reading}, training and predictions {training}",
    ]
    lines += _say_new(added)
    lines += _say_old(added)
    if added.raised:
        lines.append(
            f"predict shows {some(added.raised)} at least as probable as {added.new}, which implies"
            " it"
        )
    results = recipe.output / RECIPE
    return "\n".join(
        [
            *lines,
            f"Run:    {added.run}",
            f"Recipe: {results}",
            f"Next:   labelassemble evaluate {as_word(results)}",
            f"        labelassemble predict {as_word(added.run)} FILES",
        ]
    )


def _cost_rows(plan: AdditionPlan, name: str | None) -> Iterator[list[str]]:
    yield ["", "networks", "learned from", "reading", "training", "classes of the run"]
    for one in plan.costs:
        yield [
            f"--{one.how}",
            f"{one.networks}",
            _say_images(one),
            *(format_seconds(seconds) for seconds in one.seconds),
            "as they were, to the last bit"
            if one.how == "quick"
            else "learn on; told with intervals",
        ]


def _say_images(cost: Cost) -> str:
    if not cost.networks:
        return "nothing: its calibration, thresholds and looks alone"
    return f"{plural(cost.images, 'image')}, {plural(cost.epochs, 'epoch')}"


def _say_new(added: Added) -> Iterator[str]:
    if added.scores is None:
        if added.new is not None:
            yield f"No test images: nothing is told of {added.new}"
        return
    for row in added.scores.iter_rows(named=True):
        if row["source"] == ALL or row["auroc_score"] == row["auroc_score"]:
            where = "test" if row["source"] == ALL else f"test, {row['source']} alone"
            counts = f"{row['n_positive']:,} with it, {row['n_negative']:,} without"
            score = describe_score(row, "auroc_score", "auroc_")
            told = f"{added.new}: AUROC {score} on {where} ({counts})"
            yield f"{told}  {say_too_few(row['note'])}".rstrip()


def _say_old(added: Added) -> Iterator[str]:
    classes = plural(len(added.before.network.classes), "class", "classes")
    if added.identical is not None:
        yield (
            f"The run's {classes}: the same predictions to the last bit on "
            f"{plural(added.identical, 'validation and test image')};"
        )
        yield "calibration, thresholds and calls as they were"
    elif added.changes is None:
        yield f"No test images: what changed for the run's {classes} is not told"
    else:
        yield f"The run's {classes} on test images, before and after, paired over patients:"
        yield from _align(_change_rows(added.changes))
        yield (
            f"{100 * added.recipe.evaluation.confidence:g} % intervals over patients; by source in "
            f"{added.recipe.output / 'results' / CHANGES}.csv"
        )


def _change_rows(changes: pl.DataFrame) -> Iterator[list[str]]:
    yield ["AUROC", "pos", "neg", "before", "after", "difference", "p corrected"]
    for row in changes.filter(pl.col("source") == ALL).iter_rows(named=True):
        p = row["p"] if row["class"] == MEAN else row["p_corrected"]
        yield [
            row["class"],
            f"{row['n_positive']:,}",
            f"{row['n_negative']:,}",
            *(_number(row[name]) for name in ("first_score", "second_score")),
            describe_score(row, "difference") + say_too_few(row["note"]),
            "" if p != p else f"{p:.3f}",
        ]


def _number(value: float) -> str:
    return "not scored" if value != value else f"{value:.3f}"


def _align(rows: Iterator[list[str]]) -> Iterator[str]:
    cells = list(rows)
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    for row in cells:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
