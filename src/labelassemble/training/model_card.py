"""The model card: what the network knows, from whom, and what it is not for."""

from collections.abc import Mapping
from typing import Any

from labelassemble.assembly.assembled_table import AssembledTable
from labelassemble.inference.checkpoint_file import NetworkDescription
from labelassemble.inference.unlike import FALSE_ALARMS, UnlikeStatistics
from labelassemble.model.input_scale import scale_from_settings
from labelassemble.settings import Method
from labelassemble.training.came_from import Origins, describe_origins
from labelassemble.training.card_header import join_header, make_header
from labelassemble.training.licence_ledger import Ledger, describe_ledger


def write_card(
    name: str,
    table: AssembledTable,
    description: NetworkDescription,
    done: Mapping[str, Any],
    origins: Origins = (),
    *,
    weights: str = "",
    unlike: UnlikeStatistics | None = None,
    ledger: Ledger | None = None,
) -> str:
    """Write the card of one network, in Markdown behind a header for the Hugging Face Hub.

    Thresholds and test scores are put into it when they are known (``put_section``).

    Args:
        name: title of the recipe.
        table: what the run learned from (see ``select.py``).
        description: the network.
        done: epochs, best_epoch, validation_auroc_score, validation_auroc_by_class; of a network
            that FROC chose, validation_froc_score; chosen_by where the last epoch was to be kept.
        origins: what the run came from.
        weights: SHA-256 of its checkpoint.
        unlike: what tells images that are unlike those of training; None: nothing does.
        ledger: who taught what, and under which terms; None: nobody tells.
    """
    trained = f"the source {description.source}" if description.source else "all sources"
    lines = [
        f"# {name}: {description.method}, seed {description.seed}",
        "",
        f"Trained by labelassemble {description.version} on {trained}; backbone "
        f"{_say_network(description)}.",
        *_say_scale(description),
        *([f"Weights: SHA-256 {weights} (checkpoints/best.ckpt)."] if weights else []),
        "",
        *(["## Came from", "", *describe_origins(origins), ""] if origins else []),
        "## Classes",
        "",
        f"Vocabulary {description.vocabulary}, version {description.vocabulary_version}. A class "
        "without a number has no known positive or no known negative in validation and took no "
        "part in the choice of the network.",
        "",
        "| class | known positive (train) | known negative (train) | validation AUROC |",
        "|---|---|---|---|",
        *_class_rows(table, done["validation_auroc_by_class"]),
        "",
        _choice_sentence(done),
        "",
        "## Sources",
        "",
        "| source | title | licence | scope: classes that it looked for |",
        "|---|---|---|---|",
        *_source_rows(table, description.source),
        "",
        *_citations(table, description.source),
        "## Licences",
        "",
        *describe_ledger(ledger),
        "",
        *_say_unlike(unlike, description),
        "## Policies",
        "",
        *_policies(table, description.method),
        "",
        "## What it is not for",
        "",
        "- Not a medical device; not for diagnosis or triage of patients.",
        "- Not for classes outside the list above, nor for images unlike its sources' (another "
        "modality, body region, view, or age group).",
        "- Predictions are not calibrated for your hospital: choose thresholds on your own images.",
        "- Labels that were mined from reports carry the reports' and the miner's mistakes.",
        "",
    ]
    header = make_header(
        name,
        description.method,
        description.seed,
        _sources(table, description.source),
        finds_lesions=description.detection is not None,
    )
    return join_header(header, "\n".join(lines))


def _say_unlike(unlike: UnlikeStatistics | None, description: NetworkDescription) -> list[str]:
    if description.detection is not None:
        return []
    if unlike is None or unlike.threshold is None:
        told = "It does not tell images that are unlike those of training: too few to know them by."
    else:
        train, validate = unlike.images
        blurred = "" if unlike.fineness is None else ", and more blurred ones,"
        told = (
            f"Images whose features are farther than {unlike.threshold:.4g} from those of training "
            f"(Mahalanobis distance, {train:,} training images){blurred} are called unlike: not so "
            f"{1 - FALSE_ALARMS:.0%} of images such as the {validate:,} of validation, as expected."
        )
    return ["## Unlike images", "", told, ""]


def _class_rows(table: AssembledTable, scores: Mapping[str, float | None]) -> list[str]:
    train = table.records.filter(table.records["split"] == "train").select("record")
    labels = table.cells.join(train, on="record", how="semi")
    counted = {
        (name, label): count
        for name, label, count in labels.group_by("class", "label").len().iter_rows()
    }
    return [
        f"| {name} | {counted.get((name, 1.0), 0):,} | {counted.get((name, 0.0), 0):,} | "
        f"{'' if scores[name] is None else f'{scores[name]:.3f}'} |"
        for name in table.classes
    ]


def _say_network(description: NetworkDescription) -> str:
    dense = description.detection
    if dense is None or dense.dimensions == 2:
        shown = f"images of {description.images.size} pixels ({description.images.fit})"
    else:
        spacing, (low, high) = dense.volumes.spacing_mm, dense.volumes.window_hu
        grid = " x ".join(f"{one:g}" for one in spacing) + " mm" if spacing else "their own grid"
        shown = f"volumes on {grid}, {low:g} to {high:g} HU"
    return f"{description.model.backbone if dense is None else dense.network}, {shown}"


def _say_scale(description: NetworkDescription) -> list[str]:
    scale = scale_from_settings(description.model.input)
    if description.detection is not None or scale is None:
        return []
    return [f"Its first layer takes black to white as {scale}; the network does that itself."]


def _choice_sentence(done: Mapping[str, Any]) -> str:
    if not done["epochs"]:
        return "Nothing was trained: the network is that which it started from."
    kept = f"Epoch {done['best_epoch'] + 1} of {done['epochs']} was kept: "
    return kept + _validation_sentence(done)


def _validation_sentence(done: Mapping[str, Any]) -> str:
    froc = done.get("validation_froc_score")
    if froc is not None:
        return f"mean validation FROC score {froc:.4f}, the best of all epochs."
    score = done["validation_auroc_score"]
    if done.get("chosen_by") == "last":
        told = "" if score is None else f"; its mean validation AUROC is {score:.4f}"
        return f"the last, as detection.chosen_by says{told}."
    if score is None:
        return "no class could be scored in validation, so it is the last one."
    return f"mean validation AUROC {score:.4f}, the best of all epochs."


def _sources(table: AssembledTable, only: str | None) -> dict[str, dict[str, Any]]:
    described: Any = table.manifest.get("sources", {})
    return {
        source: described.get(source, {})
        for source in table.scopes
        if only is None or source == only
    }


def _source_rows(table: AssembledTable, only: str | None) -> list[str]:
    return [
        f"| {source} | {said.get('title', '')} | {said.get('licence', '')} | "
        f"{', '.join(name for name in table.scopes[source] if name in table.classes)} |"
        for source, said in _sources(table, only).items()
    ]


def _citations(table: AssembledTable, only: str | None) -> list[str]:
    lines = [
        f"- {source}: {said['citation']} {said.get('url', '')}".rstrip()
        for source, said in _sources(table, only).items()
        if said.get("citation")
    ]
    return [*lines, ""] if lines else []


def _policies(table: AssembledTable, method: Method) -> list[str]:
    settings: Any = table.manifest.get("settings", {})
    lines = [
        "- In training a cell that nobody judged was counted as negative, which it need not be: "
        "this network is there to be compared with, not to be used."
        if method == "unknown-as-negative"
        else "- A cell that nobody judged is unknown; it is never counted as negative."
    ]
    for key, what in (
        ("uncertain", "Uncertain assessments become"),
        ("uncertain_by_class", "Uncertain assessments of single classes become"),
        ("conflicts", "Two assessments on one image are settled by"),
    ):
        if settings.get(key):
            value = settings[key]
            if isinstance(value, dict):
                value = ", ".join(f"{name}: {policy}" for name, policy in value.items())
            lines.append(f"- {what}: {value}.")
    return lines
