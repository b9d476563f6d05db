"""Recurrent architectures: cells in words, the engine that runs them, and the registry."""
