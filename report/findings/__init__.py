"""What papers found, as data, and what a study says of each: every claim brings its own judge."""
