"""The papers' tables and figures as experiments that run on anybody's recipe.

``registry.EXPERIMENTS`` names them; each file plans its arms from an assembled table and concludes
from their scores. ``run_arms`` trains the arms, seed by seed, and never trains one twice.
"""
