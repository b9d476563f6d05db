"""Studies: what is compared, how it is tuned, and the main job."""
