"""The report: what a study's ``runs.csv`` and ``curves.csv`` say, and nothing else."""
