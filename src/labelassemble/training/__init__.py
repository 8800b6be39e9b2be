"""An assembled table and a store in, a run folder out; the only stage with Lightning.

A run folder holds the settings, the table's description and fingerprint, the log, the last and the
best checkpoint, the best network's predictions on validation and test images, and a model card.
Test labels never come in: ``select.py`` takes them away before anything else is done.
"""
