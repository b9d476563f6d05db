"""What is run and what came out, as records on disk."""
