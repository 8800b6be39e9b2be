"""The first lines of a model card, which the Hugging Face Hub reads: YAML between two rules."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from labelassemble.errors import RunError
from labelassemble.settings import Method

_RULE = "---\n"
_LICENCES = {
    "CC0": "cc0-1.0",
    "CC BY 3.0": "cc-by-3.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
    "CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0",
}
"""What manifests write, and the Hub's identifier of it."""


def make_header(
    name: str,
    method: Method,
    seed: int,
    sources: Mapping[str, Mapping[str, Any]],
    *,
    finds_lesions: bool = False,
) -> dict[str, Any]:
    """Make the header of a network that nobody has tested yet.

    The licence is the sources' own where all have the same, and the Hub knows it; else ``other``:
    who publishes a network must look at each of them.

    Args:
        name: title of the recipe.
        method, seed: of the network.
        sources: that it learned from, with ``licence`` and ``modality`` of their manifests.
        finds_lesions: it predicts places.
    """
    licences = {str(said.get("licence") or "") for said in sources.values()}
    known = _LICENCES.get(next(iter(licences))) if len(licences) == 1 else None
    modalities = sorted({str(said.get("modality") or "") for said in sources.values()} - {""})
    return {
        "license": known or "other",
        **({} if known else {"license_name": "licences-of-the-sources"}),
        "library_name": "labelassemble",
        "pipeline_tag": "object-detection" if finds_lesions else "image-classification",
        "tags": [
            *("medical-imaging", "partial-labels", method),
            *(_slug(one) for one in modalities),
        ],
        "datasets": list(sources),
        "metrics": ["roc_auc", "average_precision"],
        "model_name": f"{name}: {method}, seed {seed}",
    }


def add_test_scores(
    header: Mapping[str, Any], scores: Sequence[Mapping[str, Any]], confidence: float
) -> dict[str, Any]:
    """Add the ``model-index``: scores of the test images, class by class.

    Args:
        header: as ``split_header`` gives it.
        scores: rows of ``RESULT_COLUMNS``; what could not be scored is left out.
        confidence: level of the intervals.
    """
    title = str(header.get("model_name", "labelassemble"))
    metrics = [
        {
            "type": kind,
            "value": round(row[f"{column}_score"], 4),
            "name": f"{what}, {row['class']}",
            "args": {
                "class": row["class"],
                **_interval(row, column, confidence),
                "positive_images": row["n_positive"],
                "negative_images": row["n_negative"],
                "patients": row["n_patients"],
                **({"note": row["note"]} if row["note"] else {}),
            },
        }
        for row in scores
        for kind, column, what in (
            ("roc_auc", "auroc", "AUROC"),
            ("average_precision", "average_precision", "average precision"),
        )
        if row[f"{column}_score"] == row[f"{column}_score"]
    ]
    kind = header.get("pipeline_tag", "image-classification")
    name = title.partition(":")[0]
    result = {
        "task": {"type": kind},
        "dataset": {"type": _slug(name), "name": f"{name}, test split", "split": "test"},
        "metrics": metrics,
    }
    return {**header, "model-index": [{"name": title, "results": [result] if metrics else []}]}


def join_header(header: Mapping[str, Any], body: str) -> str:
    """Put the header before a card."""
    text = yaml.safe_dump(dict(header), sort_keys=False, allow_unicode=True, width=100)
    return f"{_RULE}{text}{_RULE}{body}"


def split_header(card: str) -> tuple[dict[str, Any], str]:
    """Give the header of a card and what stands behind it; cards of before have none.

    Raises:
        RunError: a header that is no YAML.
    """
    if not card.startswith(_RULE):
        return {}, card
    text, rule, body = card.removeprefix(_RULE).partition(f"\n{_RULE}")
    try:
        header = yaml.safe_load(text)
    except yaml.YAMLError as error:
        header, reason = None, str(error).splitlines()[0]
    else:
        reason = "something else"
    if not isinstance(header, dict) or not rule:
        raise RunError(
            "a model card that begins with YAML between two lines of ---",
            reason,
            "Fix the first lines of card.md, or delete them",
        )
    return header, body


def _interval(row: Mapping[str, Any], column: str, confidence: float) -> dict[str, float]:
    low, high = row[f"{column}_low"], row[f"{column}_high"]
    if low != low or high != high:
        return {}
    return {"low": round(low, 4), "high": round(high, 4), "confidence": confidence}


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
