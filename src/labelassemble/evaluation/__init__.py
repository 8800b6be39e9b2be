"""Predictions and the assembled table in, result tables out: scores, differences, thresholds.

Only cells that somebody judged are scored, on the images of one split, for every source by itself
and pooled (``all``). Where source predicts label, a pooled score flatters; believe the score within
a source. Intervals and tests are over patients.
"""
