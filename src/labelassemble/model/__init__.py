"""An image in, one prediction per class out: backbone, head, pooling, each built apart.

An island: no tables, no files but weights. Formula 1 of the paper stands in ``adapter.py``.
"""
