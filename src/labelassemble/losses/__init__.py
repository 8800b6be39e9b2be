"""Predictions, labels and what is known in; a loss out. One file a term, one sum.

Pure functions, vectorised over batch, classes and space; unknown cells never touch L_bce.
"""
