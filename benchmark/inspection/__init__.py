"""Looking into trained networks, and at the machine."""
