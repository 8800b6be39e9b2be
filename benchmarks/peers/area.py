"""AUROC of every class of real predictions of which some labels are unknown."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.peers.inputs import REAL, missing

WHAT, UNIT, ITEMS = "AUROC of 14 classes, 25,596 images, 30 % unknown", "s", 1
NOTE = "real predictions; torchmetrics takes -1 as unknown, scikit-learn the known rows a class"


def make(folder: Path) -> str | None:
    if said := missing("predictions"):
        return said
    stored = np.load(REAL / "predictions" / "nih_test_28px_densenet121_seed0.npz")
    score, label = stored["test_logits"].astype("f4"), stored["test_labels"].astype("i8")
    known = np.random.default_rng(0).random(label.shape) < 0.7
    np.savez(
        folder / "predictions.npz",
        score=score,
        label=label,
        known=known,
        patient=stored["test_patient"],
    )
    return None


def agree(ours: np.ndarray, theirs: np.ndarray) -> bool:
    return bool(np.allclose(ours, theirs, atol=1e-4))


def _ours(folder: Path) -> Callable[[], np.ndarray]:
    from labelassemble.metrics.auroc import class_auroc

    score, label, known = _read(folder)
    return lambda: class_auroc(score, label, known)


def _torchmetrics(folder: Path) -> Callable[[], np.ndarray]:
    import torch
    from torchmetrics.functional.classification import multilabel_auroc

    torch.set_num_threads(1)
    score, label, known = _read(folder)
    tensor, target = torch.from_numpy(score), torch.from_numpy(np.where(known, label, -1))
    return lambda: multilabel_auroc(
        tensor, target, num_labels=label.shape[1], average="none", ignore_index=-1
    ).numpy()


def _sklearn(folder: Path) -> Callable[[], np.ndarray]:
    from sklearn.metrics import roc_auc_score

    score, label, known = _read(folder)
    return lambda: np.array(
        [
            roc_auc_score(label[rows, place], score[rows, place])
            for place, rows in enumerate(known.T)
        ]
    )


def _read(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    stored = np.load(folder / "predictions.npz")
    return stored["score"], stored["label"], stored["known"]


WAYS = {"ours": _ours, "torchmetrics": _torchmetrics, "scikit-learn": _sklearn}
