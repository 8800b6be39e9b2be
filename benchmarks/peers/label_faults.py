"""Cleanlab's scores of labels, class by class, in the environment of the peers.

    python label_faults.py GIVEN.npz SCORES.npz

GIVEN holds arrays of equal length: class, source, label (0 or 1) and out-of-fold probability.
SCORES gets an array a way of scoring, low where a label is likely to be wrong: cleanlab scores one
label an image, so each class is a problem of its own, over all sources or within each.
"""

import sys

import numpy as np
from cleanlab.rank import get_label_quality_scores

WAYS = {
    "self_confidence": {"method": "self_confidence"},
    "normalized_margin": {"method": "normalized_margin"},
    "confidence_weighted_entropy": {"method": "confidence_weighted_entropy"},
    "self_confidence, adjusted": {"method": "self_confidence", "adjust_pred_probs": True},
    "normalized_margin, adjusted": {"method": "normalized_margin", "adjust_pred_probs": True},
}


def main(given_file: str, scores_file: str) -> None:
    given = np.load(given_file)
    problems = {
        "": given["class"],
        ", by source": np.char.add(np.char.add(given["class"], "/"), given["source"]),
    }
    scores = {}
    for within, problem in problems.items():
        for way, options in WAYS.items():
            own = np.ones(len(problem))
            for name in np.unique(problem):
                here = problem == name
                label = given["label"][here].astype(int)
                if len(set(label.tolist())) < 2:
                    continue
                present = given["probability"][here]
                both = np.stack([1 - present, present], axis=1)
                own[here] = get_label_quality_scores(label, both, **options)
            scores[f"cleanlab {way}{within}"] = own
    np.savez(scores_file, **scores)


if __name__ == "__main__":
    main(*sys.argv[1:])
