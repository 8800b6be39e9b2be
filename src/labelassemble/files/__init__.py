"""Bytes of image files in, arrays out: the one reader of what every stage opens.

It stands below the sources, so that a check of labels, the store, training and prediction see the
same pixels and refuse the same files.
"""
