"""What came out of an experiment in, one self-contained page and small tables out.

Everything comes as data in ``content.ExperimentContent``; ``write_experiment.write_experiment``
writes the page, ``write_tables.write_tables`` the files that are fit to be committed,
``summary.summarise_experiment`` a few lines for a terminal.
"""
