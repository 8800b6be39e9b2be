"""Predictions, labels and ``known`` in, scores with their intervals out; pure functions on arrays.

``known`` is required everywhere: a cell that nobody judged may hold any label and any score, and
changes nothing. A soft label, between 0 and 1, is neither a positive nor a negative and counts as
unknown. A class without a known positive or a known negative scores nan, never 0.
"""
