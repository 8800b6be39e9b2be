"""What ``make bench-peers`` compares: a line a comparison."""

COMPARISONS = (
    "tables",
    "images",
    "partial_loss",
    "area",
    "resampling",
    "windows",
    "bare_windows",
    "cache",
    "duplicates",
    "views",
)
