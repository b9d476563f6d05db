"""What trains: architectures, networks, training, studies, and the command."""
