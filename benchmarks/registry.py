"""What ``make bench`` runs: a line a benchmark.

Each is a module of this folder whose ``measure()`` yields rows (``benchmarks.row.Row``), each as
soon as it is measured.
"""

BENCHMARKS = (
    "loss",
    "store",
    "training_step",
    "cached_epoch",
    "views",
    "bootstrap",
    "command_line",
    "predict",
    "explain",
    "reading",
    "identify",
    "containers",
    "headers",
    "assembly",
    "fingerprints",
    "sliding_window",
    "training_patches",
)

ON_REQUEST = ("backbones", "many_rows", "serve", "systems")
"""Run by name only: they take long."""
