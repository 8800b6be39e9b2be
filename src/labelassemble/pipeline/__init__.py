"""A recipe in, its outputs made in order: table, runs, results, report.

Each file is one step; the command line calls them and so can a notebook. Layout of
``recipe.output``: ``assembled/`` (the table), ``store/`` (decoded images), ``runs/`` (one folder a
network), ``results/`` (scores and differences), ``report.html``.
"""
