"""Figures, one a file, each titled with what was found; :mod:`.drawing` holds what they share."""
