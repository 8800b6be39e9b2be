"""Patient-level bootstrap of 14 classes on 25,596 images, against scikit-learn in a loop."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.row import Row
from benchmarks.take_turns import take_turns
from labelassemble.metrics.bootstrap import bootstrap_scores

REPLICATES = 1000
PLAIN_REPLICATES = 5
IMAGES, CLASSES, PATIENTS = 25_596, 14, 2_797


def predictions() -> tuple[str, np.ndarray, np.ndarray, np.ndarray]:
    """Real predictions where there are some, else drawn ones of the same size."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LABELASSEMBLE_REAL_DATA", default)) / "predictions"
    for path in sorted(folder.glob("*densenet121*.npz")):
        stored = np.load(path)
        return "real", stored["test_logits"], stored["test_labels"], stored["test_patient"]
    generator = np.random.default_rng(0)
    share = np.geomspace(0.004, 0.24, CLASSES)
    label = (generator.random((IMAGES, CLASSES)) < share).astype(np.float32)
    score = label + generator.normal(size=label.shape) * 1.3
    # Logits of 16 bits, as mixed precision leaves them: many ties.
    return (
        "drawn",
        score.astype(np.float16).astype(np.float32),
        label,
        generator.integers(PATIENTS, size=IMAGES),
    )


def plain_loop(score: np.ndarray, label: np.ndarray, patient: np.ndarray) -> np.ndarray:
    """Repeat the rows of every drawn patient, then score each class, replicate by replicate."""
    generator = np.random.default_rng(0)
    order = np.argsort(patient, kind="stable")
    _, start, count = np.unique(patient[order], return_index=True, return_counts=True)
    rows = [order[first : first + many] for first, many in zip(start, count, strict=True)]
    drawn = np.empty((PLAIN_REPLICATES, label.shape[1]))
    for replicate in range(PLAIN_REPLICATES):
        people = generator.integers(len(rows), size=len(rows))
        taken = np.concatenate([rows[person] for person in people])
        drawn[replicate] = [
            roc_auc_score(label[taken, place], score[taken, place])
            for place in range(label.shape[1])
        ]
    return drawn


def measure() -> Iterator[Row]:
    """AUROC and average precision together, against AUROC alone in a loop."""
    kind, score, label, patient = predictions()
    known = np.full(label.shape, True)

    def ours(replicates: int = REPLICATES) -> np.ndarray:
        generator = np.random.default_rng(0)
        return bootstrap_scores(score[None], label, known, patient, replicates, generator).auroc[0]

    same = ours(PLAIN_REPLICATES)
    if not np.allclose(same, plain_loop(score, label, patient), rtol=0, atol=1e-9):
        raise RuntimeError("the two ways disagree; a faster wrong number is no gain")
    taken = take_turns({"ours": ours, "plain": lambda: plain_loop(score, label, patient)})
    scale = REPLICATES / PLAIN_REPLICATES
    yield Row(
        f"bootstrap over patients, {REPLICATES:,} x {label.shape[1]} x {len(label):,}",
        f"{kind} predictions; ours: AUROC and average precision; plain: scikit-learn's "
        f"AUROC in a loop, {PLAIN_REPLICATES} replicates scaled up; same numbers; aim: 5 s",
        "s",
        taken["ours"],
        [scale * seconds for seconds in taken["plain"]],
    )
