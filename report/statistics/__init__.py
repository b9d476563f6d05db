"""Statistics as functions of arrays; they know no task, no file and no figure.

Scores enter turned so that more is better. Whatever draws at random takes an explicit generator.
By hand is only what SciPy and statsmodels lack.
"""
