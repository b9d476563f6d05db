"""The engine: loops over time, and how errors go back through them."""
