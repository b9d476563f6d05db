"""A study for the paper: tables, methods and references as LaTeX, figures as PDF."""
