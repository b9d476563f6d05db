"""The MLflow store, and who writes into it."""
