"""Where trainings are done: processes of this machine, or a cluster."""
