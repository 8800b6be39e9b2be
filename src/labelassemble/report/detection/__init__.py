"""The report's part on lesions: how many are found, at how many false positives."""
