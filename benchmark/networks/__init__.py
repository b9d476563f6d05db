"""From a task and an architecture to a network: widths, encoders, scores, decoding."""
