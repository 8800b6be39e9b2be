"""Ours beside other packages, on the same inputs, in turn: ``make bench-peers``.

The peers live in an environment of their own (``requirements.txt``); a file of this folder is one
comparison. It has ``WHAT``, ``NOTE``, ``UNIT``, ``ITEMS`` (what a call works through; 1 for
seconds), ``make(folder)``, which writes the inputs, ``WAYS`` by name, ours first, each of which
reads the inputs and gives the call that is timed, ``agree(ours, theirs)`` where both compute the
same, and ``ROUNDS`` where three turns are too few. Modules are imported by both environments:
what only one has is imported inside a way.
"""
