"""Several partly labelled medical-imaging datasets: one table, one model, one report."""

__version__ = "0.1.0"
