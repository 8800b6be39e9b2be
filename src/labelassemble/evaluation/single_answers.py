"""One network per source, as if they were one: for each class, the network that knows it best."""

from collections.abc import Mapping

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError, some


def assemble_single_answers(
    predictions: Mapping[str, pl.DataFrame], table: AssembledTable, needs_negatives: bool = True
) -> pl.DataFrame:
    """Take each class's answers from the network with the most known positives of it in training.

    A network that saw one kind alone, such as positives and no negative, learned to give the same
    answer always; it is asked only where no other network saw both kinds.

    Args:
        predictions: per source, in recipe order, the picture, class and answer of the network that
            was trained on that source alone; each holds the classes that it learned.
        table: the assembled table; positives and negatives are counted on its training pictures,
            each for the source that said it (for both, where two agreed).
        needs_negatives: whether a network must have seen pictures without the finding; false for
            lesions, whose pictures hold places without them.

    Returns:
        ``picture, class, answer, source``: classes in the table's order, ``source`` being the one
        whose network answers. Sources with equally many positives: the first. A class that no
        network answers is not there.

    Raises:
        MetricError: no predictions, or a source that the table does not hold.
    """
    sources = list(predictions)
    held = set(table.scopes) | set(table.pictures["source"].unique())
    if not sources or set(sources) - held:
        raise MetricError(
            f"predictions of networks trained on sources of the table ({some(sorted(held))})",
            f"predictions of {some(sources) or 'none'}",
            "Pass one frame of predictions per source",
        )
    train = table.pictures.filter(pl.col("split") == "train").select("picture")
    said = (
        table.cells.filter(pl.col("label").is_in([0.0, 1.0]))
        .join(train, on="picture", how="semi")
        .select("class", "label", pl.col("source").str.split("+"))
        .explode("source")
    )
    counts = {
        (name, source, label): count
        for name, source, label, count in said.group_by("class", "source", "label")
        .len()
        .iter_rows()
    }

    def worth(name: str, source: str) -> tuple[bool, int]:
        positives, negatives = (counts.get((name, source, label), 0) for label in (1.0, 0.0))
        return positives > 0 and (negatives > 0 or not needs_negatives), positives

    answered = {source: set(predictions[source]["class"].unique()) for source in sources}
    chosen = []
    for name in table.classes:
        able = [source for source in sources if name in answered[source]]
        if able:
            # The first of the largest: sources stand in recipe order.
            best = max(able, key=lambda source, name=name: worth(name, source))  # type: ignore[misc]
            answers = predictions[best].filter(pl.col("class") == name)
            chosen.append(
                answers.select("picture", "class", "answer", source=pl.lit(best, dtype=pl.String))
            )
    if not chosen:
        raise MetricError(
            "an answer for at least one class of the table", "none", "Predict with each network"
        )
    return pl.concat(chosen)
