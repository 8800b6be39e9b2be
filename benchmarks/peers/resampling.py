"""Bootstrap replicates of the AUROC of every class: ours draws patients, the peers images."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.peers.area import make as make_predictions

WHAT, UNIT, ITEMS = "bootstrap of 14 AUROC over 25,596 images", "replicates/s", 10
NOTE = (
    "10 replicates a call; ours draws patients and gives average precision too, the peers draw "
    "images and give AUROC alone"
)
make = make_predictions


def _ours(folder: Path) -> Callable[[], None]:
    from labelassemble.metrics.bootstrap import bootstrap_scores

    stored = np.load(folder / "predictions.npz")
    score, label, patient = (stored[name] for name in ("score", "label", "patient"))
    known = np.full(label.shape, True)

    def call() -> None:
        generator = np.random.default_rng(0)
        bootstrap_scores(score[None], label, known, patient, ITEMS, generator)

    return call


def _sklearn(folder: Path) -> Callable[[], None]:
    from sklearn.metrics import roc_auc_score
    from sklearn.utils import resample

    stored = np.load(folder / "predictions.npz")
    score, label = stored["score"], stored["label"]

    def call() -> None:
        for number in range(ITEMS):
            rows = resample(np.arange(len(label)), random_state=number)
            roc_auc_score(label[rows], score[rows], average=None)

    return call


def _torchmetrics(folder: Path) -> Callable[[], None]:
    import torch
    from torchmetrics.classification import MultilabelAUROC
    from torchmetrics.wrappers import BootStrapper

    torch.set_num_threads(1)
    stored = np.load(folder / "predictions.npz")
    score, label = (torch.from_numpy(stored[name]) for name in ("score", "label"))

    def call() -> None:
        base = MultilabelAUROC(num_labels=label.shape[1], average="none")
        strap = BootStrapper(base, num_bootstraps=ITEMS, sampling_strategy="multinomial")
        strap.update(score, label)
        strap.compute()

    return call


WAYS = {"ours": _ours, "scikit-learn": _sklearn, "torchmetrics": _torchmetrics}
