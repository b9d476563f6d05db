"""gatewise: what is each gate of a recurrent network worth, on which task, and how sure are we?

The packages of this name lie in the folders ``benchmark``, ``tasks`` and ``report`` of the
repository.
"""
