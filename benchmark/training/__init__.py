"""One compiled step, and many experiments through it."""
