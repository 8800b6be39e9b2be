"""Images a forward pass."""

BATCH_SIZE = 16
"""Images a forward pass, where nobody says how many: on a CPU more gain nothing."""
