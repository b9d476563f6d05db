"""Data of a user's own as a task: from the columns of a file to splits, a score and baselines."""
