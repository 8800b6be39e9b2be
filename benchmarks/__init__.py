"""Speed, as ratios in one run against the plain alternative: ``python -m benchmarks``."""
