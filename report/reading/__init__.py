"""What a study left in its folder, read with suspicion: everything is checked before it is used."""
