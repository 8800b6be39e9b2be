"""One network per source, as if they were one: for each class, the network that knows it best."""

from collections.abc import Mapping

import polars as pl

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.errors import MetricError, some


def assemble_single_predictions(
    predictions: Mapping[str, pl.DataFrame], table: AssembledTable, needs_negatives: bool = True
) -> pl.DataFrame:
    """Take each class's predictions from the network with the most known positives of it in
    training.

    A network that saw one kind alone, such as positives and no negative, learned to give the same
    prediction always; it is asked only where no other network saw both kinds.

    Args:
        predictions: per source, in recipe order, the image, class and prediction of the network
            that was trained on that source alone; each holds the classes that it learned.
        table: the assembled table; positives and negatives are counted on its training images,
            each for the source that said it (for both, where two agreed).
        needs_negatives: whether a network must have seen images without the finding; false for
            lesions, whose images hold places without them.

    Returns:
        ``record, class, probability, source``: classes in the table's order, ``source`` being the
        one whose network predicts. Sources with equally many positives: the first. A class that no
        network predicts is not there.

    Raises:
        MetricError: no predictions, or a source that the table does not hold.
    """
    sources = list(predictions)
    held = set(table.scopes) | set(table.records["source"].unique())
    if not sources or set(sources) - held:
        raise MetricError(
            f"predictions of networks trained on sources of the table ({some(sorted(held))})",
            f"predictions of {some(sources) or 'none'}",
            "Pass one frame of predictions per source",
        )
    train = table.records.filter(pl.col("split") == "train").select("record")
    said = (
        table.cells.filter(pl.col("label").is_in([0.0, 1.0]))
        .join(train, on="record", how="semi")
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

    predicted = {source: set(predictions[source]["class"].unique()) for source in sources}
    chosen = []
    for name in table.classes:
        able = [source for source in sources if name in predicted[source]]
        if able:
            # The first of the largest: sources stand in recipe order.
            best = max(able, key=lambda source, name=name: worth(name, source))  # type: ignore[misc]
            own = predictions[best].filter(pl.col("class") == name)
            chosen.append(
                own.select("record", "class", "probability", source=pl.lit(best, dtype=pl.String))
            )
    if not chosen:
        raise MetricError(
            "a prediction for at least one class of the table", "none", "Predict with each network"
        )
    return pl.concat(chosen)
