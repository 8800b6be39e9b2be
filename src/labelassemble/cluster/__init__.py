"""``submit``: the parts of a long command as jobs of a SLURM cluster, or as processes."""
