"""Every experiment by name."""

from collections.abc import Mapping

from labelassemble.experiments.experiment import Experiment
from labelassemble.experiments.lesion_detection import LESION_DETECTION
from labelassemble.experiments.negative_examples import NEGATIVE_EXAMPLES
from labelassemble.experiments.novel_disease import NOVEL_DISEASE
from labelassemble.experiments.official_split import OFFICIAL_SPLIT
from labelassemble.experiments.partial_labels import PARTIAL_LABELS
from labelassemble.experiments.similarity import SIMILARITY
from labelassemble.experiments.source_help import SOURCE_HELP

EXPERIMENTS: Mapping[str, Experiment] = {
    "partial-labels": PARTIAL_LABELS,
    "negative-examples": NEGATIVE_EXAMPLES,
    "similarity": SIMILARITY,
    "novel-disease": NOVEL_DISEASE,
    "official-split": OFFICIAL_SPLIT,
    "source-help": SOURCE_HELP,
    "lesion-detection": LESION_DETECTION,
}
"""What ``labelassemble experiment NAME RECIPE`` runs."""
